// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TLS

struct PolicyTests {
    @Test func `a client that has both versions gets the newer one`() throws {
        let line = try connected(try Listener.context())
        #expect(line.serverVersion == "TLSv1.3")
        #expect(line.client.cipher == "TLS_AES_128_GCM_SHA256")
    }

    @Test func `TLS 1.2 is refused where it is not allowed`() throws {
        let context = try Listener.context(versions: TLSVersion.newest)
        let reason = error(try Line(context, try Client(version: .v12)))?.reason
        #expect(reason == "unsupported protocol")
        #expect(try connected(context, version: .v13).serverVersion == "TLSv1.3")
    }

    @Test func `TLS 1.1 is refused everywhere`() throws {
        let client = try Client(version: .v11, ciphers: "ALL:@SECLEVEL=0")
        let reason = error(try Line(try Listener.context(), client))?.reason
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
        #expect(error(try Line(context, client))?.reason == "no shared cipher")
    }

    @Test func `a connection is not negotiated a second time`() throws {
        let line = try connected(try Listener.context(), version: .v12)
        #expect(try !line.client.renegotiate())
        line.carryToServer()
        #expect(try line.serverReads() == ([], .wantsRead))
        line.carryToClient()
        // The answer is a warning, no_renegotiation, which OpenSSL's client gives up at.
        #expect(throws: ClientError.self) { try line.client.handshake() }
    }

    @Test(
        arguments: Version.spoken,
        [["http/1.1"], ["h2", "http/1.1"], ["http/1.0", "http/1.1"]]
    )
    func `of the protocols that a client offers HTTP 1.1 is selected`(
        version: Version,
        protocols: [String]
    ) throws {
        let client = try Client(version: version, protocols: protocols)
        try Line(try Listener.context(), client).connect()
        #expect(client.selectedProtocol == "http/1.1")
    }

    @Test(arguments: Version.spoken)
    func `a client that offers none has none selected`(version: Version) throws {
        let client = try Client(version: version)
        try Line(try Listener.context(), client).connect()
        #expect(client.selectedProtocol == nil)
    }

    // RFC 7301 §3.2.
    @Test(
        arguments: Version.spoken,
        [["h2"], ["http/0.9"], ["http/1.1x", "xhttp/1.1", "HTTP/1.1"]]
    )
    func `a client that offers only others is told so`(
        version: Version,
        protocols: [String]
    ) throws {
        let client = try Client(version: version, protocols: protocols)
        let line = try Line(try Listener.context(), client)
        let refused = error(line)
        #expect(refused?.reason == "no application protocol")
        #expect(refused?.kind == .applicationProtocol)
        #expect {
            _ = try client.handshake()
        } throws: { error in
            // The name of alert 120.
            "\(error)".hasSuffix("tlsv1 alert no application protocol")
        }
    }

    @Test func `another name's certificates change nothing of the protocol`() throws {
        let other = NamedIdentities(
            names: ["other.example"],
            identities: [try ServerIdentity.generate(days: 1)]
        )
        let context = try Listener.context(named: [other])
        for (protocols, isServed) in [(["http/1.1"], true), (["h2"], false)] {
            let client = try Client(asks: "other.example", protocols: protocols)
            #expect((error(try Line(context, client)) == nil) == isServed)
        }
    }
}
