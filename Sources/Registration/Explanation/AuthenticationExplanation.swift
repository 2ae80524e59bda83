// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import OAuth
package import Storage

/// Why a certificate authenticates a client, or why it does not: the server's own authentication,
/// put into words.
package struct AuthenticationExplanation {
    /// The report.
    package internal(set) var report: AuthenticationReport

    /// A client's trust set, with its revocation lists as they are now.
    package struct TrustSet {
        let record: TrustSetRecord
        let revocation: Revocation?
        let unreadable: [String]
        let notCounting: [String]

        /// `unreadable` and `notCounting` are lists that decide nothing, with the reasons.
        package init(
            _ record: TrustSetRecord,
            revocation: Revocation?,
            unreadable: [String],
            notCounting: [String]
        ) {
            self.record = record
            self.revocation = revocation
            self.unreadable = unreadable
            self.notCounting = notCounting
        }

        /// The verifier of chains under the set; nil where it has no usable CA.
        var verifier: ChainVerifier? {
            let anchors = record.caCertificates.compactMap { try? Certificate(der: $0) }
            return try? ChainVerifier(anchors: anchors).with(revocation: revocation)
                .with(serverAuthUntil: record.serverAuthUntil)
        }

        /// The set by its name, where it has CAs of its own.
        fileprivate var verifiers: [String: ChainVerifier] {
            guard record.spiffe == nil, let verifier else { return [:] }
            return [record.name: verifier]
        }

        /// The set by its name, where it is of a trust domain.
        fileprivate var domains: [String: TrustDomain] {
            guard let spiffe = record.spiffe, let verifier else { return [:] }
            let domain = TrustDomain(
                name: spiffe.trustDomain,
                verifier: verifier,
                freshness: BundleFreshness(
                    checkedAt: spiffe.checkedAt,
                    maxStaleness: Int64(spiffe.maxStaleness)
                )
            )
            return [record.name: domain]
        }
    }

    /// Authenticates with `leaf`, the client's own certificate, and what is `sent` along, as of
    /// `now`.
    ///
    /// `record` is nil where no client is called `name`; `trustSet` is the one that it names, if
    /// any. `publicCA` says why a CA is a public one; nil for others.
    package init(
        _ record: ClientRecord?,
        named name: String,
        under trustSet: TrustSet?,
        presenting leaf: Certificate,
        with sent: [Certificate],
        now: Int64,
        publicCA: @escaping (Certificate) -> String?
    ) {
        let method = record.flatMap {
            ClientAuthenticationMethod(rawValue: $0.authenticationMethod)
        }
        report = Self.report(record, under: trustSet, presenting: leaf, now: now)
        report.checks = AuthenticationStep.steps(of: method).map { .init(check: $0.name) }
        var clients = ClientRegistry()
        var client: Client?
        var reasonUnusable: String?
        do {
            client = try record.map { try ClientMapping.client($0) }
        } catch {
            reasonUnusable = "\(error)"
        }
        if let client { clients.insert(client) }
        let registry = Registry(
            clients: clients,
            users: [:],
            trustSets: trustSet?.verifiers ?? [:],
            trustDomains: trustSet?.domains ?? [:],
            generation: 0
        )
        let trial = Trial(
            of: record?.clientID ?? name,
            client,
            presenting: [leaf] + sent,
            DecisionContext(registry: registry, now: now)
        )
        let facts = AuthenticationFacts(
            name: name,
            record: record,
            reasonUnusable: reasonUnusable,
            client: client,
            trustSet: trustSet?.record,
            verifier: client?.trust?.verifier(in: registry),
            leaf: leaf,
            sent: sent,
            verification: trial.recorder.verification,
            now: now,
            publicCA: publicCA
        )
        take(trial, facts)
    }

    private static func report(
        _ record: ClientRecord?,
        under trustSet: TrustSet?,
        presenting leaf: Certificate,
        now: Int64
    ) -> AuthenticationReport {
        AuthenticationReport(
            clientID: record?.clientID,
            clientName: record?.name,
            method: record?.authenticationMethod,
            subject: leaf.subject.canonical,
            thumbprint: leaf.thumbprint.base64URL,
            checkedAt: CertificateTime.text(now),
            trustSet: trustSet.map { set in
                .init(
                    name: set.record.name,
                    revocation: set.record.revocation,
                    unreadable: set.unreadable,
                    notCounting: set.notCounting.isEmpty ? nil : set.notCounting
                )
            }
        )
    }

    private mutating func take(_ trial: Trial, _ facts: AuthenticationFacts) {
        let words = AuthenticationWords(facts: facts)
        report.acceptedOnlyUntil = facts.serverAuth?.lastDay
        report.authenticated = trial.failedCheck == nil
        let behind = report.checks.dropFirst(trial.recorder.steps.count)
        report.checks = trial.recorder.steps.map { step, isPassed in
            .init(
                check: step.name,
                result: isPassed ? .passed : .failed,
                detail: isPassed ? words.passed(step) : words.failed(step)
            )
        }
        report.checks += behind
        guard let check = trial.failedCheck else { return }
        report.decidedBy = trial.recorder.steps.last?.step.name
        report.log = check.rawValue
        report.remedy = AuthenticationRemedy(facts: facts).text(check)
    }
}

/// One authentication, with what it noted.
private struct Trial {
    let recorder: StepRecorder
    /// The check that refused; nil where the certificate authenticates the client.
    let failedCheck: Check?

    init(
        of clientID: String,
        _ client: Client?,
        presenting certificates: [Certificate],
        _ context: DecisionContext
    ) {
        var recorder = StepRecorder()
        let peer = PresentedCertificates(certificates)
        let found = AuthenticationTrial.refusedRequest(
            of: clientID,
            presenting: peer,
            context,
            &recorder
        )
        // A public client is let in without proof: no certificate is what does it.
        if found == nil, client?.policy.method == .publicClient {
            recorder.refuse(.method)
            failedCheck = .methodNotRegistered
        } else {
            failedCheck = found?.error.check
        }
        self.recorder = recorder
    }
}

/// Keeps the steps of one authentication up to the one that decides.
package struct StepRecorder: AuthenticationObserver {
    package private(set) var steps: [(step: AuthenticationStep, isPassed: Bool)] = []
    /// The verification of the chain; nil if none was verified.
    package private(set) var verification: ChainVerification?

    package init() {}

    package mutating func note(_ step: AuthenticationStep, isPassed: Bool) {
        guard steps.last?.isPassed ?? true else { return }
        steps.append((step, isPassed))
    }

    package mutating func note(_ certificateCheck: CertificateCheck) {
        guard let found = certificateCheck.verification, steps.last?.isPassed ?? true else {
            return
        }
        verification = found
    }

    /// Has a step decide that was passed, and what follows it left out.
    mutating func refuse(_ step: AuthenticationStep) {
        guard let index = steps.firstIndex(where: { $0.step == step }) else { return }
        steps[index].isPassed = false
        steps.removeSubrange((index + 1)...)
    }
}

/// A connection over which these certificates came, the first one's key proven.
package final class PresentedCertificates: Peer {
    package let thumbprint: Digest256?
    private let chain: [[UInt8]]

    package init(_ certificates: [Certificate]) {
        thumbprint = certificates.first?.thumbprint
        chain = certificates.map(\.der)
    }

    package func certificates() -> [[UInt8]] { chain }
}
