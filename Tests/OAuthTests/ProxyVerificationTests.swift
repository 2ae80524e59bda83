// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// A proxy's verification of a certificate, and keys that may be newer elsewhere.
@Suite struct `Proxy verification and old keys` {
    private struct CheckResult {
        let check: String
        let asksAgain: Bool
    }

    private func result(_ known: Client, _ peer: some Peer, now: Int64 = noon) throws -> CheckResult
    {
        var clients = ClientRegistry()
        clients.insert(known)
        var authentication = ClientAuthentication(
            digester: Digester(),
            replays: ForgetfulMemory(),
            audiences: AssertionAudiences(issuer: "https://issuer.example", endpoints: [])
        )
        let fields = try form("client_id=app")
        let registry = Registry(clients: clients, users: [:], generation: 1)
        var check = "accepted"
        var asksAgain = false
        do throws(AuthenticationError) {
            let context = DecisionContext(registry: registry, now: now)
            _ = try authentication.authenticate(fields, .none, peer, context)
        } catch {
            check = error.refused.error.check.rawValue
            asksAgain = error.clientToRefetch === known
        }
        return CheckResult(check: check, asksAgain: asksAgain)
    }

    @Test(arguments: [
        (ProxyVerification.passed, "accepted"), (.unknownCA, "accepted"),
        (.failed, "proxy-objection"),
    ])
    func `a proxy's refusal counts for a registered certificate, its ignorance does not`(
        proxyVerification: ProxyVerification,
        check: String
    ) throws {
        let app = try client(certificates: [certificate(1)])
        let peer = StubPeer(thumbprint(1), proxyVerification: proxyVerification)
        #expect(try result(app, peer).check == check)
    }

    @Test(arguments: [ProxyVerification.unknownCA, .failed])
    func `under a CA every failed proxy verification counts`(proxyVerification: ProxyVerification)
        throws
    {
        let made = try TestCAs.shared()
        let app = try client("app", policy(.tls), trust: try made.trust())
        let peer = StubPeer(made.leaf.thumbprint, proxyVerification: proxyVerification)
        #expect(try result(app, peer, now: made.now).check == "proxy-objection")
    }

    @Test func `only a client with keys elsewhere may have newer ones`() throws {
        var remote = policy(.selfSignedTLS)
        remote.hasRemoteKeys = true
        let publisher = try client("app", remote, certificates: [certificate(1)])
        let local = try client("app", policy(.selfSignedTLS), certificates: [certificate(1)])
        let unknown = StubPeer(thumbprint(2))
        #expect(try result(publisher, unknown).asksAgain)
        #expect(try !result(local, unknown).asksAgain)
        // A certificate that is known and good, or known and over, is no reason to ask.
        #expect(try !result(publisher, StubPeer(thumbprint(1))).asksAgain)
        let late = try result(publisher, StubPeer(thumbprint(1)), now: .max / 2)
        #expect(late.check == "certificate-expired" && !late.asksAgain)
    }

    @Test func `a disabled client's keys are not asked for`() throws {
        var remote = policy(.selfSignedTLS)
        remote.hasRemoteKeys = true
        let off = try client("app", remote, isEnabled: false, certificates: [certificate(1)])
        let result = try result(off, StubPeer(thumbprint(2)))
        #expect(result.check == "client-disabled" && !result.asksAgain)
    }
}
