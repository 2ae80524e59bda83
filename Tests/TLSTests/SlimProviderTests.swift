// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Cryptography
import Testing

@testable import TLS

/// The default context is the process's and set up once, so each of these has a process of its own.
struct SlimProviderTests {
    /// Full and resumed handshakes of every kind of key in both versions, and one request each.
    static func exchanges(kinds: [KeyKind]) throws {
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
            #expect(ThreadCounts.keys.made > 0)
        }
    }

    @Test func `with OpenSSL's own provider every kind of client is served`() async {
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: false) == .plain)
            try Self.exchanges(kinds: KeyKind.allCases)
            #expect(ThreadCounts.keys == ThreadCounts(found: 0, made: 0))
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
            let before = ThreadCounts.keys
            #expect(try connected(context, second).thumbprint == second.digest)
            #expect(ThreadCounts.keys - before == ThreadCounts(found: 1, made: 0))
            _ = try connected(context, try ClientIdentity(.p256))
            #expect(ThreadCounts.keys.made == before.made + 1)
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
            #expect(error(try Line(try Listener.context(.need), try Client())) != nil)
            let large = try ClientIdentity(key: try Key(rsaBits: 8200), name: "large")
            #expect(error(try Line(try Listener.context(), try Client(large))) != nil)
            let old = try Client(version: .v11, ciphers: "ALL:@SECLEVEL=0")
            #expect(error(try Line(try Listener.context(), old)) != nil)
        }
    }
}
