// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// `tls_client_auth` (RFC 8705 §2.1): a subject under a registered CA.
struct ChainResultCacheTests {
    private let made: TestCAs

    init() throws {
        made = try TestCAs.shared()
    }

    private func tlsClient(_ trust: CertificateTrust?, isEnabled: Bool = true) throws -> Client {
        try client("app", policy(.tls), isEnabled: isEnabled, trust: trust, certificates: [])
    }

    private func fixture(_ trust: CertificateTrust?) throws -> TokenFixture {
        try TokenFixture(registry(tlsClient(trust)))
    }

    private func error(
        _ fixture: TokenFixture,
        _ peer: StubPeer,
        at offset: Int64 = 0
    ) throws -> OAuthError? {
        let body = "grant_type=client_credentials&client_id=app"
        return try fixture.ask(body, peer: peer, now: made.now + offset).error
    }

    @Test func `the registered subject under the registered CA is accepted`() throws {
        let fixture = try fixture(made.trust())
        #expect(try error(fixture, StubPeer(made.leaf)) == nil)
    }

    @Test func `another subject under the same CA is refused`() throws {
        let fixture = try fixture(made.trust())
        let refused = try error(fixture, StubPeer(made.otherLeaf))
        #expect(refused == .invalidClient(.subjectMismatch))
    }

    @Test(
        arguments: [
            (.dns, "client.example"), (.uri, "urn:example:client"),
        ] as [(CertificateSubject.Kind, String)]
    )
    func `a subject may be an alternative name, but only of its kind`(
        kind: CertificateSubject.Kind,
        name: String
    ) throws {
        let right = try fixture(made.trust(kind, name))
        #expect(try error(right, StubPeer(made.leaf)) == nil)
        let wrong = try fixture(made.trust(kind, name + "s"))
        #expect(try error(wrong, StubPeer(made.leaf)) == .invalidClient(.subjectMismatch))
        #expect(try error(right, StubPeer(made.serverLeaf)) == .invalidClient(.subjectMismatch))
    }

    @Test func `the same subject under another CA of the same name is refused`() throws {
        let fixture = try fixture(made.trust())
        let peer = StubPeer(made.impostorLeaf, made.impostor)
        #expect(try error(fixture, peer) == .invalidClient(.chainRefused))
        let other = try self.fixture(made.trust(under: made.impostor))
        #expect(try error(other, peer) == nil)
    }

    @Test func `an intermediate must be sent`() throws {
        let fixture = try fixture(made.trust())
        let without = try error(fixture, StubPeer(made.deepLeaf))
        #expect(without == .invalidClient(.chainRefused))
        // The refusal is not remembered: the intermediate may come with the next connection.
        #expect(try error(fixture, StubPeer(made.deepLeaf, made.intermediate)) == nil)
    }

    @Test func `a certificate for servers is refused`() throws {
        let fixture = try fixture(made.trust())
        #expect(try error(fixture, StubPeer(made.serverLeaf)) == .invalidClient(.chainRefused))
    }

    @Test func `a certificate counts only in its time`() throws {
        let fixture = try fixture(made.trust())
        let last = made.leaf.notAfter - made.now
        // OpenSSL takes the last second itself for expired.
        #expect(try error(fixture, StubPeer(made.leaf), at: last - 1) == nil)
        let late = try error(fixture, StubPeer(made.leaf), at: last + 1)
        #expect(late == .invalidClient(.chainRefused))
        let first = made.leaf.notBefore - made.now
        let early = try error(fixture, StubPeer(made.leaf), at: first - 1)
        #expect(early == .invalidClient(.chainRefused))
    }

