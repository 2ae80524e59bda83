// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import OAuthTesting
import Testing

@testable import OAuth

/// The steps that an observer receives are those by which the endpoint decides.
struct AuthenticationTrialTests {
    private struct Steps: AuthenticationObserver {
        var taken: [(AuthenticationStep, Bool)] = []
        var checks = 0

        mutating func note(_ step: AuthenticationStep, isPassed: Bool) {
            if taken.last?.1 ?? true { taken.append((step, isPassed)) }
        }

        mutating func note(_ certificateCheck: CertificateCheck) { checks += 1 }
    }

    private let made: TestCAs

    init() throws {
        made = try TestCAs.shared()
    }

    /// The step that refuses, or the last one; nil where the endpoint decides otherwise.
    private func last(_ app: Client, _ peer: StubPeer) throws -> AuthenticationStep? {
        var steps = Steps()
        let known = registry(app)
        let refused = AuthenticationTrial.refusedRequest(
            of: "app",
            presenting: peer,
            DecisionContext(registry: known, now: made.now),
            &steps
        )
        let asked = try TokenFixture(known).ask(
            "client_id=app&grant_type=client_credentials",
            peer: peer,
            now: made.now
        )
        #expect(asked.error == refused?.error)
        #expect((refused == nil) == (steps.taken.last?.1 ?? false))
        return steps.taken.last?.0
    }

    private func pinned(isEnabled: Bool = true, _ leaf: Certificate) throws -> Client {
        let own = RegisteredCertificate(
            thumbprint: leaf.thumbprint,
            notBefore: leaf.notBefore,
            notAfter: leaf.notAfter
        )
        return try client("app", isEnabled: isEnabled, certificates: [own])
    }

    @Test func `the step that decides is the endpoint's check`() throws {
        let (leaf, other) = (StubPeer(made.leaf), StubPeer(made.otherLeaf))
        #expect(try last(pinned(made.leaf), leaf) == .validity)
        #expect(try last(pinned(made.leaf), other) == .registered)
        #expect(try last(pinned(made.leaf), StubPeer(nil)) == .registered)
        #expect(try last(pinned(isEnabled: false, made.leaf), leaf) == .enabled)
        #expect(try last(pinned(isEnabled: false, made.leaf), other) == .enabled)
        let over = RegisteredCertificate(
            thumbprint: made.leaf.thumbprint,
            notBefore: 0,
            notAfter: made.now - 1
        )
        #expect(try last(client("app", certificates: [over]), leaf) == .validity)
        #expect(try last(client("app", policy(.secretBasic), secret: "pw"), leaf) == .method)
        #expect(try last(client("other"), leaf) == .client)
        let named = try client("app", policy(.tls), trust: made.trust())
        #expect(try last(named, leaf) == .chain(.revocation))
        #expect(try last(named, other) == .subject)
        #expect(try last(named, StubPeer(made.serverLeaf)) == .chain(.purpose))
        #expect(try last(named, StubPeer(made.deepLeaf)) == .chain(.path))
        #expect(try last(client("app", policy(.tls)), leaf) == .subject)
        let off = try client("app", policy(.tls), isEnabled: false, trust: made.trust())
        #expect(try last(off, leaf) == .enabled)
    }

    @Test func `a name that no form can have is no client's`() throws {
        var steps = Steps()
        for name in ["", "\u{0}", "a\nb", "é", "app&x=y", "app "] {
            let refused = AuthenticationTrial.refusedRequest(
                of: name,
                presenting: StubPeer(made.leaf),
                DecisionContext(registry: try registry(client("app")), now: made.now),
                &steps
            )
            #expect(refused?.error.code == .invalidClient, "\(name)")
        }
    }
}
