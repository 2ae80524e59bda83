// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// Clients of `tls_client_auth` whose CAs stand in the registry under a name.
@Suite struct `Trust sets` {
    let made: TestCAs

    init() throws {
        made = try TestCAs.shared()
    }

    private func result(
        _ sets: [String: ChainVerifier],
        peer: StubPeer? = nil,
        now: Int64? = nil
    ) throws -> Result<Client, OAuthError> {
        let subject = try CertificateSubject(
            .distinguishedName,
            parsing: "CN=client,O=Handfast"
        )
        let known = try client(
            "named",
            policy(.tls),
            trust: CertificateTrust(subject: subject, trustAnchors: .trustSet("internal"))
        )
        var clients = ClientRegistry()
        clients.insert(known)
        let registry = Registry(clients: clients, users: [:], trustSets: sets, generation: 1)
        var authentication = ClientAuthentication(
            digester: Digester(),
            replays: ForgetfulMemory(),
            audiences: AssertionAudiences(issuer: "https://issuer.example", endpoints: [])
        )
        let fields = try form("client_id=named")
        do throws(AuthenticationError) {
            let context = DecisionContext(registry: registry, now: now ?? made.now)
            let peer = peer ?? StubPeer(made.leaf)
            return .success(
                try authentication.authenticate(fields, .none, peer, context).client
            )
        } catch {
            return .failure(error.refused.error)
        }
    }

    private func check(_ result: Result<Client, OAuthError>) -> String {
        switch result {
        case .success: "accepted"
        case .failure(let error): error.check.rawValue
        }
    }

    @Test func `the set that the registry has under the name decides`() throws {
        let root = try ChainVerifier(anchors: [made.root])
        #expect(check(try result(["internal": root])) == "accepted")
        // Another set has the right CA, the client's has not.
        let wrong = try ChainVerifier(anchors: [made.impostor])
        #expect(check(try result(["internal": wrong, "other": root])) == "chain-refused")
    }

    @Test func `a missing trust set trusts no certificate`() throws {
        #expect(check(try result([:])) == "trust-missing")
    }

    @Test func `hard revocation without a list refuses, and soft accepts`() throws {
        let root = try ChainVerifier(anchors: [made.root])
        for (mode, expected) in [
            (Revocation.Mode.hard, "revocation-unknown"), (.soft, "accepted"),
        ] {
            let set = root.with(revocation: Revocation(mode: mode, lists: []))
            #expect(check(try result(["internal": set])) == expected)
        }
    }

    @Test func `a result is not remembered for other CAs`() throws {
        let subject = try CertificateSubject(
            .distinguishedName,
            parsing: "CN=client,O=Handfast"
        )
        let trust = CertificateTrust(subject: subject, trustAnchors: .trustSet("internal"))
        let peer = StubPeer(made.leaf)
        var cache = ChainResultCache()
        let root = try ChainVerifier(anchors: [made.root])
        func failedCheck(_ verifier: ChainVerifier) -> Check? {
            var silent = SilentObserver()
            let outcome = cache.check(
                of: made.leaf.thumbprint,
                under: trust,
                verifier,
                peer,
                now: made.now,
                &silent
            )
            guard case .refused(let check) = outcome else { return nil }
            return check.failedCheck
        }
        #expect(failedCheck(root) == nil)
        let hard = root.with(revocation: Revocation(mode: .hard, lists: []))
        #expect(failedCheck(hard) != nil)
        #expect(failedCheck(try ChainVerifier(anchors: [made.impostor])) != nil)
        #expect(failedCheck(root) == nil)
    }
}
