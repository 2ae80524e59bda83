// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Storage

/// The clients that fail with the renewal of their certificate, and by what they were found.
struct CliffReport: Encodable {
    /// A public CA that a client is registered under.
    struct Authority: Encodable {
        let subject: String
        let thumbprint: String
        let reason: PublicAuthorities.Reason

        private enum CodingKeys: String, CodingKey {
            case subject, reason
            case thumbprint = "x5t#S256"
        }

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(subject, forKey: .subject)
            try members.encode(thumbprint, forKey: .thumbprint)
            try members.encode(reason.rawValue, forKey: .reason)
        }
    }

    /// What was taken for public CAs.
    private struct Source: Encodable {
        let path: String?
        let count: Int
        let unreadable: Int
        let problem: String?
    }

    private let checkedAt: String
    private let within: Int?
    private let source: Source
    /// By the day; those without one last.
    private(set) var clients: [CliffClient]
    private let rolledOver: Int
    private let registered: Int

    private enum CodingKeys: String, CodingKey {
        case clients
        case checkedAt = "checked_at"
        case within = "within_days"
        case source = "public_authorities"
        case rolledOver = "rolled_over"
        case registered = "registered_certificates"
    }

    /// Looks at every client of `store` as of `now`; linear in the clients.
    init(
        of store: any RegistrationStore,
        _ known: PublicAuthorityReading,
        within: Int?,
        now: Int64
    ) throws {
        checkedAt = CertificateTime.text(now)
        self.within = within
        source = Source(
            path: known.source,
            count: known.authorities.count,
            unreadable: known.authorities.unreadable,
            problem: known.problem
        )
        var scan = try CliffScan(store, known.authorities)
        try store.forEachClient { scan.take($0) }
        registered = scan.registered
        var found: [CliffClient] = []
        var rolledOver = 0
        for candidate in scan.candidates {
            if let client = CliffClient(candidate, try store.lastUse(of: candidate.id), now: now) {
                found.append(client)
            } else {
                rolledOver += 1
            }
        }
        self.rolledOver = rolledOver
        let last = within.map { now + Int64($0) * 86_400 } ?? .max
        clients = found.filter { $0.day ?? .min <= last }.sorted()
    }

    // MARK: for people

    var text: String {
        var lines = clients.isEmpty ? [] : [CliffClient.heading] + clients.map(\.line) + [""]
        let days = within.map { " within \($0) days" } ?? ""
        lines.append(
            clients.isEmpty
                ? "No client fails\(days) with the renewal of its certificate."
                : "Listed: \(clients.count). Documentation/public-ca-cliff.md tells what to do."
        )
        lines.append(sources)
        if rolledOver > 0 {
            lines.append(
                "Not listed: \(rolledOver) that last came with a certificate of another CA of their"
                    + " registration."
            )
        }
        lines.append(
            "Not concerned: certificates that are registered themselves"
                + " (self_signed_tls_client_auth; clients: \(registered))."
        )
        return lines.joined(separator: "\n")
    }

    private var sources: String {
        guard let path = source.path else {
            let missing =
                source.problem.map { "Public CAs could not be read: \($0)" }
                ?? "There is no file of public CAs (\(PublicAuthorityReading.file))."
            return missing + " Only CAs whose own extended key usage leaves out clientAuth were"
                + " taken for public."
        }
        var rest = source.unreadable > 0 ? "; \(source.unreadable) could not be read" : ""
        if let problem = source.problem { rest += " (\(problem))" }
        return "Public CAs: \(source.count) in \(Output.printable(path))\(rest)."
    }
}

/// A client under a public CA, and when it fails.
struct CliffClient: Encodable, Comparable {
    private let candidate: CliffScan.Candidate
    private let use: TrustedCertificateUse?
    private let now: Int64
    /// The last second at which the certificate that it last used is accepted; nil if it was never
    /// seen.
    let day: Int64?

    /// Nil where its last certificate was of a CA that is not public.
    init?(_ candidate: CliffScan.Candidate, _ use: TrustedCertificateUse?, now: Int64) {
        self.candidate = candidate
        self.now = now
        // One of a CA that is not registered any more says nothing about those that are.
        guard let use, candidate.registered.contains(use.authority) else {
            (self.use, day) = (nil, nil)
            return
        }
        let thumbprint = Thumbprint.text(use.authority)
        guard candidate.authorities.contains(where: { $0.thumbprint == thumbprint }) else {
            return nil
        }
        self.use = use
        guard use.isForServersOnly else {
            day = use.notAfter
            return
        }
        // Accepted as long as the trust set allows it, and not at all where it does no longer.
        day = min(use.notAfter, (candidate.serverAuthUntil ?? now) - 1)
    }

    static func < (a: CliffClient, b: CliffClient) -> Bool {
        (a.day ?? .max, a.candidate.id) < (b.day ?? .max, b.candidate.id)
    }

    static func == (a: CliffClient, b: CliffClient) -> Bool { a.candidate.id == b.candidate.id }

    private var daysLeft: Int64? {
        day.map { ServerAuthPermission.daysLeft(to: $0 + 1, now: now) }
    }

