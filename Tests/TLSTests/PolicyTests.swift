import Testing

@testable import TLS

struct PolicyTests {
    @Test func `a client that has both versions gets the newer one`() throws {
        let line = try connected(try Listener.context())
        #expect(line.serverVersion == "TLSv1.3")
        #expect(line.client.cipher == "TLS_AES_128_GCM_SHA256")
    }

    @Test func `TLS 1.2 is refused where it is not allowed`() throws {
        let context = try Listener.context(allowsTLS12: false)
        let reason = refusal(try Line(context, try Client(version: .v12)))?.reason
        #expect(reason == "unsupported protocol")
        #expect(try connected(context, version: .v13).serverVersion == "TLSv1.3")
    }

    @Test func `TLS 1.1 is refused everywhere`() throws {
        let client = try Client(version: .v11, ciphers: "ALL:@SECLEVEL=0")
        let reason = refusal(try Line(try Listener.context(), client))?.reason
        #expect(reason == "unsupported protocol")
    }

    @Test(arguments: [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
    ])
    func `ciphers with forward secrecy and authentication are spoken`(name: String) throws {
        let client = try Client(version: .v12, ciphers: name)
        try Line(try Listener.context(), client).connect()
        #expect(client.cipher == name)
    }

    @Test(arguments: [
        "ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256",
    ])
    func `ciphers without one of them are not`(name: String) throws {
        let own = try ClientIdentity(.rsa2048, name: "server")
        let identity = try ServerIdentity(
            certificatePEM: own.certificatePEM,
            keyPEM: own.keyPEM()
        )
        let context = try Listener.context(identities: [identity, try Listener.identity.get()])
        let client = try Client(version: .v12, ciphers: name)
        #expect(refusal(try Line(context, client))?.reason == "no shared cipher")
    }

    @Test func `a connection is not negotiated a second time`() throws {
        let line = try connected(try Listener.context(), version: .v12)
        #expect(try !line.client.renegotiate())
        line.carryToServer()
        #expect(try line.serverReads() == ([], .wantsRead))
        line.carryToClient()
        // The answer is a warning, no_renegotiation, which OpenSSL's client gives up at.
        #expect(throws: Refusal.self) { try line.client.handshake() }
    }
}
