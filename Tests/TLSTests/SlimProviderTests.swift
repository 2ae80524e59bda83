import COpenSSL
import Cryptography
import Testing

@testable import TLS

/// The default context is the process's and set up once, so each of these has a process of its own.
struct SlimProviderTests {
    /// How often this thread's decoder handed out a key it knew, and how often it decoded one.
    private static var knownKeys: (found: UInt, decoded: UInt) {
        var (found, decoded): (UInt, UInt) = (0, 0)
        // SAFETY: two numbers are written.
        unsafe handfast_known_keys_counts(&found, &decoded)
        return (found, decoded)
    }

    /// Full and resumed handshakes of every kind of key in both versions, and one request each.
    private static func exchanges(kinds: [KeyKind]) throws {
        let keys = try TicketKeys()
        let store = try SessionStore(capacity: 64)
        for kind in kinds {
            let identity = try ClientIdentity(kind)
            for version in Version.spoken {
                for context in [try Listener.tickets(keys), try Listener.store(store)] {
                    var line = try connected(context, identity, version: version)
                    #expect(line.thumbprint == identity.digest, "\(kind), \(version)")
                    let session = try #require(line.client.session)
                    line = try connected(context, identity, version: version, session: session)
                    #expect(line.serverIsResumed, "\(kind), \(version)")
                    #expect(line.thumbprint == identity.digest, "\(kind), \(version)")
                    try line.client.write([1, 2, 3])
                    line.carryToServer()
                    #expect(try line.serverReads().text == [1, 2, 3])
                }
            }
        }
    }

    @Test func `with the slim provider every kind of client is served`() async {
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: true) == .slim)
            try Self.exchanges(kinds: KeyKind.allCases)
            #expect(Self.knownKeys.decoded > 0)
        }
    }

    @Test func `with OpenSSL's own provider every kind of client is served`() async {
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: false) == .plain)
            try Self.exchanges(kinds: KeyKind.allCases)
            #expect(Self.knownKeys == (0, 0))
        }
    }

    @Test func `the slim provider's decoder decodes a key once and knows it then`() async {
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: true) == .slim)
            let first = try ClientIdentity(.p256)
            // Another certificate, or the cache of certificates would spare the decoder the
            // question.
            let second = try ClientIdentity(key: first.key, name: "another")
            let context = try Listener.context()
            _ = try connected(context, first)
            let before = Self.knownKeys
            #expect(try connected(context, second).thumbprint == second.digest)
            #expect(Self.knownKeys == (before.found + 1, before.decoded))
            _ = try connected(context, try ClientIdentity(.p256))
            #expect(Self.knownKeys.decoded == before.decoded + 1)
        }
    }

    @Test(arguments: Version.spoken)
    func `the slim provider serves servers with RSA keys too`(version: Version) async {
        await #expect(processExitsWith: .success) { [version = version.rawValue as String] in
            #expect(CryptographyLibrary.start(slim: true) == .slim)
            let own = try ClientIdentity(.rsa2048, name: "server")
            let identity = try ServerIdentity(
                certificatePEM: own.certificatePEM,
                keyPEM: own.keyPEM()
            )
            let context = try Listener.context(identities: [identity])
            let line = try connected(context, version: Version(rawValue: version))
            #expect(line.client.serverKeyType == "RSA")
            #expect(line.serverVersion == version)
        }
    }

    @Test func `with the slim provider what is refused elsewhere is refused`() async {
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: true) == .slim)
            #expect(refusal(try Line(try Listener.context(.need), try Client())) != nil)
            let large = try ClientIdentity(key: try Key(rsaBits: 8200), name: "large")
            #expect(refusal(try Line(try Listener.context(), try Client(large))) != nil)
            let old = try Client(version: .v11, ciphers: "ALL:@SECLEVEL=0")
            #expect(refusal(try Line(try Listener.context(), old)) != nil)
        }
    }
}
