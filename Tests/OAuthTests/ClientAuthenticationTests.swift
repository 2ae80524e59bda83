// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

struct ClientAuthenticationTests {
    /// The authenticated client, or the error.
    private func result(
        _ body: String,
        _ authorization: AuthorizationHeader = .none,
        peer: StubPeer = StubPeer(thumbprint(1)),
        among clients: Client...,
        now: Int64 = noon
    ) throws -> Result<Client, OAuthError> {
        var known = ClientRegistry()
        for client in clients { known.insert(client) }
        let registry = Registry(clients: known, users: [:], generation: 1)
        var authentication = ClientAuthentication(
            digester: Digester(),
            replays: ForgetfulMemory(),
            audiences: AssertionAudiences(issuer: "https://issuer.example", endpoints: [])
        )
        let fields = try form(body)
        do throws(AuthenticationError) {
            let context = DecisionContext(registry: registry, now: now)
            let found = try authentication.authenticate(fields, authorization, peer, context)
            return .success(found.client)
        } catch {
            return .failure(error.refused.error)
        }
    }

    private func basicClient(isEnabled: Bool = true) throws -> Client {
        try client("basic", policy(.secretBasic), isEnabled: isEnabled, secret: "s3cret")
    }

    private func postClient(isEnabled: Bool = true) throws -> Client {
        try client("post", policy(.secretPost), isEnabled: isEnabled, secret: "s3cret")
    }

    // MARK: self_signed_tls_client_auth

    @Test func `a client with a registered certificate is recognised`() throws {
        let app = try client(certificates: [certificate(1), certificate(2)])
        for number in [1, 2] as [UInt8] {
            let peer = StubPeer(thumbprint(number))
            #expect(try result("client_id=app", peer: peer, among: app).get() === app)
            // The thumbprint decides; the certificate itself is never looked at.
            #expect(peer.readings == 0)
        }
    }

    @Test func `a certificate that is not registered is refused`() throws {
        let peer = StubPeer(thumbprint(3))
        let found = try result("client_id=app", peer: peer, among: client())
        #expect(found == .failure(.invalidClient(.certificateNotRegistered)))
    }

    @Test func `the certificate of another client is refused`() throws {
        let (app, other) = (try client(), try client("other", certificates: [certificate(2)]))
        let peer = StubPeer(thumbprint(2))
        #expect(try result("client_id=other", peer: peer, among: app, other).get() === other)
        let found = try result("client_id=app", peer: peer, among: app, other)
        #expect(found == .failure(.invalidClient(.certificateNotRegistered)))
    }

    @Test func `a connection without a certificate is refused`() throws {
        let found = try result("client_id=app", peer: StubPeer(nil), among: client())
        #expect(found == .failure(.invalidClient(.certificateMissing)))
    }

    @Test(arguments: [-3_601, 3_601] as [Int64])
    func `a registered certificate counts only in its time`(offset: Int64) throws {
        let app = try client()
        let end = noon + (offset < 0 ? -3_600 : 3_600)
        #expect(try result("client_id=app", among: app, now: end).get() === app)
        let found = try result("client_id=app", among: app, now: noon + offset)
        let check: Check = offset < 0 ? .certificateNotYetValid : .certificateExpired
        #expect(found == .failure(.invalidClient(check)))
    }

    @Test func `a disabled client is refused, whatever it presents`() throws {
        let clients = [
            try client(isEnabled: false), try basicClient(isEnabled: false),
            try postClient(isEnabled: false),
        ]
        let disabled: Result<Client, OAuthError> = .failure(.invalidClient(.clientDisabled))
        #expect(try result("client_id=app", among: clients[0]) == disabled)
        #expect(try result("", basic("basic", "s3cret"), among: clients[1]) == disabled)
        let body = "client_id=post&client_secret=s3cret"
        #expect(try result(body, among: clients[2]) == disabled)
    }

