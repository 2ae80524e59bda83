// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// Clients whose trust set accepts certificates for servers only, until a day.
@Suite struct `Certificates for servers at the token endpoint` {
    private let made: TestCAs
    private let trust: CertificateTrust
    private let app: Client
    private static let body = "grant_type=client_credentials&client_id=app"

    init() throws {
        made = try TestCAs.shared()
        trust = CertificateTrust(
            subject: try CertificateSubject(.distinguishedName, parsing: "CN=client,O=Handfast"),
            trustAnchors: .trustSet("internal")
        )
        app = try client("app", policy(.tls), trust: trust, certificates: [])
    }

    private var end: Int64 { made.now + 7_200 }

    private func registry(_ end: Int64?, anchor: Certificate? = nil) throws -> Registry {
        var clients = ClientRegistry()
        clients.insert(app)
        let verifier = try ChainVerifier(anchors: [anchor ?? made.root], serverAuthUntil: end)
        return Registry(
            clients: clients,
            users: [:],
            trustSets: ["internal": verifier],
            generation: 1
        )
    }

    private func refused(_ fixture: TokenFixture, _ peer: StubPeer, at now: Int64) throws
        -> RefusedRequest?
    {
        try fixture.ask(Self.body, peer: peer, now: now).refused
    }

    private func error(_ fixture: TokenFixture, _ peer: StubPeer, at now: Int64) throws
        -> OAuthError?
    {
        try refused(fixture, peer, at: now)?.error
    }

    /// Why a chain was refused for being a server's; the log has words for it.
    private func serverAuth(_ refused: RefusedRequest?) -> ChainError.ServerAuth? {
        guard case .chainChecked(let verification) = refused?.certificateCheck,
            case .refused(let refused) = verification.result
        else { return nil }
        return refused.serverAuth
    }

    @Test func `it is accepted to the last second, and not by a result from before`() throws {
        let fixture = try TokenFixture(registry(end))
        let peer = StubPeer(made.serverLeaf)
        for now in [made.now, end - 1] { #expect(try error(fixture, peer, at: now) == nil) }
        #expect(peer.readings == 1)
        for now in [end, end + 1, end + 86_400] {
            let over = try #require(try refused(fixture, peer, at: now))
            #expect(over.error == .invalidClient(.chainRefused))
            #expect(serverAuth(over) == .ended)
        }
        #expect(peer.readings == 4)
        // One that is for clients goes on, on the same verifier.
        #expect(try error(fixture, StubPeer(made.leaf), at: end) == nil)
    }

    @Test func `it is refused where nothing allows it, and the log is told why`() throws {
        let fixture = try TokenFixture(registry(nil))
        let first = try #require(try refused(fixture, StubPeer(made.serverLeaf), at: made.now))
        #expect(first.error == .invalidClient(.chainRefused))
        #expect(serverAuth(first) == .notAllowed)
        var body: [UInt8] = []
        first.error.appendJSON(to: &body)
        let text = String(decoding: body, as: UTF8.self)
        #expect(!text.contains("server") && !text.contains("cliff"))
        let other = try refused(fixture, StubPeer(made.impostorLeaf), at: made.now)
        #expect(other?.error == .invalidClient(.chainRefused) && serverAuth(other) == nil)
    }

    @Test func `a permission that is taken back, shortened or given counts at once`() throws {
        let fixture = try TokenFixture(registry(end))
        let peer = StubPeer(made.serverLeaf)
        #expect(try error(fixture, peer, at: made.now) == nil)
        fixture.registry = try registry(nil)
        #expect(try error(fixture, peer, at: made.now) == .invalidClient(.chainRefused))
        fixture.registry = try registry(made.now)
        #expect(try error(fixture, peer, at: made.now) == .invalidClient(.chainRefused))
        fixture.registry = try registry(end + 86_400)
        #expect(try error(fixture, peer, at: end) == nil)
    }

    @Test func `it is for the subject and the CA of the client all the same`() throws {
        let fixture = try TokenFixture(registry(end, anchor: made.impostor))
        let foreign = try error(fixture, StubPeer(made.serverLeaf), at: made.now)
        #expect(foreign == .invalidClient(.chainRefused))
        let sameCA = try TokenFixture(registry(end))
        let other = try error(sameCA, StubPeer(made.otherLeaf), at: made.now)
        #expect(other == .invalidClient(.subjectMismatch))
    }

    // MARK: what is known of an accepted certificate

    private func accepted(_ fixture: TokenFixture, _ certificate: Certificate)
        -> AcceptedCertificate?
    {
        let id = app.id
        return fixture.endpoint.acceptedCertificate(
            certificate.thumbprint,
            of: id.span,
            fixture.registry
        )?.certificate
    }

    @Test func `what was accepted is known, and what was refused is not`() throws {
        let fixture = try TokenFixture(registry(end))
        #expect(accepted(fixture, made.serverLeaf) == nil)
        for leaf in [made.serverLeaf, made.leaf] {
            #expect(try error(fixture, StubPeer(leaf), at: made.now) == nil)
        }
        #expect(
            accepted(fixture, made.serverLeaf)
                == AcceptedCertificate(
                    notAfter: made.serverLeaf.notAfter,
                    anchor: made.root.thumbprint,
                    isForServersOnly: true,
                    spiffeID: nil
                )
        )
        #expect(accepted(fixture, made.leaf)?.isForServersOnly == false)
        #expect(accepted(fixture, made.leaf)?.notAfter == made.leaf.notAfter)
        #expect(try error(fixture, StubPeer(made.otherLeaf), at: made.now) != nil)
        #expect(accepted(fixture, made.otherLeaf) == nil)
        fixture.registry = try registry(nil)
        #expect(accepted(fixture, made.serverLeaf) == nil)
    }
}
