// SPDX-License-Identifier: Apache-2.0
public import Storage

/// What the program knows and the server does not: its version, and how it shows a client.
public struct ProgramDescription: Sendable {
    /// The version, for `handfast_build_info`.
    let version: String
    /// A client as JSON, with nothing secret in it.
    let show: @Sendable (ClientRecord) throws -> String

    /// Takes the version, and the way in which commands show a client.
    public init(version: String, show: @escaping @Sendable (ClientRecord) throws -> String) {
        self.version = version
        self.show = show
    }
}
