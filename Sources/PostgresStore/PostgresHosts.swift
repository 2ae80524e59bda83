// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Synchronization

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
    /// The newest change that was seen of any of them.
    private let seen = Atomic<Int64>(0)

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

    /// Notes the newest change that the present host knows.
    ///
    /// Throws where that is older than what was seen of another one, as of a standby that is
    /// behind: what was taken back since would be there again. The next connection is to the next
    /// host then.
    func note(_ last: Int64) throws(PostgresError) {
        guard last < seen.load(ordering: .relaxed) else {
            seen.max(last, ordering: .relaxed)
            return
        }
        first.withLock { $0 = ($0 + 1) % targets.count }
        throw PostgresError(
            origin: .connection,
            message: "it is behind what this node has seen of another server"
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
