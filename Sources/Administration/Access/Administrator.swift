// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// The one who asks: the token's name, and its role.
struct Administrator: Sendable, Equatable {
    /// The name that the audit has.
    let author: Author
    let role: AdministratorRole

    /// The administrator with the token of the data directory, who may do everything.
    static let first = Administrator(author: .firstAdministrator, role: .administer)

    /// The administrator at the console that `user` of the operating system runs.
    ///
    /// The console shows the token of the data directory, and whoever can read that could write
    /// any name into the audit anyway.
    static func console(user: String) -> Administrator {
        Administrator(author: .console(user: user), role: .administer)
    }
}
