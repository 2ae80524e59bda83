// SPDX-License-Identifier: Apache-2.0
import Glibc
import Serving
import TestSupport
import Testing

@testable import Reactor
@testable import Server

/// Where a connection from this source comes from, as a listener sees it.
private func peer(from source: String, to address: SocketAddress) throws -> PeerAddress {
    let listener = try Listener(address)
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let client = Descriptor(owning: number)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    func succeeds(
        _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Bool {
        // SAFETY: the call reads a structure that it is told the size of.
        unsafe withUnsafePointer(to: name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe call(client.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
    // SAFETY: here and below, a text is a C string for the time of the call, and the pointers that
    // `bind` and `connect` get are those of `succeeds`.
    name.sin_addr.s_addr = unsafe inet_addr(source)
    let isBound = unsafe succeeds(bind)
    name.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
    name.sin_port = address.port.bigEndian
    let isConnected = unsafe succeeds(connect)
    try #require(isBound && isConnected)
    while true {
        if case .accepted(_, let peer) = listener.accept() { return peer }
        usleep(1000)
    }
}

/// A certificate for the name `proxy`.
let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBdzCCAR2gAwIBAgIUS6Iw8ve1XMqGrZKBhDXVK32S5IEwCgYIKoZIzj0EAwIw
    EDEOMAwGA1UEAwwFcHJveHkwIBcNMjYxMTI0MTg0ODM5WhgPMjEyNjEwMzExODQ4
    MzlaMBAxDjAMBgNVBAMMBXByb3h5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
    42CQYcTJlikXeQ0kZ1oWN9fjBpvY4OJbKnw9zJIwcwj3LFOZ7mLrFJYXZ5V7kqHZ
    xmRRoz4qcN8vnCZQ2Tw4MqNTMFEwHQYDVR0OBBYEFCZTGuaIlLueFf1KU+I6Wbh6
    WX03MB8GA1UdIwQYMBaAFCZTGuaIlLueFf1KU+I6Wbh6WX03MA8GA1UdEwEB/wQF
    MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgVEov2TfulHj1W2TnY4+4lekYZ3bMi7ZD
    95DXvMWEV5sCIQCqkGGtNyJcjM7oWd9ooxRstae9ssDeeUz8eTCafemx1w==
    -----END CERTIFICATE-----

    """

/// A forwarder with these files.
private func forwarder(
    keys: String = certificate,
    secret: String = String(repeating: "s", count: 32)
) throws -> Forwarder {
    let scratch = try Scratch()
    let keys = try scratch.file("p.pem", keys)
    let secret = try scratch.file("s", secret)
    let loaded = try load(
        """
        listeners:
          main:
            address: 127.0.0.1:9
            forwarded_certificate: nginx
            forwarder_keys: \(keys)
            forwarder_networks: 127.0.0.2 127.0.1.0/24 2001:db8::/32
            forwarder_secret: \(secret)
        """
    )
    return try Forwarder(try #require(loaded.listeners.first?.forwarding))
}

/// Why there is no forwarder with these files.
private func refusal(keys: String = certificate, secret: String) throws -> String? {
    do {
        _ = try forwarder(keys: keys, secret: secret)
        return nil
    } catch let error as FileError {
        return error.description
    }
}

@Suite struct ForwarderTests {
    @Test func `who comes from a network of proxies needs the secret, anybody else is unknown`()
        throws
    {
        let forwarder = try forwarder()
        let address = try Listener.claim(SocketAddress(host: "127.0.0.1", port: 0))
        for (source, isNear) in [
            ("127.0.0.2", true), ("127.0.1.1", true), ("127.0.1.254", true), ("127.0.0.1", false),
            ("127.0.0.3", false), ("127.0.2.1", false), ("127.1.0.1", false),
        ] {
            let peer = try peer(from: source, to: address)
            #expect(peer.description == source)
            switch forwarder.standing(of: peer, key: nil) {
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
            #expect(try refusal(secret: secret) == nil)
        }
    }

    @Test(arguments: [0, 1, 31, 513, 2000])
    func `a secret of another length is refused`(_ count: Int) throws {
        let reason = try refusal(secret: String(repeating: "s", count: count) + "\n")
        #expect(reason?.contains("one line of 32 to 512 visible characters") == true)
    }

    @Test(arguments: [" ", "\t", "\u{1}", "\u{7f}", "é", "\0"])
    func `a secret that cannot stand in a header field is refused`(_ character: String)
        throws
    {
        let half = String(repeating: "s", count: 20)
        #expect(try refusal(secret: half + half) == nil)
        for secret in [character + half + half, half + character + half, half + half + character] {
            let reason = try refusal(secret: secret)
            #expect(reason?.contains("visible characters") == true)
            #expect(reason?.contains(half) == false)
        }
    }

    @Test func `as many certificates are taken as there may be proxies`() throws {
        let secret = String(repeating: "s", count: 32)
        let most = String(repeating: certificate, count: Forwarder.keysMax)
        #expect(try refusal(keys: most, secret: secret) == nil)
        let reason = try refusal(keys: most + certificate, secret: secret)
        #expect(reason?.contains("at most \(Forwarder.keysMax) certificates") == true)
    }

    @Test(arguments: [
        "", "nothing", String(certificate.prefix(400)),
        certificate.replacing("MIIBdzCC", with: "MIIBdzCD"),
        certificate.replacing("CERTIFICATE", with: "PRIVATE KEY"),
    ])
    func `a file without a good certificate is refused by name`(_ keys: String) throws {
        let reason = try refusal(keys: keys, secret: String(repeating: "s", count: 32))
        #expect(reason?.contains("/p.pem: ") == true)
    }

    @Test func `a file that is not there is named`() throws {
        let keys = "forwarded_certificate: nginx, forwarder_keys: /none/p.pem"
        let loaded = try load("listeners: {main: {address: 'a:1', \(keys)}}")
        let forwarding = try #require(loaded.listeners.first?.forwarding)
        let error = #expect(throws: FileError.self) { try Forwarder(forwarding) }
        #expect(error?.description.contains("/none/p.pem") == true)
    }
}
