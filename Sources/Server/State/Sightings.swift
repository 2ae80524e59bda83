internal import Cryptography
internal import Reactor
internal import Store

/// When registered certificates were used, until the store knows.
///
/// Reactors note, the main thread writes. Shared by all threads, and bounded: what does not fit is
/// forgotten, because it decides nothing.
final class Sightings: Sendable {
    private struct Key: Hashable {
        let client: [UInt8]
        let thumbprint: Digest256
    }

    private struct Times {
        var first: Int64
        var last: Int64
    }

    /// Between two writes.
    private static let countMax = 50_000

    private let seen = Lock<[Key: Times]>([:])

    /// The certificate has authenticated its client, or came with a request that succeeded.
    func note(_ client: [UInt8], _ thumbprint: Digest256, now: Int64) {
        let key = Key(client: client, thumbprint: thumbprint)
        seen.withLock { Self.add(Times(first: now, last: now), of: key, to: &$0) }
    }

    /// Writes what was noted since the last time; keeps it where that fails.
    func write(to store: Store) throws {
        try write(by: store.recordSightings)
    }

    /// The same, by what `record` does.
    func write(by record: ([CertificateSighting]) throws -> Void) throws {
        let noted = seen.withLock { seen in
            let all = seen
            if !all.isEmpty { seen = [:] }
            return all
        }
        guard !noted.isEmpty else { return }
        do {
            try record(
                noted.map { key, times in
                    CertificateSighting(
                        client: String(decoding: key.client, as: UTF8.self),
                        thumbprint: key.thumbprint.bytes,
                        firstSeen: times.first,
                        lastSeen: times.last
                    )
                }
            )
        } catch {
            // Reactors went on noting meanwhile.
            seen.withLock { seen in
                for (key, times) in noted { Self.add(times, of: key, to: &seen) }
            }
            throw error
        }
    }

    private static func add(_ times: Times, of key: Key, to seen: inout [Key: Times]) {
        if let known = seen[key] {
            seen[key] = Times(
                first: min(known.first, times.first),
                last: max(known.last, times.last)
            )
        } else if seen.count < countMax {
            seen[key] = times
        }
    }
}
