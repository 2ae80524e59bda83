// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@testable import TLS

/// The server's certificates in these tests; each is made once.
private enum Own {
    static let standard = Result { try ServerKeyPair(.p256) }
    static let web = Result { try ServerKeyPair(.p256) }
    static let webRSA = Result { try ServerKeyPair(.rsa2048) }
    static let edge = Result { try ServerKeyPair(.rsa2048) }

    static func named() throws -> [NamedIdentities] {
        [
            NamedIdentities(
                names: ["id.example.com", "www.edge.example.com"],
                identities: [try web.get().identity, try webRSA.get().identity]
            ),
            NamedIdentities(names: ["*.edge.example.com"], identities: [try edge.get().identity]),
        ]
    }

    static func context(
        _ resumption: ResumptionMode = .off,
        keys: TicketKeys? = nil
    ) throws -> TLSContext {
        try Listener.context(
            resumption: resumption,
            keys: keys,
            identities: [try standard.get().identity],
            named: try named()
        )
    }
}

/// A server's certificate with what a client sees of it.
private struct ServerKeyPair {
    let identity: ServerIdentity
    let digest: [UInt8]

    init(_ kind: KeyKind) throws {
        let own = try ClientIdentity(kind, name: "server")
        identity = try ServerIdentity(certificatePEM: own.certificatePEM, keyPEM: own.keyPEM())
        digest = own.digest
    }
}

private func asked(
    _ context: TLSContext,
    _ name: String?,
    _ version: Version? = nil,
    _ session: ClientSession? = nil,
    ciphers: String = "DEFAULT"
) throws -> Line {
    let client = try Client(version: version, session: session, ciphers: ciphers, asks: name)
    let line = try Line(context, client)
    try line.connect()
    return line
}

struct ServerNameTests {
    @Test(arguments: Version.spoken, ["id.example.com", "ID.Example.COM", "www.edge.example.com"])
    func `a name gets its certificate, in whatever case`(version: Version, name: String) throws {
        let line = try asked(try Own.context(), name, version)
        let digest = try #require(line.client.serverDigest)
        #expect([try Own.web.get().digest, try Own.webRSA.get().digest].contains(digest))
        #expect(line.client.nameWasAcknowledged)
    }

    @Test(arguments: Version.spoken, ["a.edge.example.com", "xn--bcher-kva.EDGE.example.com"])
    func `a wildcard stands for one label`(version: Version, name: String) throws {
        let line = try asked(try Own.context(), name, version)
        #expect(line.client.serverDigest == (try Own.edge.get().digest))
        #expect(line.client.nameWasAcknowledged)
    }

    @Test(
        arguments: Version.spoken,
        [
            nil, "a.b.edge.example.com", "edge.example.com", ".edge.example.com", "example.com",
            "other.example", "127.0.0.1", "::1", "id.example.com.", "id.example.com ",
            "*.edge.example.com", "a/.edge.example.com", "localhost",
            String(repeating: "a.", count: 125) + "com",
        ] as [String?]
    )
    func `every other name, and none, gets the default without an alert`(
        version: Version,
        name: String?
    ) throws {
        let line = try asked(try Own.context(), name, version)
        #expect(line.client.serverDigest == (try Own.standard.get().digest))
        #expect(!line.client.nameWasAcknowledged)
    }

    @Test(arguments: [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "EC"), ("ECDHE-RSA-AES128-GCM-SHA256", "RSA"),
    ])
    func `a name with two kinds of key proves the one its client knows`(
        cipher: String,
        type: String
    ) throws {
        let line = try asked(try Own.context(), "id.example.com", .v12, ciphers: cipher)
        #expect(line.client.serverKeyType == type)
    }

    @Test func `a client that does not know a name's kind of key is not given the default's`()
        throws
    {
        let client = try Client(
            version: .v12,
            ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256",
            asks: "a.edge.example.com"
        )
        let line = try Line(try Own.context(), client)
        #expect(error(line) != nil)
    }

    @Test func `without names of its own a listener looks at none`() throws {
        let context = try Listener.context(identities: [try Own.standard.get().identity])
        let line = try asked(context, "id.example.com")
        #expect(line.client.serverDigest == (try Own.standard.get().digest))
        #expect(!line.client.nameWasAcknowledged)
    }

    @Test(arguments: Version.spoken, [true, false])
    func `the client's own certificate is asked for under every name`(
        version: Version,
        isNamed: Bool
    ) throws {
        let own = try ClientIdentity(.ed25519)
        let client = try Client(own, version: version, asks: isNamed ? "id.example.com" : nil)
        let line = try Line(try Own.context(), client)
        try line.connect()
        #expect(line.thumbprint == own.digest)
    }

    @Test func `a certificate says which names it covers`() throws {
        let localhost = try ServerIdentity.generate(days: 1)
        #expect(localhost.covers("localhost"))
        for name in ["id.example.com", "*.localhost", "", "127.0.0.1", "a.localhost"] {
            #expect(!localhost.covers(name), "\(name)")
        }
        #expect(localhost.keyType == "EC")
        // Its subject is no name of a host.
        #expect(!(try Own.web.get().identity.covers("server")))
        #expect(try Own.edge.get().identity.keyType == "RSA")
    }
}

