// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuth
import Storage
import Testing

@testable import Registration

/// The server's own authentication, put into words.
struct AuthenticationExplanationTests {
    private let now = FixedCertificates.now
    private let root: Certificate
    private let leaf: Certificate
    private let serverLeaf: Certificate
    private let otherLeaf: Certificate

    init() throws {
        root = try FixedCertificates.root.get()
        leaf = try FixedCertificates.leaf.get()
        serverLeaf = try FixedCertificates.serverLeaf.get()
        otherLeaf = try FixedCertificates.otherLeaf.get()
    }

    private func record(
        _ method: ClientAuthenticationMethod = .selfSignedTLS,
        _ change: (inout ClientRecord) -> Void = { _ in }
    ) -> ClientRecord {
        var record = ClientRecord(
            clientID: "app",
            name: "the app",
            authenticationMethod: method.rawValue,
            grantTypes: [Grant.clientCredentials.rawValue],
            createdAt: 0,
            updatedAt: 0
        )
        if method == .selfSignedTLS {
            record.certificates = [CertificateRecord(leaf, now: 0)]
        }
        if method == .tls {
            record.subjectKind = CertificateSubject.Kind.distinguishedName.rawValue
            record.subjectValue = "CN=client,O=Handfast"
            record.caCertificates = [CertificateRecord(root, now: 0)]
        }
        change(&record)
        return record
    }

    private func report(
        _ record: ClientRecord?,
        _ certificate: Certificate,
        at moment: Int64? = nil,
        under trustSet: AuthenticationExplanation.TrustSet? = nil
    ) -> AuthenticationReport {
        AuthenticationExplanation(
            record,
            named: "app",
            under: trustSet,
            presenting: certificate,
            with: [],
            now: moment ?? now,
            publicCA: { _ in nil }
        ).report
    }

    private func names(_ report: AuthenticationReport) -> [String] { report.checks.map(\.check) }

    private let beginning = ["client", "enabled", "method"]

    // MARK: order

    @Test func `an accepted certificate has passed all steps, in the server's order`() {
        let own = report(record(), leaf)
        #expect(own.authenticated && own.remedy == nil && own.log == nil)
        #expect(names(own) == beginning + ["registered", "validity"])
        let named = report(record(.tls), leaf)
        #expect(named.authenticated)
        let chain = ChainCheck.allCases.map(\.rawValue)
        #expect(names(named) == beginning + ["subject"] + chain)
        for report in [own, named] {
            #expect(report.checks.allSatisfy { $0.result == .passed && $0.detail != "" })
        }
    }

    /// The recorder keeps what authentication notes, and the report is made of that alone.
    @Test func `the steps that are planned are those that the server takes`() throws {
        for method in [ClientAuthenticationMethod.selfSignedTLS, .tls] {
            let client = try ClientMapping.client(record(method))
            var clients = ClientRegistry()
            clients.insert(client)
            let registry = Registry(clients: clients, users: [:], generation: 0)
            var recorder = StepRecorder()
            let refused = AuthenticationTrial.refusedRequest(
                of: "app",
                presenting: PresentedCertificates([leaf]),
                DecisionContext(registry: registry, now: now),
                &recorder
            )
            #expect(refused == nil)
            #expect(recorder.steps.map(\.step) == AuthenticationStep.steps(of: method))
        }
    }

    // MARK: refusals

    private func isRefused(
        _ report: AuthenticationReport,
        by step: String,
        as log: Check
    ) -> Bool {
        let results = report.checks.map(\.result)
        guard !report.authenticated, report.decidedBy == step, report.log == log.rawValue,
            let at = names(report).firstIndex(of: step), results[at] == .failed
        else { return false }
        return results[..<at].allSatisfy { $0 == .passed }
            && results[(at + 1)...].allSatisfy { $0 == .notReached }
            && report.remedy?.hasSuffix(".") == true
            && report.checks.allSatisfy { ($0.detail == nil) == ($0.result == .notReached) }
    }

    @Test func `one step fails, those before it passed, those behind were not reached`() {
        let off = record { $0.enabled = false }
        #expect(isRefused(report(nil, leaf), by: "client", as: .clientUnknown))
        #expect(names(report(nil, leaf)) == beginning)
        #expect(isRefused(report(off, leaf), by: "enabled", as: .clientDisabled))
        // Disabled decides, whatever else is wrong.
        #expect(isRefused(report(off, otherLeaf), by: "enabled", as: .clientDisabled))
        let unregistered = report(record(), otherLeaf)
        #expect(isRefused(unregistered, by: "registered", as: .certificateNotRegistered))
        let early = report(record(), leaf, at: leaf.notBefore - 1)
        #expect(isRefused(early, by: "validity", as: .certificateNotYetValid))
        let late = report(record(), leaf, at: leaf.notAfter + 1)
        #expect(isRefused(late, by: "validity", as: .certificateExpired))
    }

