// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Registration
internal import Server
internal import Storage

/// The checks of client authentication with a certificate, in the order in which the server makes
/// them, by what the server makes them with.
struct AuthenticationChecks {
    /// What was found.
    private(set) var report: AuthenticationReport

    private let leaf: Certificate
    private let sent: [Certificate]
    private let trustSet: TrustSetRecord?
    private let lists: RevocationReading?
    private let now: Int64

    /// A check that failed ends the others.
    private struct Failed: Error {}

    private static let beginning = ["client", "enabled", "method"]

    /// Checks `leaf`, the client's own certificate, and what is `sent` along, as of `now`.
    ///
    /// `record` is nil where no client is called `name`; `trustSet` is the one it names, if any.
    init(
        _ record: ClientRecord?,
        named name: String,
        under trustSet: TrustSetRecord?,
        presenting leaf: Certificate,
        with sent: [Certificate],
        now: Int64
    ) {
        self.leaf = leaf
        self.sent = sent
        self.trustSet = trustSet
        self.now = now
        let lists = trustSet.map {
            RevocationReading($0, sent: sent, now: now, read: RegistrationFiles.lists)
        }
        self.lists = lists
        report = AuthenticationReport(
            clientID: record?.clientID,
            clientName: record?.name,
            method: record?.authenticationMethod,
            subject: leaf.subject.canonical,
            thumbprint: leaf.thumbprint.base64URL,
            checkedAt: CertificateTime.text(now),
            trustSet: trustSet.map { set in
                .init(
                    name: set.name,
                    revocation: set.revocation,
                    unreadable: lists?.failures ?? [],
                    notCounting: lists.flatMap { $0.notCounting.isEmpty ? nil : $0.notCounting }
                )
            }
        )
        report.checks = Self.names(record?.authenticationMethod).map { .init(check: $0) }
        do throws(Failed) {
            try checkAll(record.map { Self.resolved($0, under: trustSet) }, name)
            report.authenticated = true
        } catch {
            report.authenticated = false
        }
    }

    /// The client as if the authorities of its trust set were its own.
    private static func resolved(
        _ record: ClientRecord,
        under trustSet: TrustSetRecord?
    ) -> ClientRecord {
        guard let trustSet else { return record }
        var resolved = record
        resolved.trustSet = nil
        resolved.certificateAuthorities = CertificateRegistration.records(of: trustSet)
        return resolved
    }

    private static func names(_ method: String?) -> [String] {
        switch method.flatMap(ClientAuthenticationMethod.init(rawValue:)) {
        case .selfSignedTLS: beginning + ["registered", "validity"]
        case .tls: beginning + ["subject"] + ChainCheck.allCases.map(\.rawValue)
        default: beginning
        }
    }

    private mutating func checkAll(_ record: ClientRecord?, _ name: String) throws(Failed) {
        guard let record else {
            try fail(
                "client",
                "no client is called \(name)",
                as: .clientUnknown,
                "Look for it with `handfast client list`, or register it with `handfast client "
                    + "add`."
            )
        }
        let client = try checkClient(record)
        let id = record.clientID
        guard client.isEnabled else {
            try fail(
                "enabled",
                "the client is disabled",
                as: .clientDisabled,
                "Let it in again, with `handfast client enable \(id)`."
            )
        }
        pass("enabled", "the client is enabled")
        switch client.policy.method {
        case .selfSignedTLS: try checkRegistered(client, record)
        case .tls: try checkTrust(client, record)
        default:
            try fail(
                "method",
                "\(client.policy.method.rawValue): a certificate does not authenticate this client",
                as: .methodNotRegistered,
                "Let the client authenticate as it is registered, or register its certificate, "
                    + "with `handfast client update \(id) --auth-method "
                    + "self_signed_tls_client_auth --certificate FILE`."
            )
        }
    }

    private mutating func checkClient(_ record: ClientRecord) throws(Failed) -> Client {
        let found: Client
        do {
            found = try RegisteredClient.client(record)
        } catch {
            try fail(
                "client",
                "its registration cannot be used: \(error)",
                as: .clientUnknown,
                "The server leaves such a client out. Correct it with `handfast client update "
                    + "\(record.clientID)`, or remove it and register it again."
            )
        }
        pass("client", "it is registered")
        return found
    }

    // MARK: self_signed_tls_client_auth

