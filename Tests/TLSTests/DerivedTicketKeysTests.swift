// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@testable import TLS

struct DerivedTicketKeysTests {
    private static let secret = [UInt8](repeating: 7, count: 32)
    private static let policy = Digest256.of(Array("main".utf8))

    private func keys(
        _ secret: [UInt8] = secret,
        _ policy: Digest256 = policy,
        rotation: Int = 3_600,
        period: Int64 = 500_000,
        keeping kept: Int = 2
    ) throws -> TicketKeys {
        try TicketKeys(
            secret: secret,
            policy: policy,
            rotation: rotation,
            period: period,
            keeping: kept
        )
    }

    @Test func `two nodes that are told the same have the same keys`() throws {
        #expect(try keys().keys.map(\.bytes) == keys().keys.map(\.bytes))
        #expect(try keys().keys.map(\.bytes.count) == [80, 80, 80, 80])
    }

    @Test func `another secret, listener, rotation or period has no key and no name in common`()
        throws
    {
        var other = Self.secret
        other[31] ^= 1
        let all = [
            try keys(),
            try keys(other),
            try keys(Self.secret, Digest256.of(Array("inner".utf8))),
            try keys(rotation: 3_601),
            try keys(period: 500_004),
        ].flatMap(\.keys)
        #expect(Set(all.map { $0.bytes.prefix(16) }).count == all.count)
        #expect(Set(all.map { $0.bytes.dropFirst(16).prefix(32) }).count == all.count)
        #expect(Set(all.map { $0.bytes.suffix(32) }).count == all.count)
    }

    /// HKDF by Python's hmac: the bytes are part of what nodes of two releases have in common.
    @Test func `the bytes of a key are those of HKDF with SHA-256`() throws {
        let name = try keys().keys[0].bytes.prefix(16)
        #expect(Array(name) == Self.known)
    }

    @Test func `the current period's key is first, earlier ones follow, one later is last`()
        throws
    {
        let now = try keys(period: 100, keeping: 2).keys.map(\.bytes)
        func current(_ period: Int64) throws -> [UInt8] {
            try keys(period: period, keeping: 0).keys[0].bytes
        }
        #expect(try now == [current(100), current(99), current(98), current(101)])
        // The twins: what is older, or further ahead, is not there.
        #expect(try !now.contains(current(97)))
        #expect(try !now.contains(current(102)))
    }

    @Test(arguments: [-1, 0, 1, 23, 24, 25, .max])
    func `a context has room for all of them`(kept: Int) throws {
        let count = try keys(keeping: kept).keys.count
        #expect(count == min(max(kept, 0), TicketKeys.keptMax) + 2)
        #expect(count <= 26)
    }

    @Test func `a time before the first period has keys too`() throws {
        #expect(try keys(period: 0, keeping: 2).keys.count == 4)
    }

    @Test(arguments: Version.spoken, [-2, -1, 0, 1, 2] as [Int64])
    func `a session of another node resumes within a period's difference of clocks`(
        version: Version,
        difference: Int64
    ) throws {
        let identity = try ClientIdentity()
        let one = try Listener.tickets(try keys(period: 100 + difference, keeping: 1))
        let first = try connected(one, identity, version: version)
        let session = try #require(first.client.session)
        let two = try Listener.tickets(try keys(period: 100, keeping: 1))
        let again = try connected(two, identity, version: version, session: session)
        #expect(again.serverIsResumed == (abs(difference) <= 1))
        #expect(again.thumbprint == identity.digest)
        guard again.serverIsResumed else { return }
        // The ticket that comes of it is of the current period.
        let renewed = try #require(again.client.session)
        let isRenewed =
            renewed.ticket.prefix(16) == (try keys(period: 100).keys[0].bytes.prefix(16))
        #expect(isRenewed)
    }

    @Test(arguments: Version.spoken)
    func `a ticket whose key is there still ends after its lifetime`(version: Version) async throws
    {
        let identity = try ClientIdentity()
        let keys = try keys()
        let context = try Listener.tickets(keys, lifetime: 1)
        let session = try #require(
            try connected(context, identity, version: version).client.session
        )
        // The twin, in time.
        let soon = try connected(context, identity, version: version, session: session)
        #expect(soon.serverIsResumed)
        // OpenSSL counts whole seconds.
        try await Task.sleep(for: .milliseconds(2_200))
        let longer = try Listener.tickets(keys, lifetime: 3_600)
        let late = try connected(longer, identity, version: version, session: session)
        #expect(!late.serverIsResumed)
        #expect(late.thumbprint == identity.digest)
    }

    private static let known: [UInt8] = [
        0xdb, 0xf2, 0x65, 0xdf, 0x36, 0xca, 0xc8, 0xc0,
        0x5e, 0xbf, 0x81, 0xfb, 0xd1, 0x52, 0xd3, 0x9a,
    ]
}