    @Test(arguments: ["client_id=nobody", "client_id=APP", "client_id=ap"])
    func `an unknown client is refused`(body: String) throws {
        let found = try result(body, among: client())
        #expect(found == .failure(.invalidClient(.clientUnknown)))
    }

    @Test(arguments: ["", "client_id=", "grant_type=client_credentials"])
    func `a client is never guessed from its certificate`(body: String) throws {
        let found = try result(body, among: client())
        #expect(found == .failure(.invalidClient(.clientIDMissing)))
    }

    // MARK: secrets

    @Test func `the right secret is accepted in the header`() throws {
        let app = try basicClient()
        let header = basic("basic", "s3cret")
        #expect(try result("", header, peer: StubPeer(nil), among: app).get() === app)
        #expect(try result("client_id=basic", header, among: app).get() === app)
    }

    @Test func `the right secret is accepted in the body`() throws {
        let app = try postClient()
        let body = "client_id=post&client_secret=s3cret"
        #expect(try result(body, peer: StubPeer(nil), among: app).get() === app)
    }

    @Test(arguments: ["S3cret", "s3cre", "s3crets", "x"])
    func `a wrong secret is refused, even with a certificate`(secret: String) throws {
        let wrong: Result<Client, OAuthError> = .failure(.invalidClient(.secretWrong))
        #expect(try result("", basic("basic", secret), among: basicClient()) == wrong)
        let body = "client_id=post&client_secret=\(secret)"
        #expect(try result(body, among: postClient()) == wrong)
    }

    @Test func `an empty secret is refused`() throws {
        let found = try result("", basic("basic", ""), among: basicClient())
        #expect(found == .failure(.invalidClient(.secretWrong)))
        // An empty parameter counts as left out (RFC 6749 §3.2), so nothing is presented.
        let left = try result("client_id=post&client_secret=", among: postClient())
        #expect(left == .failure(.invalidClient(.methodNotRegistered)))
    }

    @Test func `a client without a secret is refused, whatever is sent`() throws {
        let app = try client("basic", policy(.secretBasic))
        for secret in ["s3cret", String(repeating: "0", count: 43)] {
            let found = try result("", basic("basic", secret), among: app)
            #expect(found == .failure(.invalidClient(.secretWrong)))
        }
    }

    @Test func `the secret of an unknown client is refused`() throws {
        let unknown: Result<Client, OAuthError> = .failure(.invalidClient(.clientUnknown))
        #expect(try result("", basic("nobody", "s3cret"), among: basicClient()) == unknown)
        let body = "client_id=nobody&client_secret=s3cret"
        #expect(try result(body, among: postClient()) == unknown)
    }

    // MARK: exactly the registered method

    @Test func `a secret counts only where it is registered to be sent`() throws {
        let other: Result<Client, OAuthError> = .failure(.invalidClient(.methodNotRegistered))
        #expect(try result("", basic("post", "s3cret"), among: postClient()) == other)
        let body = "client_id=basic&client_secret=s3cret"
        #expect(try result(body, among: basicClient()) == other)
    }

    @Test func `a certificate counts for nothing where a secret is registered`() throws {
        // Both have certificate 1 on file, and the peer has proven it.
        let other: Result<Client, OAuthError> = .failure(.invalidClient(.methodNotRegistered))
        #expect(try result("client_id=basic", among: basicClient()) == other)
        #expect(try result("client_id=post", among: postClient()) == other)
    }

    @Test func `a secret counts for nothing where a certificate is registered`() throws {
        let app = try client(secret: "s3cret")
        let other: Result<Client, OAuthError> = .failure(.invalidClient(.methodNotRegistered))
        #expect(try result("client_id=app", among: app).get() === app)
        #expect(try result("client_id=app&client_secret=s3cret", among: app) == other)
        #expect(try result("", basic("app", "s3cret"), among: app) == other)
    }
}

extension Result where Success == Client, Failure == OAuthError {
    static func == (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.success(let a), .success(let b)): a === b
        case (.failure(let a), .failure(let b)): a == b
        default: false
        }
    }
}
