// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Cryptography

/// Certificates for servers only, where they are accepted until a day.
@Suite struct `Certificates for servers, for a time` {
    private static let serverAuth =
        "basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\n"
        + "extendedKeyUsage=serverAuth\n"

    let openssl: OpenSSLCommand
    let root: Certificate
    /// A day after the root begins, and an hour into the time for which all are valid.
    var end: Int64 { root.notBefore + 86_400 }
    var now: Int64 { root.notBefore + 3_600 }

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/O=Handfast/CN=Root")
        root = try CertificateFile.certificate(in: try openssl.bytes("root.pem"))
    }

    private func load(_ name: String) throws -> Certificate {
        try CertificateFile.certificate(in: try openssl.bytes("\(name).pem"))
    }

    private func leaf(
        _ usage: String,
        name: String = "leaf",
        by ca: String = "root"
    ) throws -> Certificate {
        try openssl.leaf(
            name,
            by: ca,
            extensions: "basicConstraints=critical,CA:false\n" + usage + "\n"
        )
        return try load(name)
    }

    private func examine(
        _ leaf: Certificate,
        _ sent: [String] = [],
        until end: Int64?,
        at time: Int64? = nil,
        anchors: [String] = ["root"]
    ) throws -> ChainVerification {
        try ChainVerifier(anchors: try anchors.map(load), serverAuthUntil: end).examine(
            leaf: leaf,
            intermediates: try sent.map { try load($0).der },
            now: time ?? now
        )
    }

    private func error(_ verification: ChainVerification) -> ChainError? {
        guard case .refused(let error) = verification.result else { return nil }
        return error
    }

    // MARK: the day

    @Test(
        arguments: [
            ("1970-01-01", 0), ("2027-06-30", 1_814_313_600), ("2028-02-29", 1_835_395_200),
            ("2000-02-29", 951_782_400), ("9999-12-31", 253_402_214_400),
        ] as [(String, Int64)]
    )
    func `a day is its first second`(text: String, seconds: Int64) {
        #expect(CertificateTime.day(text) == seconds)
        #expect(ServerAuthPermission.day(of: seconds + 86_400) == text)
    }

    @Test(
        arguments: [
            "", "2027-6-30", "2027-06-31", "2027-02-29", "2100-02-29", "2027-13-01", "2027-00-10",
            "2027-01-00", "2027/06/30", "20270630", "2027-06-30 ", " 2027-06-30", "2027-06-30T00",
            "0000-01-01", "-027-06-30", "2027-06-3０", "２０２７-06-30", "30-06-2027", "tomorrow",
            "2027-+6-30", "1814313600",
        ]
    )
    func `what is no day is refused`(text: String) {
        #expect(CertificateTime.day(text) == nil)
        #expect(throws: ServerAuthPermission.DayError.noDay) {
            try ServerAuthPermission.end(of: text, now: 0)
        }
    }

    @Test func `a permission ends with a day that is not over, at most 400 days ahead`() throws {
        let noon: Int64 = 1_814_313_600 + 43_200
        func end(_ day: String, _ now: Int64) throws -> Int64 {
            try ServerAuthPermission.end(of: day, now: now)
        }
        #expect(try end("2027-06-30", noon) == 1_814_400_000)
        // The last second of the day is still of the day.
        #expect(try end("2027-06-30", 1_814_399_999) == 1_814_400_000)
        #expect(throws: ServerAuthPermission.DayError.past) {
            try end("2027-06-30", 1_814_400_000)
        }
        #expect(throws: ServerAuthPermission.DayError.past) { try end("2026-06-30", noon) }
        #expect(try end("2028-08-03", noon) == 1_814_313_600 + 401 * 86_400)
        #expect(throws: ServerAuthPermission.DayError.tooFar(last: "2028-08-03")) {
            try end("2028-08-04", noon)
        }
        #expect(throws: ServerAuthPermission.DayError.tooFar(last: "2028-08-03")) {
            try end("9999-12-31", noon)
        }
    }

    // MARK: the leaf

    @Test(
        arguments: [
            ("extendedKeyUsage=serverAuth", true),
            ("extendedKeyUsage=serverAuth,emailProtection", true),
            ("extendedKeyUsage=serverAuth\nkeyUsage=digitalSignature,keyEncipherment", true),
            ("extendedKeyUsage=emailProtection", false),
            ("extendedKeyUsage=anyExtendedKeyUsage", false),
            ("extendedKeyUsage=serverAuth,anyExtendedKeyUsage", false),
            ("extendedKeyUsage=serverAuth\nkeyUsage=keyEncipherment", false),
            ("extendedKeyUsage=serverAuth\nnsCertType=client", false),
        ]
    )
    func `serverAuth counts before the end, and nothing else does`(
        usage: String,
        isAccepted: Bool
    ) throws {
        let leaf = try leaf(usage)
        #expect(error(try examine(leaf, until: nil))?.code == .purpose)
        let examined = try examine(leaf, until: end)
        #expect((error(examined) == nil) == isAccepted)
        #expect(examined.serverAuthUntil == (isAccepted ? end : nil))
        if !isAccepted { #expect(error(examined)?.code == .purpose) }
        #expect(error(try examine(leaf, until: end, at: end))?.code == .purpose)
    }

    @Test(arguments: ["extendedKeyUsage=clientAuth", "extendedKeyUsage=clientAuth,serverAuth", ""])
    func `a certificate for clients needs no permission, and none of its ends ends it`(
        usage: String
    ) throws {
        let leaf = try leaf(usage)
        for (end, time) in [
            (nil, now), (end, now), (end, end), (end, end + 86_400),
        ] as [(Int64?, Int64)] {
            let examined = try examine(leaf, until: end, at: time)
            #expect(
                examined.result == .accepted(validUntil: min(leaf.notAfter, root.notAfter))
            )
            #expect(examined.serverAuthUntil == nil)
        }
    }

    @Test func `the last second belongs to the permission, and the result ends with it`() throws {
        let leaf = try leaf("extendedKeyUsage=serverAuth")
        for time in [now, end - 1] {
            #expect(
                try examine(leaf, until: end, at: time).result == .accepted(validUntil: end)
            )
        }
        for time in [end, end + 1] {
            let refused = error(try examine(leaf, until: end, at: time))
            #expect(refused?.code == .purpose && refused?.serverAuth == .ended)
        }
        // Where the certificate ends first, that counts.
        let late = leaf.notAfter + 86_400
        #expect(
            try examine(leaf, until: late, at: now).result
                == .accepted(validUntil: min(leaf.notAfter, root.notAfter))
        )
        #expect(
            error(try examine(leaf, until: late + 86_400, at: leaf.notAfter + 1))?.code
                == .expired
        )
    }

    @Test func `the reason says whether it was ever allowed`() throws {
        let leaf = try leaf("extendedKeyUsage=serverAuth")
        #expect(error(try examine(leaf, until: nil))?.serverAuth == .notAllowed)
        let ended = error(try examine(leaf, until: 1_814_400_000, at: 1_814_400_000))
        // That time is outside of the certificate's own, which is looked at first.
        #expect(ended?.code == .expired)
        let over = error(try examine(leaf, until: now, at: now))
        #expect(over?.serverAuth == .ended)
        #expect(over?.description.contains(ServerAuthPermission.day(of: now)) == true)
        let mail = try self.leaf("extendedKeyUsage=emailProtection", name: "mail")
        #expect(error(try examine(mail, until: nil))?.serverAuth == nil)
    }

    // MARK: the CAs

    @Test(
        arguments: [
            ("extendedKeyUsage=serverAuth\n", true),
            ("extendedKeyUsage=serverAuth,clientAuth\n", true), ("", true),
            ("extendedKeyUsage=clientAuth\n", false),
            ("extendedKeyUsage=emailProtection\n", false),
            ("extendedKeyUsage=msSGC\n", false), ("extendedKeyUsage=nsSGC\n", false),
            ("extendedKeyUsage=anyExtendedKeyUsage\n", false),
        ]
    )
    func `every CA on the path must be for servers, too`(
        usage: String,
        isAccepted: Bool
    ) throws {
        try openssl.ca("between", subject: "/CN=Between", parent: "root", extra: usage)
        let leaf = try leaf("extendedKeyUsage=serverAuth", by: "between")
        for anchors in [["root"], ["between"]] {
            let sent = anchors == ["root"] ? ["between"] : []
            #expect(error(try examine(leaf, sent, until: nil, anchors: anchors)) != nil)
            let examined = try examine(leaf, sent, until: end, anchors: anchors)
            #expect((error(examined) == nil) == isAccepted, "\(examined.result)")
            if !isAccepted {
                #expect(error(examined)?.code == .purpose && examined.refusedBy == .path)
            }
        }
    }

    @Test func `a certificate for clients under a CA for servers stays refused`() throws {
        try openssl.ca(
            "between",
            subject: "/CN=Between",
            parent: "root",
            extra: "extendedKeyUsage=serverAuth\n"
        )
        for usage in ["extendedKeyUsage=clientAuth", "extendedKeyUsage=clientAuth,serverAuth", ""] {
            let leaf = try leaf(usage, by: "between")
            for end in [nil, end] {
                #expect(error(try examine(leaf, ["between"], until: end))?.code == .purpose)
            }
        }
    }

    @Test func `nothing else is looser: signer, time and key`() throws {
        try openssl.ca("other", subject: "/O=Handfast/CN=Root")
        let stranger = try leaf("extendedKeyUsage=serverAuth", name: "stranger", by: "other")
        #expect(error(try examine(stranger, until: end))?.code != nil)
        try openssl.leaf(
            "weak",
            by: "root",
            extensions: Self.serverAuth,
            algorithm: "RSA -pkeyopt rsa_keygen_bits:1024"
        )
        #expect(error(try examine(try load("weak"), until: end))?.code == .key)
        let early = try leaf("extendedKeyUsage=serverAuth")
        #expect(
            error(try examine(early, until: end, at: root.notBefore - 60))?.code == .notYetValid
        )
    }

    @Test func `revocation decides as it does without`() throws {
        let leaf = try leaf("extendedKeyUsage=serverAuth")
        for (mode, code) in [
            (.hard, .revocationUnknown), (.soft, nil),
        ] as [(Revocation.Mode, ChainError.Code?)] {
            let verifier = try ChainVerifier(
                anchors: [root],
                revocation: Revocation(mode: mode, lists: []),
                serverAuthUntil: end
            )
            let examined = verifier.examine(leaf: leaf, intermediates: [], now: now)
            #expect(error(examined)?.code == code)
        }
    }

    // MARK: the cache key

    @Test func `another end is another cache key, and the same one is the same`() throws {
        func cacheKey(_ end: Int64?) throws -> Digest256 {
            try ChainVerifier(anchors: [root], serverAuthUntil: end).cacheKey
        }
        let ends: [Int64?] = [nil, end, end + 86_400, end + (1 << 40)]
        #expect(try Set(ends.map(cacheKey)).count == ends.count)
        for end in ends { #expect(try cacheKey(end) == cacheKey(end)) }
        let verifier = try ChainVerifier(anchors: [root])
        #expect(try verifier.with(serverAuthUntil: end).cacheKey == cacheKey(end))
        let none = Revocation(mode: .hard, lists: [])
        let both = verifier.with(serverAuthUntil: end).with(revocation: none)
        #expect(both.serverAuthUntil == end)
        #expect(
            both.cacheKey == verifier.with(revocation: none).with(serverAuthUntil: end).cacheKey
        )
        #expect(
            both.with(serverAuthUntil: nil).cacheKey == verifier.with(revocation: none).cacheKey
        )
    }
}