    private mutating func checkRegistered(
        _ client: Client,
        _ record: ClientRecord
    ) throws(Failed) {
        pass("method", "self_signed_tls_client_auth: exactly the registered certificates")
        let standing = client.standing(of: leaf.thumbprint, now: now)
        let register =
            record.jwksURI.map { "let \($0) have it as the x5c of a key; the server fetches it" }
            ?? "register it, with `handfast client certificate add \(record.clientID) FILE`"
        if standing == .notRegistered {
            let known = client.certificates.map(\.thumbprint.base64URL).joined(separator: ", ")
            let namesake = record.certificates.contains { $0.subject == leaf.subject.canonical }
            let how = record.jwksURI.map { "fetched from \($0)" } ?? "registered"
            try fail(
                "registered",
                known.isEmpty ? "none is \(how)" : "it is not; \(how): \(known)",
                as: .certificateNotRegistered,
                (namesake
                    ? "A certificate of the same subject is registered, but the certificate itself "
                        + "counts. If it was renewed, "
                    : "If it is the client's own, ") + register + "."
            )
        }
        pass("registered", "it is registered")
        let times = Self.times(leaf)
        switch standing {
        case .notYetValid:
            try fail(
                "validity",
                "\(times): its time has not begun",
                as: .certificateNotYetValid,
                "Wait until then, or look at the clocks of those who issued it and of the server."
            )
        case .expired:
            try fail(
                "validity",
                "\(times): its time is over",
                as: .certificateExpired,
                "Issue the client a new certificate, and \(register)."
            )
        default: pass("validity", times)
        }
    }

    // MARK: tls_client_auth

    /// What checks chains for the client, as the server would.
    private func verifier(of trust: CertificateTrust) -> ChainVerifier? {
        // `resolved` has put the authorities of a trust set in the place of the client's own.
        guard case .own(let verifier) = trust.authorities else { return nil }
        return verifier.with(revocation: lists?.revocation)
            .with(serverAuthUntil: trustSet?.serverAuthUntil)
    }

    private mutating func checkTrust(_ client: Client, _ record: ClientRecord) throws(Failed) {
        let authorities =
            trustSet.map { "a CA of the trust set \($0.name)" } ?? "a registered CA"
        pass("method", "tls_client_auth: a subject under \(authorities)")
        guard let trust = client.trust else {
            try fail(
                "subject",
                "the client has no subject",
                as: .trustMissing,
                "Register one, with `handfast client update \(record.clientID) --subject-dn DN`."
            )
        }
        guard let verifier = verifier(of: trust) else {
            try fail(
                "subject",
                "the client's trust set cannot be used",
                as: .trustMissing,
                "See `handfast trust-set show`; the server's log has the reason."
            )
        }
        let judgement = trust.judge(
            [leaf.der] + sent.map(\.der),
            proven: leaf.thumbprint,
            under: verifier,
            now: now
        )
        let names = trust.subject.candidates(in: leaf).joined(separator: "; ")
        let compared =
            "registered \(trust.subject.kind.rawValue): \(trust.subject.canonical); "
            + (names.isEmpty ? "the certificate has none" : "the certificate: \(names)")
        guard case .examined(let examination) = judgement else {
            try fail(
                "subject",
                compared,
                as: judgement.refusal ?? .subjectMismatch,
                "Give the client a certificate for the registered name, or register the name that "
                    + "its certificate has; `handfast certificate inspect` shows all of them."
            )
        }
        pass("subject", compared)
        try checkChain(examination, under: verifier.anchors, as: judgement.refusal, record)
    }

    private mutating func checkChain(
        _ examination: ChainExamination,
        under anchors: [Certificate],
        as refusal: Check?,
        _ record: ClientRecord
    ) throws(Failed) {
        let serverAuth = ServerAuthDescription(examination, anchors, trustSet)
        report.acceptedOnlyUntil = serverAuth.lastDay
        let description = ChainDescription(leaf, sent, examination)
        for check in ChainCheck.allCases {
            if check == examination.refusedBy {
                try fail(
                    check.rawValue,
                    description.refusal,
                    as: refusal ?? .chainRefused,
                    serverAuth.remedy
                        ?? description.remedy(check, registering: register(record), now: now)
                )
            }
            if check == .purpose, let accepted = serverAuth.accepted {
                pass(check.rawValue, accepted)
                continue
            }
            pass(check.rawValue, description.passed(check))
        }
    }

    /// The command that makes another authority count for the client.
    private func register(_ record: ClientRecord) -> String {
        trustSet.map {
            "`handfast trust-set update \($0.name) --ca-certificate FILE`, with those that the set "
                + "has, too"
        } ?? "`handfast client certificate add \(record.clientID) FILE --ca`"
    }

    static func times(_ certificate: Certificate) -> String {
        "\(CertificateTime.text(certificate.notBefore)) to "
            + CertificateTime.text(certificate.notAfter)
    }

    // MARK: results

    private mutating func pass(_ check: String, _ detail: String) {
        set(check, .passed, detail)
    }

    private mutating func fail(
        _ check: String,
        _ detail: String,
        as log: Check,
        _ remedy: String
    ) throws(Failed) -> Never {
        set(check, .failed, detail)
        report.decidedBy = check
        report.log = log.rawValue
        report.remedy = remedy
        throw Failed()
    }

    private mutating func set(
        _ check: String,
        _ result: AuthenticationReport.Outcome,
        _ detail: String
    ) {
        guard let index = report.checks.firstIndex(where: { $0.check == check }) else { return }
        report.checks[index].result = result
        report.checks[index].detail = detail
    }
}
