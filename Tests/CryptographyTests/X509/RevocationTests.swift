// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing

/// The effect of revocation lists on a chain of root, intermediate and leaf.
@Suite struct RevocationTests {
    let openssl: OpenSSLCommand
    let root: Certificate
    let now: Int64

    private static let day: Int64 = 86_400
    /// 19 octets of a serial number; 20 are the most that there may be.
    private static let long = "7F" + String(repeating: "FF", count: 18)

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/O=Handfast/CN=Root")
        try openssl.ca("int", subject: "/O=Handfast/CN=Int", parent: "root")
        try openssl.leaf("end", by: "int", subject: "/CN=end")
        root = try openssl.certificate("root")
        now = root.notBefore + 2 * 86_400
    }

    private func list(
        by ca: String,
        revoked: [OpenSSLCommand.RevokedSerial] = [],
        from start: Int64 = -day,
        until end: Int64 = day,
        extensions: String = ""
    ) throws -> RevocationList {
        try RevocationList.one(
            try openssl.revocationList(
                "list",
                by: ca,
                revoked: revoked,
                from: now + start,
                until: now + end,
                extensions: extensions
            )
        )
    }

    private func examine(
        _ mode: Revocation.Mode?,
        _ lists: [RevocationList],
        leaf: String = "end",
        through sent: [String] = ["int"],
        to anchors: [String] = ["root"],
        at offset: Int64 = 0
    ) throws -> ChainVerification {
        let verifier = try ChainVerifier(
            anchors: try anchors.map(openssl.certificate),
            revocation: mode.map { Revocation(mode: $0, lists: lists) }
        )
        return verifier.examine(
            leaf: try openssl.certificate(leaf),
            intermediates: try sent.map { try openssl.certificate($0).der },
            now: now + offset
        )
    }

    private func code(_ verification: ChainVerification) -> ChainError.Code? {
        guard case .refused(let error) = verification.result else { return nil }
        return error.code
    }

    private func text(_ verification: ChainVerification) -> String {
        guard case .refused(let error) = verification.result else { return "" }
        return error.description
    }

    private func until(_ verification: ChainVerification) -> Int64? {
        guard case .accepted(let until) = verification.result else { return nil }
        return until
    }

    // MARK: the cases of nginx's ssl_crl.t

    @Test func `a CA without a list is unknown, or accepted where lists are optional`()
        throws
    {
        let lists = [try list(by: "root")]
        let found = try examine(.hard, lists)
        #expect(code(found) == .revocationUnknown)
        #expect(found.refusedBy == .revocation)
        #expect(text(found).contains("No revocation list of CN=Int,O=Handfast is known"))
        #expect(code(try examine(.hard, [])) == .revocationUnknown)
        #expect(code(try examine(.soft, lists)) == nil)
        #expect(code(try examine(.soft, [])) == nil)
        #expect(code(try examine(nil, [])) == nil)
    }

    @Test func `a chain that no list names is accepted`() throws {
        let lists = [
            try list(by: "root", revoked: [.init(serial: "AA")]),
            try list(by: "int", revoked: [.init(serial: "BB")]),
        ]
        for mode in Revocation.Mode.allCases {
            let found = try examine(mode, lists)
            #expect(code(found) == nil)
            #expect(found.refusedBy == nil)
            #expect(found.anchor == root)
        }
    }

    @Test(arguments: Revocation.Mode.allCases)
    func `a revoked leaf is refused`(mode: Revocation.Mode) throws {
        let other = try list(by: "root")
        let found = try examine(
            mode,
            [other, try list(by: "int", revoked: [openssl.revoked("end")])]
        )
        #expect(code(found) == .revoked)
        #expect(found.refusedBy == .revocation)
        #expect(text(found).contains("CN=end"))
        // The same number in the list of another issuer is another certificate.
        let lists = [
            try list(by: "root", revoked: [openssl.revoked("end")]), try list(by: "int"),
        ]
        #expect(code(try examine(mode, lists)) == nil)
    }

    @Test(arguments: Revocation.Mode.allCases)
    func `a revoked intermediate is refused`(mode: Revocation.Mode) throws {
        let revoking = try list(by: "root", revoked: [openssl.revoked("int")])
        #expect(code(try examine(mode, [revoking, try list(by: "int")])) == .revoked)
        // An anchor is trusted by itself: nobody above it can revoke it.
        let found = try examine(mode, [revoking, try list(by: "int")], through: [], to: ["int"])
        #expect(code(found) == nil)
    }

    @Test func `a list that ended leaves what it does not name unknown`() throws {
        let current = try list(by: "root")
        let stale = try list(by: "int", from: -10, until: -1)
        let found = try examine(.hard, [current, stale])
        #expect(code(found) == .revocationUnknown)
        let end = CertificateTime.text(now - 1)
        #expect(text(found).contains("The revocation list of CN=Int,O=Handfast ended at \(end)"))
        #expect(code(try examine(.soft, [current, stale])) == nil)
        // A list is current in its last second.
        #expect(code(try examine(.hard, [current, stale], at: -1)) == nil)
    }

    // MARK: time

    @Test(arguments: Revocation.Mode.allCases)
    func `a list that ended still revokes what it names`(mode: Revocation.Mode) throws {
        let stale = try list(by: "int", revoked: [openssl.revoked("end")], from: -10, until: -1)
        let lists = [try list(by: "root"), try list(by: "int"), stale]
        #expect(code(try examine(mode, lists)) == .revoked)
        #expect(code(try examine(mode, lists.reversed())) == .revoked)
        #expect(code(try examine(mode, Array(lists.dropLast()))) == nil)
    }

    @Test func `a list from the future counts when it begins, give or take five minutes`() throws {
        let current = try list(by: "root")
        let future = try list(by: "int", from: 301)
        #expect(code(try examine(.hard, [current, future])) == .revocationUnknown)
        #expect(text(try examine(.hard, [current, future])).contains("begins at"))
        #expect(code(try examine(.hard, [current, future], at: 1)) == nil)
        let naming = try list(by: "int", revoked: [openssl.revoked("end")], from: 301)
        #expect(code(try examine(.soft, [naming])) == nil)
        #expect(code(try examine(.soft, [naming], at: 1)) == .revoked)
        // A result that is kept must end when the list begins.
        #expect(until(try examine(.soft, [naming])) == now + 1)
        let both = [current, naming, try list(by: "int")]
        #expect(until(try examine(.hard, both)) == now + 1)
    }

    @Test func `a result ends no later than the first list that was needed for it`() throws {
        let whole = until(try examine(nil, []))
        let lists = [
            try list(by: "root", until: 5000), try list(by: "int", until: 3000),
            try list(by: "int", until: 1000),
        ]
        #expect(until(try examine(.hard, lists)) == now + 3000)
        #expect(until(try examine(.hard, lists, at: 2000)) == now + 3000)
        #expect(code(try examine(.hard, lists, at: 3001)) == .revocationUnknown)
        #expect(until(try examine(.soft, lists)) == whole)
        let long = [
            try list(by: "root", until: 300 * Self.day), try list(by: "int", until: 300 * Self.day),
        ]
        #expect(until(try examine(.hard, long)) == whole)
    }

    // MARK: who signed

    @Test(arguments: Revocation.Mode.allCases)
    func `a list that somebody else signed counts for nothing`(mode: Revocation.Mode) throws {
        let good = [try list(by: "root"), try list(by: "int")]
        try openssl.ca("namesake", subject: "/O=Handfast/CN=Int")
        // The leaf's key under the CA's name.
        try openssl.write("thief-key.pem", try openssl.bytes("end-key.pem"))
        let extensions = "basicConstraints=CA:true\nkeyUsage=keyCertSign,cRLSign\n"
        try openssl.sign("thief", subject: "/O=Handfast/CN=Int", by: nil, extensions: extensions)
        let named = try openssl.revoked("end")
        let forged = try ["namesake", "thief", "end", "root"].map {
            try list(by: $0, revoked: [named])
        }
        #expect(forged.prefix(2).allSatisfy { $0.issuer == good[1].issuer })
        #expect(code(try examine(mode, good + forged)) == nil)
        // And what they do not name stays unknown.
        for forger in ["namesake", "thief"] {
            let found = try examine(mode, [good[0], try list(by: forger)])
            #expect(code(found) == (mode == .hard ? .revocationUnknown : nil))
            #expect(mode == .soft || text(found).contains("is signed with its key"))
        }
        // Two anchors of one name are one CA that has changed its key: both speak for it.
        #expect(code(try examine(mode, good + forged, to: ["root", "namesake"])) == .revoked)
        try openssl.leaf("other", by: "namesake", options: ["-set_serial", "0x\(named.serial)"])
        let other = try examine(
            mode,
            good + forged,
            leaf: "other",
            through: [],
            to: ["root", "namesake"]
        )
        #expect(code(other) == .revoked)
    }

    @Test func `a changed byte is a changed list`() throws {
        let good = [try list(by: "root"), try list(by: "int")]
        let pem = try openssl.bytes("list.crl")
        var der = RevocationList.der(pem)
        der[der.count - 1] ^= 1
        let damaged = try RevocationList.one(der)
        #expect(code(try examine(.hard, good)) == nil)
        #expect(code(try examine(.hard, [good[0], damaged])) == .revocationUnknown)
    }

    @Test func `a CA that may not sign lists has none`() throws {
        try openssl.key("mute")
        let extensions = "basicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n"
        try openssl.sign("mute", subject: "/CN=Mute", by: "root", extensions: extensions)
        try openssl.leaf("under", by: "mute")
        let lists = [
            try list(by: "root"), try list(by: "mute", revoked: [openssl.revoked("under")]),
        ]
        let found = try examine(.hard, lists, leaf: "under", through: ["mute"])
        #expect(code(found) == .revocationUnknown)
        #expect(text(found).contains("key usage"))
        #expect(code(try examine(.soft, lists, leaf: "under", through: ["mute"])) == nil)
    }

    @Test func `at most eight lists are tried, and the rest is refused`() throws {
        try openssl.ca("namesake", subject: "/O=Handfast/CN=Int")
        let named = try openssl.revoked("end")
        let root = try list(by: "root")
        let forged = try (1...8).map {
            try list(by: "namesake", revoked: [named], until: Self.day + Int64($0))
        }
        let good = try list(by: "int")
        #expect(code(try examine(.hard, [root, good] + forged.dropLast())) == nil)
        #expect(code(try examine(.hard, [root, good] + forged)) == .revocationUnknown)
        #expect(code(try examine(.soft, [root, good] + forged)) == nil)
        let real = try list(by: "int", revoked: [named])
        #expect(code(try examine(.soft, [real] + forged)) == .revocationUnknown)
        #expect(code(try examine(.soft, [real] + forged.dropLast())) == .revoked)
    }

    // MARK: entries

    @Test func `reasons do not matter, but for the one that ends a revocation`() throws {
        for reason in ["certificateHold", "keyCompromise", "superseded", "unspecified"] {
            let lists = [try list(by: "int", revoked: [openssl.revoked("end", reason: reason)])]
            #expect(code(try examine(.soft, lists)) == .revoked)
        }
        let ended = try list(by: "int", revoked: [openssl.revoked("end", reason: "removeFromCRL")])
        #expect(ended.entryCount == 1)
        #expect(code(try examine(.soft, [ended])) == nil)
        #expect(code(try examine(.hard, [ended, try list(by: "root")])) == nil)
    }

    @Test func `a revocation with a time to come counts at once`() throws {
        let serial = try openssl.revoked("end").serial
        let lists = [try list(by: "int", revoked: [.init(serial: serial, time: "491231000000Z")])]
        #expect(code(try examine(.soft, lists)) == .revoked)
    }

    @Test(arguments: [
        ("0x01", "01", true), ("0x01", "0100", false), ("0x0100", "01", false),
        ("0x80", "80", true), ("0x80", "-80", false), ("0xFF", "-01", false),
        ("0x7F", "7F", true), ("0x01", "0001", true), ("0x8000", "80", false),
        ("0x\(long)FF", "\(long)FF", true), ("0x\(long)FF", "\(long)FE", false),
        ("0x\(long)FF", "\(long.dropFirst(2))FF", false),
    ])
    func `serial numbers are compared exactly`(serial: String, listed: String, same: Bool) throws {
        try openssl.leaf("a", by: "int", options: ["-set_serial", serial])
        let lists = [try list(by: "int", revoked: [.init(serial: listed)])]
        #expect(lists[0].entryCount == 1)
        #expect(code(try examine(.soft, lists, leaf: "a")) == (same ? .revoked : nil))
    }

    @Test func `fifty thousand entries are looked up one by one, on several threads`() throws {
        let numbers = (0..<50_000).map { 0x1_0000_0000 + UInt64($0) * 2 }
        let large = try list(
            by: "int",
            revoked: numbers.map {
                .init(serial: "0" + String($0, radix: 16).uppercased(), reason: "superseded")
            }
        )
        #expect(large.entryCount == 50_000)
        let revocation = Revocation(mode: .hard, lists: [large, try list(by: "root")])
        let verifier = try ChainVerifier(anchors: [root], revocation: revocation)
        let intermediate = try openssl.certificate("int").der
        var leaves: [(Certificate, Bool)] = []
        for number in [numbers[0] - 1, numbers[0], numbers[777], numbers[777] + 1, numbers[49_999]]
        {
            let serial = "0x" + String(number, radix: 16)
            try openssl.leaf("a", by: "int", options: ["-set_serial", serial])
            leaves.append((try openssl.certificate("a"), numbers.contains(number)))
        }
        let (leavesThen, now) = (leaves, now)
        DispatchQueue.concurrentPerform(iterations: 20) { index in
            let (leaf, isListed) = leavesThen[index % leavesThen.count]
            let result = verifier.verify(leaf: leaf, intermediates: [intermediate], now: now)
            if case .refused(let error) = result {
                #expect(isListed && error.code == .revoked)
            } else {
                #expect(!isListed)
            }
        }
    }

    // MARK: scope

    @Test func `a list for users says nothing about CAs, nor the other way round`() throws {
        let users = "issuingDistributionPoint=critical,@p\n[p]\nonlyuser=TRUE"
        let casOnly = "issuingDistributionPoint=critical,@p\n[p]\nonlyCA=TRUE"
        let good = [
            try list(by: "root", extensions: casOnly), try list(by: "int", extensions: users),
        ]
        #expect(code(try examine(.hard, good)) == nil)
        let wrong = [try list(by: "root", extensions: users), good[1]]
        #expect(code(try examine(.hard, wrong)) == .revocationUnknown)
        #expect(text(try examine(.hard, wrong)).contains("speaks for this certificate"))
        let other = [good[0], try list(by: "int", extensions: casOnly)]
        #expect(code(try examine(.hard, other)) == .revocationUnknown)
        #expect(code(try examine(.hard, other + good)) == nil)
        #expect(code(try examine(.soft, other)) == nil)
    }

    @Test func `a list for a distribution point is for the certificates that name it`() throws {
        let point = "issuingDistributionPoint=critical,@p\n[p]\nfullname=URI:http://a.example/1"
        let base = "extendedKeyUsage=clientAuth\ncrlDistributionPoints="
        for (index, value, covered) in [
            (0, "URI:http://a.example/1", true), (1, "URI:http://a.example/2", false),
            (2, "URI:http://a.example/2,URI:http://a.example/1", true),
            (3, "p\n[p]\nfullname=URI:http://a.example/1\nreasons=keyCompromise", false),
            (4, "p\n[p]\nfullname=URI:http://a.example/1\nCRLissuer=dirName:i\n[i]\nCN=x", false),
        ] {
            let name = "point\(index)"
            try openssl.leaf(name, by: "int", extensions: base + value + "\n")
            let root = try list(by: "root")
            let lists = [root, try list(by: "int", extensions: point)]
            let found = try examine(.hard, lists, leaf: name)
            #expect(code(found) == (covered ? nil : .revocationUnknown), "\(value)")
            // The certificates that the list names are revoked all the same.
            let naming = try list(by: "int", revoked: [openssl.revoked(name)], extensions: point)
            for mode in Revocation.Mode.allCases {
                #expect(code(try examine(mode, [root, naming], leaf: name)) == .revoked)
            }
        }
        let lists = [try list(by: "root"), try list(by: "int", extensions: point)]
        #expect(code(try examine(.hard, lists)) == .revocationUnknown)
    }

    // MARK: identity

    @Test func `identity follows lists, mode and anchors, and not their order`() throws {
        let a = try list(by: "root")
        let b = try list(by: "int")
        let c = try list(by: "int", revoked: [openssl.revoked("end")])
        let anchors = [root, try openssl.certificate("int")]
        func cacheKey(_ mode: Revocation.Mode, _ lists: [RevocationList]) throws -> Digest256 {
            try ChainVerifier(anchors: anchors, revocation: .init(mode: mode, lists: lists))
                .cacheKey
        }
        #expect(try cacheKey(.hard, [a, b]) == cacheKey(.hard, [b, a]))
        #expect(try cacheKey(.hard, [a, b]) != cacheKey(.soft, [a, b]))
        #expect(try cacheKey(.hard, [a, b]) != cacheKey(.hard, [a, c]))
        #expect(try cacheKey(.hard, [a, b]) != cacheKey(.hard, [a]))
        let plain = try ChainVerifier(anchors: anchors)
        #expect(try plain.cacheKey == ChainVerifier(anchors: anchors.reversed()).cacheKey)
        #expect(try plain.cacheKey != ChainVerifier(anchors: [root]).cacheKey)
        let with = plain.with(revocation: Revocation(mode: .hard, lists: [b, a]))
        #expect(try with.cacheKey == cacheKey(.hard, [a, b]))
        #expect(with.anchors == anchors)
        #expect(with.revocation?.lists.count == 2)
        #expect(with.with(revocation: nil).cacheKey == plain.cacheKey)
        #expect(try plain.cacheKey != cacheKey(.hard, []))
    }
}
