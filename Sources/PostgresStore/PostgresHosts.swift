// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// The hosts of a store, tried one after the other.
///
/// libpq itself goes on to the next host only when one refuses: one that is off or frozen would be
/// waited for until the deadline of the whole, each time. The host that answered last comes first.
final class PostgresHosts: Sendable {
    private let targets: [PostgresURL.Target]
    private let milliseconds: Int
    /// The time for a connection to each host: together no longer than a caller waits.
    private let connectMilliseconds: Int
    private let first = Lock(0)

    /// A host that answers needs milliseconds, on another continent some hundred.
    private static let connectMillisecondsMin = 500

    /// The hosts that `targets` name; `milliseconds` for an answer.
    init(_ targets: [PostgresURL.Target], milliseconds: Int) {
        self.targets = targets
        self.milliseconds = milliseconds
        connectMilliseconds = max(
            milliseconds / max(1, targets.count),
            Self.connectMillisecondsMin
        )
    }

    /// Connects to the first host that takes writes; throws the last error where none does.
    func connect() throws(PostgresError) -> PostgresConnection {
        let start = first.withLock { $0 }
        var failure = PostgresError(origin: .connection, message: "the address names no host")
        for offset in targets.indices {
            let index = (start + offset) % targets.count
            do throws(PostgresError) {
                let connection = try PostgresConnection(
                    targets[index],
                    .installed(),
                    milliseconds: milliseconds,
                    connecting: connectMilliseconds
                )
                first.withLock { $0 = index }
                return connection
            } catch {
                failure = error
            }
        }
        throw failure
    }
}
