// SPDX-License-Identifier: Apache-2.0
internal import Storage

// Not in Storage, which knows no database: the states of PostgreSQL are told apart here alone.
extension StoreError {
    /// Translates what a database operation threw; a `StoreError` stays itself.
    init(_ error: any Error, of store: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as UnknownCommitError:
            self.init(
                .commitUnknown,
                "the connection to \(store) ended during a commit (\(error.cause.message)):"
                    + " whether the change was made is not known",
                of: .sharedStore
            )
        case let error as PostgresError: self.init(error, of: store)
        default:
            self.init(.inputOutput, "the store at \(store) failed: \(error)", of: .sharedStore)
        }
    }

    private init(_ error: PostgresError, of store: String) {
        let message = error.message
        switch error.origin {
        case .library: self.init(.unavailable, message)
        case .connection, .deadline:
            self.init(
                .unavailable,
                "the database at \(store) cannot be reached (\(message))",
                of: .sharedStore
            )
        case .value: self = .corrupt(store, message)
        case .server(let state): self.init(state: state, message, of: store)
        }
    }

    /// By SQLSTATE (PostgreSQL's manual, appendix A).
    private init(state: String, _ message: String, of store: String) {
        let (kind, reason): (Kind, String) =
            switch state {
            case "53100": (.full, "nothing was written: the disk of \(store) is full")
            case "53200": (.outOfMemory, "\(store) has not enough memory (\(message))")
            case "55P03", "57014", "40001", "40P01":
                (.busy, "nothing was written: another program keeps \(store) busy (\(message))")
            case "42501": (.readOnly, "the role may not do this at \(store) (\(message))")
            case "42P01", "42703", "3F000":
                (.olderVersion, "\(store) lacks tables that this program needs (\(message))")
            case _ where state.hasPrefix("22") || state.hasPrefix("23"):
                (.invalid, "the record breaks a rule of the database (\(message))")
            case "25006":
                (.unavailable, "\(store) takes no writes at the moment (\(message))")
            case _ where ["08", "28", "3D", "53", "57"].contains(state.prefix(2)):
                (.unavailable, "the database at \(store) refuses connections (\(message))")
            default: (.inputOutput, "\(store) failed: \(message) (SQLSTATE \(state))")
            }
        self.init(kind, reason, of: kind == .invalid ? nil : .sharedStore)
    }

    static func corrupt(_ store: String, _ finding: String) -> StoreError {
        StoreError(
            .corrupt,
            "\(store) is damaged or not a Handfast store (\(finding))",
            of: .sharedStore
        )
    }
}
