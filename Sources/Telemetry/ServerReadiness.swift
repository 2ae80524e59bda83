// SPDX-License-Identifier: Apache-2.0
/// Whether balancers should send requests to a server, as `/ready` says on each listener that has
/// it.
package enum ServerReadiness: Sendable, Equatable {
    /// Everything is served.
    case full
    /// The store is away: the age of what is known of it, in seconds, and what is refused.
    case snapshot(age: Int, refused: [ServedOperation])
    /// The registry is too old to go by.
    case stale
    /// The server is about to end.
    case draining

    /// The readiness of a server; `store` is nil where it alone writes to its store.
    package init(isDraining: Bool, _ store: StoreState?) {
        if isDraining {
            self = .draining
        } else if let store, store.isStale {
            self = .stale
        } else if let store, store.age > 0 {
            self = .snapshot(
                age: store.age,
                refused: ServedOperation.allCases.filter { !store.isServed($0) }
            )
        } else {
            self = .full
        }
    }

    /// Whether the answer is 200; else 503.
    package var isReady: Bool {
        switch self {
        case .full, .snapshot: true
        case .stale, .draining: false
        }
    }

    /// The answer's content.
    package var json: [UInt8] {
        let text =
            switch self {
            case .full: #"{"state":"full"}"#
            case .snapshot(let age, let refused):
                #"{"state":"snapshot","age":\#(age),"refused":[\#(Self.list(refused))]}"#
            case .stale: #"{"state":"stale"}"#
            case .draining: #"{"state":"draining"}"#
            }
        return Array(text.utf8)
    }

    private static func list(_ operations: [ServedOperation]) -> String {
        operations.map { "\"\($0.rawValue)\"" }.joined(separator: ",")
    }
}
