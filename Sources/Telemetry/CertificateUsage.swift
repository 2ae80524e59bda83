// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import Reactor
package import Storage

/// The certificate usage that is not in the store yet: when registered certificates were used, the
/// last certificate of each client of `tls_client_auth`, and when SPIFFE IDs were used.
///
/// Reactors record, a worker writes. Shared by all threads, and bounded: usage beyond the bound is
/// dropped, because no decision depends on it.
package final class CertificateUsage: Sendable {
    private struct Key: Hashable {
        let client: [UInt8]
        let thumbprint: Digest256
    }

    private struct WorkloadKey: Hashable {
        let client: [UInt8]
        let spiffeID: [UInt8]
    }

    private struct Times {
        var first: Int64
        var last: Int64
    }

    /// The limit between two writes.
    private static let countMax = 50_000

    private let seen = Lock<[Key: Times]>([:])
    /// The last of each client.
    private let uses = Lock<[[UInt8]: TrustedCertificateUse]>([:])
    private let workloads = Lock<[WorkloadKey: Times]>([:])

    /// An empty record.
    package init() {}

    /// Records that a registered certificate has authenticated its client, or came with a request
    /// that succeeded.
    package func record(_ client: [UInt8], _ thumbprint: Digest256, now: Int64) {
        let key = Key(client: client, thumbprint: thumbprint)
        seen.withLock { Self.add(Times(first: now, last: now), of: key, to: &$0) }
    }

    /// Records the same of a certificate under a client's CA, with the facts that the store keeps
    /// of it.
    package func record(
        _ client: [UInt8],
        _ thumbprint: Digest256,
        anchor: Digest256,
        notAfter: Int64,
        isForServersOnly: Bool,
        now: Int64
    ) {
        let use = TrustedCertificateUse(
            client: String(decoding: client, as: UTF8.self),
            thumbprint: thumbprint.bytes,
            anchor: anchor.bytes,
            notAfter: notAfter,
            isForServersOnly: isForServersOnly,
            lastSeen: now
        )
        uses.withLock { Self.add(use, of: client, to: &$0) }
    }

    /// Records that a workload with this SPIFFE ID has authenticated its client, by whichever
    /// certificate.
    package func record(_ client: [UInt8], spiffeID: [UInt8], now: Int64) {
        let key = WorkloadKey(client: client, spiffeID: spiffeID)
        workloads.withLock { Self.add(Times(first: now, last: now), of: key, to: &$0) }
    }

    /// Writes the usage recorded since the last time; keeps it where that fails.
    package func write(to store: any CertificateUseStore) throws {
        try writeSPIFFEIDUses { try store.recordSPIFFEIDUses($0) }
        try writeRegisteredUses { try store.recordRegisteredUses($0) }
        try writeTrustedUses { try store.recordTrustedUses($0) }
    }

    /// Writes the certificates under clients' CAs, by means of `record`.
    func writeTrustedUses(by record: ([TrustedCertificateUse]) throws -> Void) throws {
        try Self.write(
            uses,
            { try record(Array($0.values)) },
            putBack: { Self.add($1, of: $0, to: &$2) }
        )
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
        // Two reactors may record in another order than they served.
        if known.lastSeen <= use.lastSeen { uses[client] = use }
    }

    /// Writes the usage of registered certificates, by means of `record`.
    func writeRegisteredUses(by record: ([RegisteredCertificateUse]) throws -> Void) throws {
        try Self.write(
            seen,
            { recorded in
                try record(
                    recorded.map { key, times in
                        RegisteredCertificateUse(
                            client: String(decoding: key.client, as: UTF8.self),
                            thumbprint: key.thumbprint.bytes,
                            firstSeen: times.first,
                            lastSeen: times.last
                        )
                    }
                )
            },
            putBack: { Self.add($1, of: $0, to: &$2) }
        )
    }

    /// Writes the usage of SPIFFE IDs, by means of `record`.
    func writeSPIFFEIDUses(by record: ([SPIFFEIDUse]) throws -> Void) throws {
        try Self.write(
            workloads,
            { recorded in
                try record(
                    recorded.map { key, times in
                        SPIFFEIDUse(
                            client: String(decoding: key.client, as: UTF8.self),
                            spiffeID: String(decoding: key.spiffeID, as: UTF8.self),
                            firstSeen: times.first,
                            lastSeen: times.last
                        )
                    }
                )
            },
            putBack: { Self.add($1, of: $0, to: &$2) }
        )
    }

    /// Takes all that was recorded and writes it by means of `record`; puts it back where that
    /// fails, into what reactors have recorded meanwhile.
    private static func write<Key: Hashable & Sendable, Value: Sendable>(
        _ usage: borrowing Lock<[Key: Value]>,
        _ record: ([Key: Value]) throws -> Void,
        putBack: (Key, Value, inout [Key: Value]) -> Void
    ) throws {
        let recorded = usage.withLock { usage in
            let all = usage
            if !all.isEmpty { usage = [:] }
            return all
        }
        guard !recorded.isEmpty else { return }
        do {
            try record(recorded)
        } catch {
            usage.withLock { usage in
                for (key, value) in recorded { putBack(key, value, &usage) }
            }
            throw error
        }
    }

    private static func add<Key: Hashable>(
        _ times: Times,
        of key: Key,
        to seen: inout [Key: Times]
    ) {
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