struct ServerNameResumptionTests {
    /// How sessions are kept.
    enum Mode: CaseIterable {
        case tickets, store
    }

    /// Two reactors' contexts of the same listener.
    private func contexts(_ mode: Mode) throws -> (TLSContext, TLSContext) {
        switch mode {
        case .tickets:
            let keys = try TicketKeys()
            return (try Own.context(.tickets, keys: keys), try Own.context(.tickets, keys: keys))
        case .store:
            let store = try SessionStore(capacity: 64)
            return (try Own.context(.store(store)), try Own.context(.store(store)))
        }
    }

    @Test(
        arguments: Version.spoken.flatMap { version in Mode.allCases.map { (version, $0) } },
        ["id.example.com", "a.edge.example.com", "other.example", nil] as [String?]
    )
    func `a session is resumed under its own name`(
        _ way: (version: Version, mode: Mode),
        name: String?
    ) throws {
        let (first, second) = try contexts(way.mode)
        var session = try #require(try asked(first, name, way.version).client.session)
        // A resumed one in its turn: what it was opened for stays with it.
        for context in [second, first] {
            let again = try asked(context, name?.uppercased(), way.version, session)
            #expect(again.serverIsResumed && again.client.isResumed)
            session = try #require(again.client.session)
        }
    }

    @Test(
        arguments: Version.spoken.flatMap { version in Mode.allCases.map { (version, $0) } },
        [
            ("id.example.com", "a.edge.example.com"), ("a.edge.example.com", "id.example.com"),
            ("id.example.com", "other.example"), ("other.example", "id.example.com"),
            ("id.example.com", nil), (nil, "a.edge.example.com"),
            ("id.example.com", "www.edge.example.com"),
            ("a.edge.example.com", "b.edge.example.com"),
        ] as [(String?, String?)]
    )
    func `a session of one name is not resumed under another`(
        _ way: (version: Version, mode: Mode),
        _ names: (String?, String?)
    ) throws {
        let (first, second) = try contexts(way.mode)
        let session = try #require(try asked(first, names.0, way.version).client.session)
        let again = try asked(second, names.1, way.version, session)
        #expect(!again.serverIsResumed && !again.client.isResumed)
        let fresh = try asked(second, names.1, way.version)
        #expect(again.client.serverDigest == fresh.client.serverDigest)
        // The refusal has not spoilt the session for its own name.
        let own = try asked(second, names.0, way.version, session)
        #expect(own.serverIsResumed)
    }
}

struct CipherPolicyTests {
    private func context(_ kinds: [KeyKind]) throws -> TLSContext {
        let identities = try kinds.map { try ServerKeyPair($0).identity }
        return try Listener.context(identities: identities, ciphers: .fapi1)
    }

    @Test(arguments: ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"])
    func `FAPI 1 has suites of ECDHE and RSA in TLS 1.2`(cipher: String) throws {
        let line = try asked(try context([.rsa2048, .p256]), nil, .v12, ciphers: cipher)
        #expect(line.client.cipher == cipher)
    }

    @Test(arguments: [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "DHE-RSA-AES128-GCM-SHA256", "AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-SHA256",
    ])
    func `and no others`(cipher: String) throws {
        let client = try Client(version: .v12, ciphers: cipher)
        #expect(error(try Line(try context([.rsa2048, .p256]), client)) != nil)
    }

    @Test func `TLS 1.3 is as everywhere`() throws {
        let line = try asked(try context([.rsa2048, .p256]), nil)
        #expect(line.client.version == "TLSv1.3")
        #expect(line.client.serverKeyType == "EC")
    }
}
