// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Testing

@testable import TLS

/// The groups of the key exchange with OpenSSL's client, whose first group is the one that it sends
/// a key share for.
struct GroupTests {
    private func agreed(
        _ groups: [TLSGroup],
        offered: String,
        version: Version = .v13
    ) throws -> TLSGroup? {
        let context = try Listener.context(groups: groups)
        let line = try Line(context, try Client(version: version, groups: offered))
        try line.connect()
        return line.serverGroup
    }

    @Test func `OpenSSL 3_5 has the hybrid group, and 3_0 has not`() {
        let isNew = OpenSSL_version_num() >= 0x3050_0000
        #expect(
            TLSGroup.known == (isNew ? TLSGroup.allCases : Array(TLSGroup.allCases.dropFirst()))
        )
    }

    @Test(arguments: TLSGroup.known)
    func `each group serves a client that has no other`(group: TLSGroup) throws {
        #expect(try agreed([group], offered: group.rawValue) == group)
        #expect(try agreed(TLSGroup.known, offered: group.rawValue) == group)
    }

    @Test(arguments: TLSGroup.known)
    func `a client whose only group is not configured is refused`(group: TLSGroup) throws {
        let others = TLSGroup.known.filter { $0 != group }
        let client = try Client(version: .v13, groups: group.rawValue)
        let refused = error(try Line(try Listener.context(groups: others), client))
        #expect(refused?.kind == .algorithms, "\(String(describing: refused))")
    }

    @Test(arguments: ["X448", "ffdhe2048"])
    func `groups that are not offered are not spoken`(name: String) throws {
        let client = try Client(version: .v13, groups: name)
        let refused = error(try Line(try Listener.context(), client))
        #expect(refused?.kind == .algorithms, "\(String(describing: refused))")
    }

    @Test func `a key share for a group further down is taken before another is asked for`() throws
    {
        #expect(try agreed([.p256, .x25519], offered: "X25519:P-256") == .x25519)
        #expect(try agreed([.x25519, .p256, .p384], offered: "P-384:X25519:P-256") == .p384)
    }

    @Test func `without a key share for any of them one is asked for`() throws {
        #expect(try agreed([.p256], offered: "P-384:P-256") == .p256)
        #expect(try agreed([.p521, .x25519], offered: "P-256:X25519:P-521") == .p521)
    }

    @Test func `TLS 1_2 has the server's preference`() throws {
        #expect(
            try agreed([.x25519, .p384], offered: "P-384:X25519:P-256", version: .v12) == .x25519
        )
        #expect(
            try agreed([.p384, .x25519], offered: "X25519:P-384:P-256", version: .v12) == .p384
        )
    }

    @Test(.enabled(if: TLSGroup.x25519MLKEM768.isKnown))
    func `the hybrid is taken with its share, and only then`() throws {
        let hybrid = "X25519MLKEM768"
        #expect(try agreed(TLSGroup.known, offered: "\(hybrid):X25519") == .x25519MLKEM768)
        #expect(
            try agreed([.x25519, .x25519MLKEM768], offered: "\(hybrid):X25519") == .x25519MLKEM768
        )
        #expect(try agreed(TLSGroup.known, offered: "X25519:\(hybrid)") == .x25519)
        // ML-KEM is for TLS 1.3.
        #expect(try agreed(TLSGroup.known, offered: "\(hybrid):P-256", version: .v12) == .p256)
    }

    @Test func `a resumed session has a group where it had a key exchange`() throws {
        let store = try SessionStore(capacity: 16)
        for (version, expected) in [(Version.v13, TLSGroup.p384), (.v12, nil)] {
            let context = try Listener.context(resumption: .store(store), groups: [.p384, .p256])
            let first = try Line(context, try Client(version: version, groups: "P-384:P-256"))
            try first.connect()
            #expect(first.serverGroup == .p384)
            let client = try Client(
                version: version,
                session: try #require(first.client.session),
                groups: "P-384:P-256"
            )
            let again = try Line(context, client)
            try again.connect()
            #expect(again.serverIsResumed)
            #expect(again.serverGroup == expected)
        }
    }

    @Test func `a connection without a handshake has no group`() throws {
        #expect(try Line(try Listener.context(), try Client()).serverGroup == nil)
    }

    @Test(arguments: Version.spoken)
    func `one version is spoken alone`(version: Version) throws {
        let only = version == .v12 ? TLSVersion.tls12...TLSVersion.tls12 : TLSVersion.newest
        let context = try Listener.context(versions: only)
        #expect(try connected(context).serverVersion == version.rawValue)
        let other = try Client(version: version == .v12 ? .v13 : .v12)
        #expect(error(try Line(context, other))?.reason == "unsupported protocol")
    }

    @Test func `nothing is replaced in versions of OpenSSL that are not tested`() {
        for tested: UInt in [0x3000_0000, 0x3000_0150, 0x3050_0000, 0x3050_0090] {
            #expect(handfast_version_is_tested(tested) == 1)
        }
        for other: UInt in [0x1010_117F, 0x3010_0000, 0x3040_0020, 0x3060_0000, 0x4000_0000] {
            #expect(handfast_version_is_tested(other) == 0)
        }
        #expect(handfast_library_is_tested() == 1)
    }
}
