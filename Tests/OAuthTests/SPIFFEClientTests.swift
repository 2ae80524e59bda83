// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import TestSupport
import Testing
import Text

@testable import OAuth

/// Clients of `spiffe_x509`: who is found by which name, and with which certificate.
final class SPIFFEClientTests {
    private let ca: Certificate
    private let peer: StubPeer
    private let billing = "spiffe://example.org/ns/pay/billing"

    init() throws {
        ca = try Certificate(der: SPIFFEFixtures.ca)
        peer = StubPeer(try Certificate(der: SPIFFEFixtures.billing))
    }

    private func workload(
        _ id: String,
        _ pattern: String,
        isEnabled: Bool = true,
        reuseWindow: Int = 0,
        mayIntrospect: Bool = false
    ) throws -> Client {
        try client(
            id,
            policy(
                .spiffeX509,
                bindsTokens: false,
                reuseWindow: reuseWindow,
                mayIntrospect: mayIntrospect
            ),
            isEnabled: isEnabled,
            trust: CertificateTrust(pattern: try SPIFFEPattern(pattern), trustSet: "mesh"),
            certificates: []
        )
    }

    private func domain(
        _ name: String = "example.org",
        _ anchors: [Certificate]? = nil,
        checkedAt: Int64 = noon
    ) throws -> TrustDomain {
        TrustDomain(
            name: name,
            verifier: try ChainVerifier(anchors: anchors ?? [ca]),
            freshness: BundleFreshness(checkedAt: checkedAt, maxStaleness: 600)
        )
    }

    private func registry(_ clients: [Client], _ domain: TrustDomain? = nil) throws -> Registry {
        var known = ClientRegistry()
        for client in clients { known.insert(client) }
        return Registry(
            clients: known,
            users: [:],
            trustDomains: ["mesh": try domain ?? self.domain()],
            generation: 1
        )
    }

    private func ask(
        _ registry: Registry,
        _ clientID: String,
        _ peer: StubPeer? = nil,
        now: Int64 = noon,
        profile: SecurityProfile = .standard
    ) throws -> TokenFixture.Answer {
        try TokenFixture(registry).ask(
            "grant_type=client_credentials&client_id=\(clientID)",
            peer: peer ?? self.peer,
            now: now,
            profile: profile
        )
    }

    /// `client_id` and `sub` of the token, or the check that refused.
    private func outcome(_ answer: TokenFixture.Answer) throws -> [String] {
        guard let token = answer.response?.accessToken else {
            return [answer.error?.check.rawValue ?? "none"]
        }
        let part = Array(token.split(separator: ".")[1].utf8)
        guard let payload = Base64URL.decode(part.span),
            let claims = JSONValue(payload.span)
        else { return [] }
        return ["client_id", "sub"].map { claims[$0]?.text ?? "" }
    }

    // MARK: names

    @Test func `a client is named by its id, or by the SPIFFE ID of its certificate`() throws {
        let registry = try registry([workload("app", billing)])
        #expect(try outcome(ask(registry, "app")) == ["app", billing])
        #expect(try outcome(ask(registry, billing)) == ["app", billing])
        // Another ID of the same trust domain, though nobody else is registered for it.
        #expect(try outcome(ask(registry, billing + "2")) == ["client-unknown"])
    }

    @Test func `the exact ID comes before the longest prefix`() throws {
        let all = try workload("all", "spiffe://example.org/*")
        let pay = try workload("pay", "spiffe://example.org/ns/pay/*")
        let near = try workload("near", "spiffe://example.org/ns/*")
        let one = try workload("one", billing)
        #expect(try outcome(ask(registry([all]), billing)) == ["all", billing])
        #expect(try outcome(ask(registry([all, pay, near]), billing)) == ["pay", billing])
        let whole = try registry([all, pay, one, near])
        #expect(try outcome(ask(whole, billing)) == ["one", billing])
        // One registration switches no other one off.
        for id in ["all", "pay", "near"] {
            #expect(try outcome(ask(whole, id)) == [id, billing])
        }
        // Nor does a disabled one leave its ID to the next.
        let off = try registry([pay, workload("one", billing, isEnabled: false)])
        #expect(try outcome(ask(off, billing)) == ["client-disabled"])
        #expect(try outcome(ask(off, "pay")) == ["pay", billing])
    }

    @Test func `a client that is removed or replaced leaves its ID`() throws {
        var known = ClientRegistry()
        known.insert(try workload("one", billing))
        known.insert(try workload("all", "spiffe://example.org/*"))
        let id = Array(billing.utf8)
        func found() -> String? {
            known.client(spiffeID: id.span).map { String(decoding: $0.id, as: UTF8.self) }
        }
        #expect(found() == "one")
        known.insert(try workload("one", "spiffe://example.org/other"))
        #expect(found() == "all")
        known.remove("all")
        #expect(found() == nil && known.hasSPIFFEIDs)
        known.remove("one")
        #expect(!known.hasSPIFFEIDs)
    }