    @Test func `under a CA the subject comes before the chain`() {
        let other = report(record(.tls), otherLeaf)
        #expect(isRefused(other, by: "subject", as: .subjectMismatch))
        let server = report(record(.tls), serverLeaf)
        #expect(isRefused(server, by: "purpose", as: .chainRefused))
        #expect(server.remedy?.contains("public-ca-cliff.md") == true)
        let late = report(record(.tls), leaf, at: leaf.notAfter + 1)
        #expect(isRefused(late, by: "validity", as: .chainRefused))
        let nobody = report(record(.tls) { $0.subjectKind = nil }, leaf)
        #expect(isRefused(nobody, by: "subject", as: .trustMissing))
    }

    @Test(arguments: [
        ClientAuthenticationMethod.secretBasic, .secretPost, .privateKeyJWT, .publicClient,
    ])
    func `a certificate does not authenticate a client of another method`(
        method: ClientAuthenticationMethod
    ) {
        let found = report(record(method), leaf)
        #expect(isRefused(found, by: "method", as: .methodNotRegistered))
        #expect(names(found) == beginning)
    }

    @Test func `a registration that the server leaves out is told from an unknown client`() {
        let broken = report(record { $0.authenticationMethod = "private" }, leaf)
        #expect(isRefused(broken, by: "client", as: .clientUnknown))
        #expect(broken.checks[0].detail?.contains("cannot be used") == true)
        #expect(broken.remedy != report(nil, leaf).remedy)
    }

    // MARK: trust sets

    private func trustSet(_ caCertificates: [Certificate], until: Int64? = nil)
        -> AuthenticationExplanation.TrustSet
    {
        let set = TrustSetRecord(
            name: "set",
            caCertificates: caCertificates.map(\.der),
            serverAuthUntil: until,
            created: 0
        )
        return .init(set, revocation: nil, unreadable: [], notCounting: [])
    }

    @Test func `a client of a trust set is looked at under that`() {
        let named = record(.tls) {
            $0.trustSet = "set"
            $0.caCertificates = []
        }
        #expect(report(named, leaf, under: trustSet([root])).authenticated)
        let strange = report(named, leaf, under: trustSet([]))
        #expect(isRefused(strange, by: "subject", as: .trustMissing))
        #expect(report(named, serverLeaf, under: trustSet([root])).decidedBy == "purpose")
        let end = now + 86_400
        let bridged = report(named, serverLeaf, under: trustSet([root], until: end))
        #expect(bridged.authenticated)
        #expect(bridged.acceptedOnlyUntil == ServerAuthPermission.day(of: end))
    }

    // MARK: words

    @Test func `that no revocation list was checked is said`() {
        let last = report(record(.tls), leaf).checks.last
        #expect(last?.check == "revocation" && last?.result == .passed)
        #expect(last?.detail?.hasPrefix("no revocation list was checked") == true)
    }

    @Test func `each check has a remedy, which is a sentence`() throws {
        let client = try ClientMapping.client(record())
        let facts = AuthenticationFacts(
            name: "app",
            record: record(),
            reasonUnusable: nil,
            client: client,
            trustSet: nil,
            verifier: nil,
            leaf: leaf,
            sent: [],
            verification: try ChainVerifier(anchors: [root]).examine(
                leaf: serverLeaf,
                intermediates: [],
                now: now
            ),
            now: now,
            publicCA: { _ in nil }
        )
        for check in Check.allCases {
            let text = AuthenticationRemedy(facts: facts).text(check)
            #expect(text.hasSuffix("."), "\(check.rawValue)")
        }
    }

    @Test func `the log is told that a certificate is for servers only, and of no other`() throws {
        let subject = try CertificateSubject(.distinguishedName, parsing: "CN=client,O=Handfast")
        func words(_ leaf: Certificate, until: Int64?) throws -> String? {
            let verifier = try ChainVerifier(anchors: [root], serverAuthUntil: until)
            let trust = CertificateTrust(subject: subject, verifier: verifier)
            let certificateCheck = trust.check(
                [leaf.der],
                proven: leaf.thumbprint,
                under: verifier,
                now: now
            )
            return certificateCheck.explanation
        }
        #expect(try words(serverLeaf, until: nil)?.contains("public-ca-cliff.md") == true)
        #expect(try words(serverLeaf, until: now)?.contains("until a day that is over") == true)
        #expect(try words(serverLeaf, until: now + 1) == nil)
        #expect(try words(leaf, until: nil) == nil && words(otherLeaf, until: nil) == nil)
    }
}
