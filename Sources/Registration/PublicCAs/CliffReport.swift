// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
package import Text

/// The clients that fail with the renewal of their certificate, and by what they were found.
package struct CliffReport: Presentable, Sendable {
    /// The most days ahead that can be asked for; a hundred years.
    package static let daysMax = 36_500

    package let now: Int64
    /// Within how many days; nil for ever.
    package let within: Int?
    /// The public CAs to compare with.
    package let known: KnownPublicCAs
    /// By the day; those without one last.
    package let clients: [CliffClient]
    /// Clients that last came with a certificate of another CA of their registration.
    package let rolledOver: Int
    /// Clients whose certificates are registered themselves.
    package let registered: Int

    /// Judges what `scan` has found, as of `now`; `lastUse` is asked once for each candidate.
    package init(
        _ scan: CliffScan,
        within: Int?,
        now: Int64,
        lastUse: (String) throws -> TrustedCertificateUse?
    ) rethrows {
        (self.now, self.within, known, registered) = (now, within, scan.known, scan.registered)
        var found: [CliffClient] = []
        var rolledOver = 0
        for candidate in scan.candidates {
            if let client = CliffClient(candidate, try lastUse(candidate.id), now: now) {
                found.append(client)
            } else {
                rolledOver += 1
            }
        }
        self.rolledOver = rolledOver
        let last = within.map { now + Int64($0) * 86_400 } ?? .max
        clients = found.filter { $0.day ?? .min <= last }.sorted()
    }

    /// Judges the enabled clients of `store`; blocks.
    ///
    /// `publicCAs` is a file or a folder of public CAs in place of the machine's.
    package init(
        of store: some RegistrationStore,
        publicCAs: String?,
        within: Int?,
        now: Int64
    ) throws {
        let known =
            try publicCAs.map { try KnownPublicCAs.named($0) }
            ?? KnownPublicCAs.machine()
        var scan = CliffScan(known, trustSets: try store.trustSets())
        try store.forEachClient { scan.take($0) }
        try self.init(scan, within: within, now: now) { try store.lastUse(of: $0) }
    }

    /// For programs.
    package var value: JSONValue {
        var source: [String: JSONValue] = [
            "count": .integer(Int64(known.publicCAs.count)),
            "unreadable": .integer(Int64(known.publicCAs.unreadable)),
        ]
        source["path"] = known.source.map { .string($0) }
        source["problem"] = known.reason.map { .string($0) }
        var members: [String: JSONValue] = [
            "checked_at": .string(CertificateTime.text(now)),
            "public_authorities": .object(source),
            "clients": .array(clients.map(\.value)),
            "rolled_over": .integer(Int64(rolledOver)),
            "registered_certificates": .integer(Int64(registered)),
        ]
        members["within_days"] = within.map { .integer(Int64($0)) }
        return .object(members)
    }
}

/// A client under a public CA, and when it fails.
package struct CliffClient: Sendable, Comparable {
    private let candidate: CliffScan.Candidate
    private let use: TrustedCertificateUse?
    /// The last second at which the certificate that it last used is accepted; nil if it was never
    /// seen.
    package let day: Int64?
    /// Whole days until then.
    package let daysLeft: Int64?

    package var id: String { candidate.id }
    package var name: String { candidate.name }
    package var trustSet: String? { candidate.trustSet }
    /// The public CAs that it is registered under.
    package var caCertificates: [CliffCA] { candidate.caCertificates }
    /// The last day on which its trust set accepts certificates for servers only.
    package var allowedUntil: String? {
        candidate.serverAuthUntil.map(ServerAuthPermission.day(of:))
    }

    /// Nil where its last certificate was of a CA that is not public.
    init?(_ candidate: CliffScan.Candidate, _ use: TrustedCertificateUse?, now: Int64) {
        self.candidate = candidate
        // One of a CA that is not registered any more says nothing about those that are.
        guard let use, candidate.registered.contains(use.anchor) else {
            (self.use, day, daysLeft) = (nil, nil, nil)
            return
        }
        let thumbprint = Thumbprint.text(use.anchor)
        guard candidate.caCertificates.contains(where: { $0.thumbprint == thumbprint }) else {
            return nil
        }
        self.use = use
        // Accepted as long as the trust set allows it, and not at all where it does no longer.
        let day =
            use.isForServersOnly
            ? min(use.notAfter, (candidate.serverAuthUntil ?? now) - 1) : use.notAfter
        self.day = day
        daysLeft = ServerAuthPermission.daysLeft(to: day + 1, now: now)
    }

    package static func < (a: CliffClient, b: CliffClient) -> Bool {
        (a.day ?? .max, a.id) < (b.day ?? .max, b.id)
    }

    package static func == (a: CliffClient, b: CliffClient) -> Bool { a.id == b.id }

    /// A member that is null says "none" or "never"; one that is missing would say nothing.
    fileprivate var value: JSONValue {
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        return .object([
            "client_id": .string(id),
            "client_name": .string(name),
            "trust_set": text(trustSet),
            "ca_certificates": .array(caCertificates.map(\.value)),
            "allow_server_auth_until": text(allowedUntil),
            "x5t#S256": text(use.map { Thumbprint.text($0.thumbprint) }),
            "not_after": text(use.map { CertificateTime.text($0.notAfter) }),
            "for_servers_only": use.map { .boolean($0.isForServersOnly) } ?? .null,
            "last_seen": text(use.map { CertificateTime.text($0.lastSeen) }),
            "accepted_until": text(day.map(CertificateTime.text)),
            "days_left": daysLeft.map { .integer($0) } ?? .null,
        ])
    }
}