    private var permission: String? { candidate.serverAuthUntil.map(ServerAuthPermission.day(of:)) }

    // MARK: for people

    static let heading = row(
        "ACCEPTED UNTIL",
        "DAYS LEFT",
        "ALLOWED UNTIL",
        "CLIENT ID",
        "TRUST SET",
        "PUBLIC CA",
        "NAME"
    )

    var line: String {
        let isOver = day.map { $0 < now } ?? false
        return Self.row(
            day.map(CertificateTime.text) ?? "never seen",
            isOver ? "ended" : daysLeft.map { "\($0)" } ?? "-",
            permission ?? "-",
            candidate.id,
            candidate.trustSet ?? "-",
            candidate.authorities.map(\.subject).joined(separator: "; "),
            candidate.name
        )
    }

    private static func row(
        _ until: String,
        _ days: String,
        _ allowed: String,
        _ client: String,
        _ trustSet: String,
        _ authorities: String,
        _ name: String
    ) -> String {
        Output.columns([
            (until, 20), (days, 9), (allowed, 13), (client, 28), (trustSet, 12), (authorities, 30),
            (name, 0),
        ])
    }

    // MARK: for programs

    private enum Member: String, CodingKey {
        case id = "client_id"
        case name = "client_name"
        case trustSet = "trust_set"
        case authorities = "ca_certificates"
        case permission = "allow_server_auth_until"
        case thumbprint = "x5t#S256"
        case notAfter = "not_after"
        case isForServersOnly = "for_servers_only"
        case lastSeen = "last_seen"
        case until = "accepted_until"
        case daysLeft = "days_left"
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        try members.encode(candidate.id, forKey: .id)
        try members.encode(candidate.name, forKey: .name)
        // A member that is null says "none" or "never"; one that is missing would say nothing.
        try members.encode(candidate.trustSet, forKey: .trustSet)
        try members.encode(candidate.authorities, forKey: .authorities)
        try members.encode(permission, forKey: .permission)
        try members.encode(use.map { Thumbprint.text($0.thumbprint) }, forKey: .thumbprint)
        try members.encode(use.map { CertificateTime.text($0.notAfter) }, forKey: .notAfter)
        try members.encode(use?.isForServersOnly, forKey: .isForServersOnly)
        try members.encode(use.map { CertificateTime.text($0.lastSeen) }, forKey: .lastSeen)
        try members.encode(day.map(CertificateTime.text), forKey: .until)
        try members.encode(daysLeft, forKey: .daysLeft)
    }
}

/// Finds the clients that are registered under public CAs.
struct CliffScan {
    /// A client that is.
    struct Candidate {
        let id: String
        let name: String
        let trustSet: String?
        let serverAuthUntil: Int64?
        /// The public ones of its CAs.
        let authorities: [CliffReport.Authority]
        /// The thumbprints of all of its CAs.
        let registered: Set<[UInt8]>
    }

    /// CAs that clients have in common, looked at once.
    private struct Anchors {
        let authorities: [CliffReport.Authority]
        let registered: Set<[UInt8]>
    }

    private let known: PublicAuthorities
    private var sets: [String: (anchors: Anchors, serverAuthUntil: Int64?)] = [:]
    private var own: [[UInt8]: CliffReport.Authority?] = [:]
    private(set) var candidates: [Candidate] = []
    /// Clients whose certificates are registered themselves.
    private(set) var registered = 0

    init(_ store: any RegistrationStore, _ known: PublicAuthorities) throws {
        self.known = known
        for set in try store.trustSets() {
            let anchors = anchors(CertificateReading.records(of: set))
            sets[set.name] = (anchors, set.serverAuthUntil)
        }
    }

    /// Looks at one client; a disabled one fails already.
    mutating func take(_ client: ClientRecord) {
        guard client.enabled else { return }
        switch ClientAuthenticationMethod(rawValue: client.authenticationMethod) {
        case .tls: break
        case .selfSignedTLS:
            registered += 1
            return
        default: return
        }
        let set = client.trustSet.flatMap { sets[$0] }
        let anchors = set?.anchors ?? anchors(client.certificateAuthorities)
        guard !anchors.authorities.isEmpty else { return }
        candidates.append(
            Candidate(
                id: client.clientID,
                name: client.name,
                trustSet: client.trustSet,
                serverAuthUntil: set?.serverAuthUntil,
                authorities: anchors.authorities,
                registered: anchors.registered
            )
        )
    }

    private mutating func anchors(_ records: [CertificateRecord]) -> Anchors {
        Anchors(
            authorities: records.compactMap { authority($0) },
            registered: Set(records.map(\.thumbprint))
        )
    }

    private mutating func authority(_ record: CertificateRecord) -> CliffReport.Authority? {
        if let looked = own[record.thumbprint] { return looked }
        let found = (try? Certificate(der: record.der)).flatMap { certificate in
            known.reason(certificate).map { reason in
                CliffReport.Authority(
                    subject: certificate.subject.canonical,
                    thumbprint: certificate.thumbprint.base64URL,
                    reason: reason
                )
            }
        }
        own[record.thumbprint] = .some(found)
        return found
    }
}
