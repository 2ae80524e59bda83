// SPDX-License-Identifier: Apache-2.0
package import Storage
internal import Tables

/// An error of PostgreSQL, or of the way to it.
struct PostgresError: Error, Sendable, Equatable, SQLError {
    /// The place of the failure.
    enum Origin: Sendable, Equatable {
        /// The server refused a statement, with this SQLSTATE.
        case server(state: String)
        /// The connection cannot be made, or has ended.
        case connection
        /// The call took longer than it may; the connection is ended.
        case deadline
        /// A value that no column of ours can have.
        case value
        /// libpq is missing, or its memory.
        case library
    }

    let origin: Origin
    /// The words of the server or of libpq, in one line, without a password.
    let message: String

    /// The SQLSTATE (PostgreSQL's manual, appendix A); nil where the server said none.
    var state: String? {
        if case .server(let state) = origin { state } else { nil }
    }

    /// Class 23, integrity constraint violation.
    var isConstraint: Bool { state?.hasPrefix("23") ?? false }

    /// `unique_violation`.
    var isTaken: Bool { state == "23505" }

    /// Whether the transaction, run again, may succeed: a serialization failure or a deadlock.
    var isRetriable: Bool { state == "40001" || state == "40P01" }

    /// Whether the connection must not be used again.
    ///
    /// The state 25006 (`read_only_sql_transaction`) is one of a server that was demoted: the next
    /// connection finds the one that was promoted.
    var endsConnection: Bool {
        switch origin {
        case .connection, .deadline: true
        case .server(let state):
            state == "25006" || state.hasPrefix("57P") || state.hasPrefix("08")
        case .value, .library: false
        }
    }
}
