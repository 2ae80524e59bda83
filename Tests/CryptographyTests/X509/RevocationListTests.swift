// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing

/// Which lists are read, and which signatures on them count.
@Suite struct RevocationListTests {
    let openssl: OpenSSLCommand
    let root: Certificate
    let start: Int64

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/O=Handfast/CN=Root")
        root = try openssl.certificate("root")
        start = root.notBefore
    }

    private func issue(
        _ extensions: String = "",
        revoked: [OpenSSLCommand.RevokedSerial] = [],
        by ca: String = "root",
        options: [String] = []
    ) throws -> [UInt8] {
        try openssl.revocationList(
            "list",
            by: ca,
            revoked: revoked,
            from: start,
            until: start + 86_400,
            extensions: extensions,
            options: options
        )
    }

    @Test func `a list says whose it is, and from when until when`() throws {
        let pem = try issue(revoked: [
            .init(serial: "01"), .init(serial: "02", reason: "superseded"),
        ])
        let list = try RevocationList.one(pem)
        #expect(list.issuer == "CN=Root,O=Handfast")
        #expect(list.thisUpdate == start)
        #expect(list.nextUpdate == start + 86_400)
        #expect(list.entryCount == 2)
        let der = RevocationList.der(pem)
        #expect(list.digest == Digest256.of(der))
        #expect(try RevocationList.one(der).digest == list.digest)
        #expect(list.isSigned(by: root))
    }

    @Test func `a list is older than a later one about the same certificates`() throws {
        let list = try RevocationList.one(try issue())
        let users = "issuingDistributionPoint=critical,@p\n[p]\nonlyuser=TRUE"
        try openssl.ca("other", subject: "/O=Handfast/CN=Other")
        func later(_ by: String, _ extensions: String = "") throws -> RevocationList {
            let pem = try openssl.revocationList(
                "later",
                by: by,
                from: start + 60,
                until: start + 3_600,
                extensions: extensions
            )
            return try RevocationList.one(pem)
        }
        let new = try later("root")
        #expect(list.isOlder(than: new))
        #expect(!new.isOlder(than: list) && !list.isOlder(than: list))
        #expect(!list.isOlder(than: try later("other")))
        #expect(!list.isOlder(than: try later("root", users)))
    }

    @Test func `a PEM file may hold several lists, text between them, and nothing else`() throws {
        let first = try issue()
        let second = try issue(revoked: [.init(serial: "AA")])
        let lists = try RevocationList.read(
            Array("first\n".utf8) + first + Array("\n".utf8) + second
        )
        #expect(lists.map(\.entryCount) == [0, 1])
        #expect(RevocationList.errorKind(first + (try openssl.bytes("root.pem"))) == .otherObject)
        #expect(
            RevocationList.errorKind(first + (try openssl.bytes("root-key.pem"))) == .otherObject
        )
        let sixteen = Array(repeating: first, count: 16).joined()
        #expect(try RevocationList.read(Array(sixteen)).count == 16)
        #expect(RevocationList.errorKind(Array(sixteen) + second) == .tooLarge)
    }

    @Test func `anything else is refused by its name`() throws {
        let certificate = try openssl.bytes("root.pem")
        for bytes in [certificate, root.der] {
            do throws(RevocationListError) {
                _ = try RevocationList.read(bytes)
                Issue.record("read as a list")
            } catch {
                #expect(error.kind == .otherObject)
                #expect(error.description.contains("holds a certificate, not a revocation list"))
            }
        }
        #expect(RevocationList.errorKind([]) == .empty)
        #expect(RevocationList.errorKind(Array(" \n".utf8)) == .empty)
        #expect(RevocationList.errorKind(Array("a list".utf8)) == .unrecognised)
        #expect(RevocationList.errorKind([0x30]) == .truncated)
        #expect(RevocationList.errorKind([0x30, 0x00]) == .malformed)
        #expect(RevocationList.errorKind(try openssl.bytes("root-key.pem")) == .otherObject)
        let request = try openssl.run("req -new -key root-key.pem -subj /CN=x")
        #expect(RevocationList.errorKind(Array(request.utf8)) == .otherObject)
        let cut = try issue().dropLast(30)
        #expect(RevocationList.errorKind(Array(cut)) == .truncated)
        let damaged = String(decoding: try issue(), as: UTF8.self)
            .replacingOccurrences(of: "M", with: "!")
        #expect(RevocationList.errorKind(Array(damaged.utf8)) == .malformed)
    }

    @Test func `a list that is cut short or has more behind it is refused`() throws {
        let der = RevocationList.der(try issue(revoked: [.init(serial: "01")]))
        for count in 1..<der.count {
            #expect(RevocationList.errorKind(Array(der.prefix(count))) != nil)
        }
        #expect(RevocationList.errorKind(der + [0]) == .trailingBytes)
        #expect(RevocationList.errorKind(der + der) == .trailingBytes)
        let large = [0x30, 0x84, 0, 0x80, 0, 0] + [UInt8](repeating: 0, count: 8 << 20)
        #expect(RevocationList.errorKind(large) == .tooLarge)
    }

    @Test(
        arguments: [
            ("crlNumber=DER:020105\nauthorityKeyIdentifier=keyid", nil),
            ("authorityKeyIdentifier=critical,keyid", nil),
            ("1.2.3.4=DER:0500", nil),
            ("1.2.3.4=critical,DER:0500", .criticalExtension),
            ("crlNumber=critical,DER:020105", .criticalExtension),
            ("deltaCRL=critical,DER:020101", .delta),
            ("deltaCRL=DER:020101", .delta),
            ("issuingDistributionPoint=critical,@p\n[p]\nindirectCRL=TRUE", .indirect),
            ("issuingDistributionPoint=@p\n[p]\nindirectCRL=TRUE", .indirect),
            ("issuingDistributionPoint=critical,@p\n[p]\nonlyAA=TRUE", .partial),
            (
                "issuingDistributionPoint=critical,@p\n[p]\nonlysomereasons=keyCompromise",
                .partial
            ),
            ("issuingDistributionPoint=critical,@p\n[p]\nrelativename=n\n[n]\nCN=x", .partial),
            ("issuingDistributionPoint=critical,@p\n[p]\nonlyuser=TRUE\nonlyCA=TRUE", .malformed),
            ("issuingDistributionPoint=critical,@p\n[p]\nonlyuser=TRUE", nil),
            ("issuingDistributionPoint=critical,@p\n[p]\nonlyCA=TRUE", nil),
            ("issuingDistributionPoint=critical,@p\n[p]\nfullname=URI:http://a.example/1", nil),
        ] as [(String, RevocationListError.Kind?)]
    )
    func `extensions that narrow a list or are not known refuse it`(
        extensions: String,
        expected: RevocationListError.Kind?
    ) throws {
        #expect(RevocationList.errorKind(try issue(extensions)) == expected)
    }

    @Test(
        arguments: [
            (SyntheticRevocationList.der(), nil),
            (SyntheticRevocationList.der(version: []), nil),
            (SyntheticRevocationList.der(version: [0x02, 1, 0]), .malformed),
            (SyntheticRevocationList.der(version: [0x02, 1, 2]), .malformed),
            (SyntheticRevocationList.der(times: ["260101000000Z"]), .dates),
            (SyntheticRevocationList.der(times: ["360101000000Z", "260101000000Z"]), .dates),
            (SyntheticRevocationList.der(times: ["261301000000Z", "360101000000Z"]), .malformed),
            (SyntheticRevocationList.der(times: []), .malformed),
            (SyntheticRevocationList.der(issuer: [0x30, 0]), .malformed),
            (SyntheticRevocationList.der(outerAlgorithm: [0x06, 3, 0x2B, 0x65, 0x71]), .malformed),
            // Ed448, which no accepted key can make.
            (
                SyntheticRevocationList.der(algorithm: [0x06, 3, 0x2B, 0x65, 0x71]),
                .signatureAlgorithm
            ),
            (SyntheticRevocationList.der(entries: []), nil),
            (SyntheticRevocationList.der(version: [], extensions: []), .malformed),
            (SyntheticRevocationList.der(extensions: []), nil),
            (
                SyntheticRevocationList.der(extensions: [
                    SyntheticRevocationList.item(20, [0x02, 1, 1]),
                    SyntheticRevocationList.item(20, [0x02, 1, 2]),
                ]),
                .malformed
            ),
        ] as [([UInt8], RevocationListError.Kind?)]
    )
    func `fields must be as they are written down`(
        der: [UInt8],
        expected: RevocationListError.Kind?
    ) {
        #expect(RevocationList.errorKind(der) == expected)
    }

    @Test(
        arguments: [
            (SyntheticRevocationList.entry([1]), nil),
            (SyntheticRevocationList.entry([0]), nil),
            (SyntheticRevocationList.entry([0x80]), nil),
            (SyntheticRevocationList.entry([]), .malformed),
            (SyntheticRevocationList.entry([0, 1]), .malformed),
            (SyntheticRevocationList.entry([UInt8](repeating: 1, count: 300)), .malformed),
            (SyntheticRevocationList.entry([1], extensions: [[0x30, 0]]), .malformed),
            (reason([0x0A, 1, 1]), nil), (reason([0x0A, 1, 99]), nil),
            (reason(critical: true, [0x0A, 1, 1]), nil),
            (reason([0x0A, 2, 1, 1]), .malformed), (reason([0x02, 1, 1]), .malformed),
            (reason([0x0A, 1, 1, 0]), .trailingBytes),
            // certificateIssuer, of indirect lists.
            (
                SyntheticRevocationList.entry([1], extensions: [item(29, false, [0x30, 0])]),
                .indirect
            ),
            (SyntheticRevocationList.entry([1], extensions: [item(24, false, [0x30, 0])]), nil),
            (
                SyntheticRevocationList.entry([1], extensions: [item(99, true, [0x05, 0])]),
                .criticalExtension
            ),
        ] as [([UInt8], RevocationListError.Kind?)]
    )
    func `entries must be as they are written down`(
        entry: [UInt8],
        expected: RevocationListError.Kind?
    ) {
        #expect(RevocationList.errorKind(SyntheticRevocationList.der(entries: [entry])) == expected)
    }

    private static func item(_ last: UInt8, _ critical: Bool, _ value: [UInt8]) -> [UInt8] {
        SyntheticRevocationList.item(last, critical: critical, value)
    }

    private static func reason(critical: Bool = false, _ value: [UInt8]) -> [UInt8] {
        SyntheticRevocationList.entry([1], extensions: [item(21, critical, value)])
    }

    // MARK: signatures

    @Test(arguments: [
        "RSA -pkeyopt rsa_keygen_bits:2048", "RSA-PSS -pkeyopt rsa_keygen_bits:2048", "ED25519",
        "EC -pkeyopt ec_paramgen_curve:P-256", "EC -pkeyopt ec_paramgen_curve:P-521",
    ])
    func `the signature of any good key counts, and only under that key`(algorithm: String) throws {
        try openssl.ca("ca", subject: "/CN=CA", algorithm: algorithm)
        try openssl.ca("fake", subject: "/CN=CA", algorithm: algorithm)
        let list = try RevocationList.one(try issue(by: "ca"))
        for _ in 0..<2 {
            #expect(list.isSigned(by: try openssl.certificate("ca")))
            #expect(!list.isSigned(by: try openssl.certificate("fake")))
            #expect(!list.isSigned(by: root))
        }
        let forged = try RevocationList.one(try issue(by: "fake"))
        #expect(!forged.isSigned(by: try openssl.certificate("ca")))
        #expect(forged.isSigned(by: try openssl.certificate("fake")))
    }

    @Test(arguments: ["sha1", "md5", "sha224"])
    func `weak digests are refused`(digest: String) throws {
        let rsa = "RSA -pkeyopt rsa_keygen_bits:2048"
        try openssl.ca("ca", subject: "/CN=CA", algorithm: rsa)
        let weak = try issue(by: "ca", options: ["-md", digest])
        #expect(RevocationList.errorKind(weak) == .signatureAlgorithm)
        // OpenSSL makes no PSS signature with MD5.
        guard digest != "md5" else { return }
        let padding = ["-sigopt", "rsa_padding_mode:pss"]
        let pss = try issue(by: "ca", options: ["-md", digest] + padding)
        #expect(RevocationList.errorKind(pss) == .signatureAlgorithm)
        for strong in ["sha256", "sha512"] {
            let list = try RevocationList.one(
                try issue(by: "ca", options: ["-md", strong] + padding)
            )
            #expect(list.isSigned(by: try openssl.certificate("ca")))
        }
    }

    @Test func `key usage must allow the signature`() throws {
        try openssl.key("ca")
        for (usage, expected) in [
            ("keyUsage=critical,keyCertSign\n", false), ("keyUsage=keyCertSign,cRLSign\n", true),
            ("", true),
        ] {
            let extensions = "basicConstraints=critical,CA:true\n" + usage
            try openssl.sign("ca", subject: "/CN=CA", by: "root", extensions: extensions)
            let ca = try openssl.certificate("ca")
            // OpenSSL signs without asking.
            #expect(try RevocationList.one(try issue(by: "ca")).isSigned(by: ca) == expected)
        }
    }

    @Test func `an end entity signs no list`() throws {
        try openssl.leaf("a", by: "root", extensions: "keyUsage=digitalSignature,cRLSign\n")
        let list = try RevocationList.one(try issue(by: "a"))
        #expect(!list.isSigned(by: try openssl.certificate("a")))
        #expect(!list.isSigned(by: root))
    }
}
