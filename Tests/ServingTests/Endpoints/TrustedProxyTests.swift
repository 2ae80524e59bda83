// SPDX-License-Identifier: Apache-2.0
import HTTP
import Network
import Reactor
import TestSupport
import Testing

@testable import Serving

/// A trusted proxy with these files.
private func trustedProxy(
    keys: String = proxyCertificate,
    secret: String = String(repeating: "s", count: 32)
) throws -> TrustedProxy {
    let scratch = try Scratch()
    let keys = try scratch.file("p.pem", keys)
    let secret = try scratch.file("s", secret)
    return try TrustedProxy(
        ForwardingSettings(
            reader: ClientCertificateReader(.nginx),
            keys: keys,
            networks: ["127.0.0.2", "127.0.1.0/24", "2001:db8::/32"].compactMap {
                AddressBlock($0)
            },
            secret: secret
        )
    )
}

/// Why there is no trusted proxy with these files.
private func reason(keys: String = proxyCertificate, secret: String) throws -> String? {
    do {
        _ = try trustedProxy(keys: keys, secret: secret)
        return nil
    } catch let error as FileError {
        return error.description
    }
}

@Suite struct TrustedProxyTests {
    @Test func `who comes from a network of proxies needs the secret, anybody else is unknown`()
        throws
    {
        let trusted = try trustedProxy()
        for (source, isNear) in [
            ("127.0.0.2", true), ("127.0.1.1", true), ("127.0.1.254", true), ("127.0.0.1", false),
            ("127.0.0.3", false), ("127.0.2.1", false), ("127.1.0.1", false),
            ("2001:db8::1", true), ("2001:db9::1", false),
        ] {
            let peer = PeerAddress(try #require(InternetAddress(source)), port: 1)
            #expect(peer.description == source)
            switch trusted.recognise(peer, key: nil) {
            case .needsSecret: #expect(isNear, "\(source)")
            case .unknown: #expect(!isNear, "\(source)")
            case .known: Issue.record("\(source) has proven nothing")
            }
        }
    }

    @Test(arguments: [32, 33, 511, 512])
    func `a secret of this length is taken, with and without a line's end`(_ count: Int)
        throws
    {
        for end in ["", "\n", "\r\n", "\n\nnotes"] {
            let secret = String(repeating: "s", count: count) + end
            #expect(try reason(secret: secret) == nil)
        }
    }

    @Test(arguments: [0, 1, 31, 513, 2000])
    func `a secret of another length is refused`(_ count: Int) throws {
        let reason = try reason(secret: String(repeating: "s", count: count) + "\n")
        #expect(reason?.contains("one line of 32 to 512 visible characters") == true)
    }

    @Test(arguments: [" ", "\t", "\u{1}", "\u{7f}", "é", "\0"])
    func `a secret that cannot stand in a header field is refused`(_ character: String)
        throws
    {
        let half = String(repeating: "s", count: 20)
        #expect(try reason(secret: half + half) == nil)
        for secret in [character + half + half, half + character + half, half + half + character] {
            let reason = try reason(secret: secret)
            #expect(reason?.contains("visible characters") == true)
            #expect(reason?.contains(half) == false)
        }
    }

    @Test func `as many certificates are taken as there may be proxies`() throws {
        let secret = String(repeating: "s", count: 32)
        let most = String(repeating: proxyCertificate, count: TrustedProxy.keysMax)
        #expect(try reason(keys: most, secret: secret) == nil)
        let reason = try reason(keys: most + proxyCertificate, secret: secret)
        #expect(reason?.contains("at most \(TrustedProxy.keysMax) certificates") == true)
    }

    @Test(arguments: [
        "", "nothing", String(proxyCertificate.prefix(400)),
        proxyCertificate.replacing("MIIBdzCC", with: "MIIBdzCD"),
        proxyCertificate.replacing("CERTIFICATE", with: "PRIVATE KEY"),
    ])
    func `a file without a good certificate is refused by name`(_ keys: String) throws {
        let reason = try reason(keys: keys, secret: String(repeating: "s", count: 32))
        #expect(reason?.contains("/p.pem: ") == true)
    }

    @Test func `a file that is not there is named`() throws {
        let forwarding = ForwardingSettings(
            reader: ClientCertificateReader(.nginx),
            keys: "/none/p.pem",
            networks: [],
            secret: nil
        )
        let error = #expect(throws: FileError.self) { try TrustedProxy(forwarding) }
        #expect(error?.description.contains("/none/p.pem") == true)
    }
}