    @Test func `a certificate that is not the one of the handshake is refused`() throws {
        let fixture = try fixture(made.trust())
        let other = StubPeer(made.otherLeaf.thumbprint, chain: [made.leaf.der])
        #expect(try error(fixture, other) == .invalidClient(.certificateMismatch))
        let none = StubPeer(made.leaf.thumbprint)
        #expect(try error(fixture, none) == .invalidClient(.certificateMalformed))
        let cut = StubPeer(made.leaf.thumbprint, chain: [Array(made.leaf.der.dropLast())])
        #expect(try error(fixture, cut) == .invalidClient(.certificateMalformed))
        #expect(try error(fixture, StubPeer(nil)) == .invalidClient(.certificateMissing))
    }

    @Test func `a victim that is sent along proves nothing`() throws {
        let fixture = try fixture(made.trust())
        let peer = StubPeer(made.otherLeaf, made.leaf, made.root)
        #expect(try error(fixture, peer) == .invalidClient(.subjectMismatch))
    }

    @Test func `a client without a registered subject is refused`() throws {
        #expect(try error(fixture(nil), StubPeer(made.leaf)) == .invalidClient(.trustMissing))
    }

    @Test func `a disabled client is refused though its certificate is good`() throws {
        let fixture = try TokenFixture(registry(tlsClient(made.trust(), isEnabled: false)))
        #expect(try error(fixture, StubPeer(made.leaf)) == .invalidClient(.clientDisabled))
    }

    // MARK: what is remembered

    @Test func `an accepted certificate is not verified again`() throws {
        let fixture = try fixture(made.trust())
        let peer = StubPeer(made.leaf)
        for _ in 0..<3 { #expect(try error(fixture, peer) == nil) }
        #expect(peer.readings == 1)
    }

    @Test func `a refused certificate is verified each time`() throws {
        let fixture = try fixture(made.trust())
        let peer = StubPeer(made.deepLeaf)
        for _ in 0..<2 { #expect(try error(fixture, peer) != nil) }
        #expect(peer.readings == 2)
    }

    @Test func `an acceptance does not outlive the certificate`() throws {
        let fixture = try fixture(made.trust())
        let peer = StubPeer(made.leaf)
        #expect(try error(fixture, peer) == nil)
        let late = made.leaf.notAfter - made.now + 1
        #expect(try error(fixture, peer, at: late) == .invalidClient(.chainRefused))
    }

    @Test func `an acceptance does not count before its own time`() throws {
        let fixture = try fixture(made.trust())
        let peer = StubPeer(made.leaf)
        #expect(try error(fixture, peer) == nil)
        let early = made.leaf.notBefore - made.now - 1
        #expect(try error(fixture, peer, at: early) == .invalidClient(.chainRefused))
        #expect(peer.readings == 2)
    }

    @Test func `an acceptance does not outlive the registration`() throws {
        let fixture = try fixture(made.trust())
        #expect(try error(fixture, StubPeer(made.leaf)) == nil)
        fixture.registry = try registry(tlsClient(made.trust(under: made.impostor)))
        let stranger = try error(fixture, StubPeer(made.leaf))
        #expect(stranger == .invalidClient(.chainRefused))
        fixture.registry = try registry(tlsClient(made.trust(.dns, "other.example")))
        let other = try error(fixture, StubPeer(made.leaf))
        #expect(other == .invalidClient(.subjectMismatch))
        fixture.registry = try registry(tlsClient(made.trust()))
        #expect(try error(fixture, StubPeer(made.leaf)) == nil)
    }

    @Test func `an acceptance is for the trust of one client, not of every one`() throws {
        let other = try client(
            "other",
            policy(.tls),
            trust: made.trust(.distinguishedName, "CN=other,O=Handfast")
        )
        let fixture = try TokenFixture(registry(tlsClient(made.trust()), other))
        #expect(try error(fixture, StubPeer(made.leaf)) == nil)
        let body = "grant_type=client_credentials&client_id=other"
        let answer = try fixture.ask(body, peer: StubPeer(made.leaf), now: made.now)
        #expect(answer.error == .invalidClient(.subjectMismatch))
    }
}
