// SPDX-License-Identifier: Apache-2.0
extension PostgresDatabase {
    /// The program that opens the store.
    package enum Role: Sendable {
        /// A node, whose callers want an answer soon.
        case server
        /// A node that writes nothing, and may go by a standby.
        case reader
        /// A command, which may wait a little longer.
        case tool

        /// The time that one answer of the database may take.
        var milliseconds: Int {
            switch self {
            case .server, .reader: 1_500
            case .tool: 10_000
            }
        }

        /// The time that a commit may take: a command's may have all registrations in it.
        var commitMilliseconds: Int {
            switch self {
            case .server, .reader: 1_500
            case .tool: 120_000
            }
        }

        /// The time after which the database ends a statement that a writer does not wait for any
        /// more.
        var statementMilliseconds: Int { milliseconds - 250 }
    }
}
