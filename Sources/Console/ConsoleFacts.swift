// SPDX-License-Identifier: Apache-2.0
/// The facts that the frame of each page shows of the console itself.
package struct ConsoleFacts: Sendable {
    /// The address of the server's administrative listener.
    package let server: String
    /// The version of this program.
    package let version: String
    /// The name of the system's user who runs the console, as the audit has it: printable ASCII
    /// without the space, with `_` for any other character.
    package let user: String

    /// The length that the server takes.
    private static let userBytesMax = 64

    /// Facts for the frame of pages; `user` is the name as the system has it.
    package init(server: String, version: String, user: String) {
        (self.server, self.version, self.user) = (server, version, Self.audited(user))
    }

    private static func audited(_ user: String) -> String {
        let name = user.prefix(userBytesMax).map { character in
            ("!"..."~").contains(character) && character.isASCII ? character : "_"
        }
        return name.isEmpty ? "_" : String(name)
    }
}
