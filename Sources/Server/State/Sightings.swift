// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Reactor
internal import Storage

/// When registered certificates were used, and which certificates clients of `tls_client_auth` came
/// with, until the store knows.
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
    /// The last of each client.
    private let uses = Lock<[[UInt8]: TrustedCertificateUse]>([:])

    /// The certificate has authenticated its client, or came with a request that succeeded;
    /// `accepted` is what is known of one that is not registered itself.
    func note(
        _ client: [UInt8],
        _ thumbprint: Digest256,
        _ accepted: AcceptedCertificate? = nil,
        now: Int64
    ) {
        guard let accepted else {
            let key = Key(client: client, thumbprint: thumbprint)
            return seen.withLock { Self.add(Times(first: now, last: now), of: key, to: &$0) }
        }
        let use = TrustedCertificateUse(
            client: String(decoding: client, as: UTF8.self),
            thumbprint: thumbprint.bytes,
            authority: accepted.authority.bytes,
            notAfter: accepted.notAfter,
            isForServersOnly: accepted.isForServersOnly,
            lastSeen: now
        )
        uses.withLock { Self.add(use, of: client, to: &$0) }
    }

    /// Writes what was noted since the last time; keeps it where that fails.
    func write(to store: any CertificateUseStore) throws {
        try write { try store.recordSightings($0) }
        try writeUses { try store.recordUses($0) }
    }

    /// Writes which certificates clients came with, by what `record` does.
    func writeUses(by record: ([TrustedCertificateUse]) throws -> Void) throws {
        let noted = uses.withLock { uses in
            let all = uses
            if !all.isEmpty { uses = [:] }
            return all
        }
        guard !noted.isEmpty else { return }
        do {
            try record(Array(noted.values))
        } catch {
            uses.withLock { uses in
                for (client, use) in noted { Self.add(use, of: client, to: &uses) }
            }
            throw error
        }
    }

    private static func add(
        _ use: TrustedCertificateUse,
        of client: [UInt8],
        to uses: inout [[UInt8]: TrustedCertificateUse]
    ) {
        guard let known = uses[client] else {
            if uses.count < countMax { uses[client] = use }
            return
        }
        // Two reactors may note in another order than they served.
        if known.lastSeen <= use.lastSeen { uses[client] = use }
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