    @Test func `the ID that is named must be the certificate's`() throws {
        let registry = try registry([workload("all", "spiffe://example.org/*")])
        let other = "spiffe://example.org/ns/pay/other"
        #expect(try outcome(ask(registry, other)) == ["spiffe-id-mismatch"])
        #expect(try outcome(ask(registry, billing)) == ["all", billing])
        // Again after the certificate is in the cache.
        let fixture = try TokenFixture(registry)
        for (id, expected) in [(billing, nil), (other, "spiffe-id-mismatch"), (billing, nil)] {
            let answer = try fixture.ask(
                "grant_type=client_credentials&client_id=\(id)",
                peer: peer
            )
            #expect(answer.error?.check.rawValue == expected)
        }
        #expect(peer.readings > 0)
    }

    // MARK: certificates

    @Test(arguments: [
        ("svid", SPIFFEFixtures.twoURIs), ("svid", SPIFFEFixtures.signing),
        ("svid", SPIFFEFixtures.serverOnly), ("spiffe-id-mismatch", SPIFFEFixtures.foreign),
        ("chain-refused", SPIFFEFixtures.billingOfNextCA),
    ])
    func `another certificate gets nothing`(check: String, der: [UInt8]) throws {
        let registry = try registry([workload("all", "spiffe://example.org/*")])
        let stranger = StubPeer(try Certificate(der: der))
        #expect(try outcome(ask(registry, "all", stranger)) == [check])
        #expect(try outcome(ask(registry, "all")) == ["all", billing])
    }

    @Test func `a trust set of another trust domain trusts nobody`() throws {
        let client = try workload("app", billing)
        let foreign = try registry([client], domain("other.example"))
        #expect(try outcome(ask(foreign, "app")) == ["trust-missing"])
        let none = Registry(clients: foreign.clients, users: [:], generation: 1)
        #expect(try outcome(ask(none, "app")) == ["trust-missing"])
        #expect(try outcome(ask(registry([client]), "app")) == ["app", billing])
    }

    @Test func `a bundle that is too old trusts nobody, until it is looked at again`() throws {
        let domain = try domain()
        let registry = try registry([workload("app", billing)], domain)
        let fixture = try TokenFixture(registry)
        func check(_ now: Int64) throws -> String? {
            try fixture.ask(
                "grant_type=client_credentials&client_id=app",
                peer: peer,
                now: now
            ).error?.check.rawValue
        }
        #expect(try check(noon) == nil)
        #expect(try check(noon + 600) == nil)
        // Though the certificate was accepted a moment ago.
        #expect(try check(noon + 601) == "bundle-stale")
        domain.freshness.confirm(at: noon + 590)
        #expect(try check(noon + 601) == nil)
        domain.freshness.confirm(at: noon + 580)
        #expect(try check(noon + 601) == nil && domain.freshness.checkedAt == noon + 590)
    }

    @Test func `a look by a clock that was ahead makes no bundle last`() throws {
        let freshness = BundleFreshness(checkedAt: noon + 2_592_000, maxStaleness: 600)
        #expect(!freshness.isFresh(at: noon) && !freshness.isFresh(at: noon + 700))
        freshness.confirm(at: noon)
        #expect(freshness.checkedAt == noon && freshness.isFresh(at: noon))
        #expect(!freshness.isFresh(at: noon + 601))
        // The twin: one that is ahead by less than clocks may differ.
        freshness.confirm(at: noon + 50)
        freshness.confirm(at: noon)
        #expect(freshness.checkedAt == noon + 50)
        #expect(!BundleFreshness(checkedAt: .max, maxStaleness: 600).isFresh(at: -2))
    }

    @Test func `neither FAPI profile takes the method`() throws {
        let registry = try registry([workload("app", billing)])
        for profile in [SecurityProfile.fapi1, .fapi2] {
            let answer = try ask(registry, "app", profile: profile)
            #expect(answer.error?.check == .methodSwitchedOff)
            #expect(try ask(registry, billing, profile: profile).error?.check == .clientUnknown)
        }
    }

    // MARK: tokens

    @Test func `workloads of one client share no token`() throws {
        let all = try workload("all", "spiffe://example.org/*", reuseWindow: 30)
        let fixture = try TokenFixture(registry([all]))
        func token(_ der: [UInt8]) throws -> String? {
            try fixture.ask(
                "grant_type=client_credentials&client_id=all",
                peer: StubPeer(try Certificate(der: der))
            ).response?.accessToken
        }
        let first = try token(SPIFFEFixtures.billing)
        #expect(first != nil)
        #expect(try token(SPIFFEFixtures.billing) == first)
        #expect(try token(SPIFFEFixtures.withoutSubject) != first)
    }
}
