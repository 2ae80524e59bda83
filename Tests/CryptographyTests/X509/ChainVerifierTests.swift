// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@Suite struct ChainVerifierTests {
    let openssl: OpenSSLCommand
    let root: Certificate

    private static let withoutIdentifiers =
        "extendedKeyUsage=clientAuth\nauthorityKeyIdentifier=none\nsubjectKeyIdentifier=none\n"

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/O=Handfast/CN=Root")
        root = try Self.load(openssl, "root")
    }

    private static func load(_ openssl: OpenSSLCommand, _ name: String) throws -> Certificate {
        try CertificateFile.certificate(in: try openssl.bytes("\(name).pem"))
    }

    private func load(_ name: String) throws -> Certificate { try Self.load(openssl, name) }

    private func verify(
        _ leaf: String,
        through intermediates: [String] = [],
        to anchors: [String] = ["root"],
        at offset: Int64 = 60
    ) throws -> ChainResult {
        let verifier = try ChainVerifier(anchors: try anchors.map(load))
        return verifier.verify(
            leaf: try load(leaf).der,
            intermediates: try intermediates.map { try load($0).der },
            now: root.notBefore + offset
        )
    }

    private func code(_ result: ChainResult) -> ChainError.Code? {
        guard case .refused(let error) = result else { return nil }
        return error.code
    }

    @Test func `a leaf under a registered root is accepted until the first end in the chain`()
        throws
    {
        try openssl.leaf("a", by: "root")
        let ends = [root.notAfter, try load("a").notAfter]
        #expect(try verify("a") == .accepted(validUntil: ends.min() ?? 0))
        try openssl.leaf("long", by: "root", options: ["-days", "900"])
        #expect(try verify("long") == .accepted(validUntil: root.notAfter))
    }

    @Test(arguments: [
        "RSA -pkeyopt rsa_keygen_bits:2048", "RSA-PSS -pkeyopt rsa_keygen_bits:2048", "ED25519",
        "EC -pkeyopt ec_paramgen_curve:P-384", "EC -pkeyopt ec_paramgen_curve:P-521",
    ])
    func `trust anchors and leaves may have any good key`(algorithm: String) throws {
        try openssl.ca("ca", subject: "/CN=Other", algorithm: algorithm)
        try openssl.leaf("l", by: "ca", algorithm: algorithm)
        #expect(code(try verify("l", to: ["ca"])) == nil)
        #expect(code(try verify("l")) == .unknownCA)
    }

    @Test func `an intermediate must be sent, in any order, or be registered itself`() throws {
        try openssl.ca("i", subject: "/CN=I", parent: "root")
        try openssl.ca("j", subject: "/CN=J", parent: "i")
        try openssl.leaf("a", by: "j")
        #expect(code(try verify("a", through: ["j", "i"])) == nil)
        #expect(code(try verify("a", through: ["i", "j"])) == nil)
        #expect(code(try verify("a", through: ["j"])) == .unknownCA)
        #expect(code(try verify("a")) == .unknownCA)
        #expect(code(try verify("a", to: ["j"])) == nil)
    }

    @Test func `a CA of the same name with another key is not trusted`() throws {
        try openssl.ca("fake", subject: "/O=Handfast/CN=Root")
        try openssl.leaf("a", by: "fake")
        #expect(code(try verify("a")) != nil)
        #expect(code(try verify("a", through: ["fake"])) != nil)
        #expect(code(try verify("a", to: ["fake"])) == nil)
        // Without key identifiers OpenSSL has only the name to go by until the signature.
        try openssl.leaf("b", by: "fake", extensions: Self.withoutIdentifiers)
        let result = try verify("b")
        #expect(code(result) == .signature, "\(result)")
    }

    @Test func `dates are those that are given, not the clock's`() throws {
        try openssl.leaf("a", by: "root")
        #expect(code(try verify("a", at: 11 * 86_400)) == .expired)
        #expect(code(try verify("a", at: -86_400)) == .notYetValid)
        #expect(code(try verify("a", at: 9 * 86_400)) == nil)
        try openssl.leaf("long", by: "root", options: ["-days", "900"])
        #expect(code(try verify("long", at: 11 * 86_400)) == .expired)
    }

    @Test(
        arguments: [
            ("basicConstraints=CA:true\nkeyUsage=keyCertSign,digitalSignature", .caAsLeaf),
            ("basicConstraints=CA:true", .caAsLeaf),
            ("extendedKeyUsage=serverAuth", .purpose),
            ("extendedKeyUsage=anyExtendedKeyUsage", .purpose),
            ("extendedKeyUsage=clientAuth,anyExtendedKeyUsage", .purpose),
            ("keyUsage=keyEncipherment", .purpose),
            ("extendedKeyUsage=clientAuth,serverAuth", nil),
            ("keyUsage=digitalSignature", nil),
            ("basicConstraints=CA:false", nil),
            ("", .version),
            ("1.2.3.4=critical,DER:0500", .chain),
            ("subjectAltName=DER:30:05:82:03:61:00:62", .embeddedNUL),
        ] as [(String, ChainError.Code?)]
    )
    func `a leaf must be a client's`(extensions: String, expected: ChainError.Code?) throws {
        try openssl.leaf("a", by: "root", extensions: extensions)
        #expect(code(try verify("a")) == expected)
    }

    @Test(arguments: [
        "RSA -pkeyopt rsa_keygen_bits:1024", "RSA -pkeyopt rsa_keygen_bits:2052",
        "EC -pkeyopt ec_paramgen_curve:P-224", "EC -pkeyopt ec_paramgen_curve:secp256k1",
        "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit", "ED448",
        "RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:1",
    ])
    func `keys that are weak or odd are refused`(algorithm: String) throws {
        do {
            try openssl.leaf("a", by: "root", algorithm: algorithm)
        } catch let error as OpenSSLCommand.ToolError where algorithm.hasSuffix("pubexp:1") {
            #expect(error.description.contains("exponent") || !error.description.isEmpty)
            return
        }
        #expect(code(try verify("a")) == .key)
    }

    @Test func `DSA is refused`() throws {
        try openssl.run("dsaparam -out p.pem -genkey 2048")
        try openssl.run("pkey -in p.pem -out a-key.pem")
        try openssl.sign(
            "a",
            subject: "/CN=x",
            by: "root",
            extensions: "extendedKeyUsage=clientAuth"
        )
        #expect(code(try verify("a")) == .key)
    }

    @Test(arguments: ["0x0", "-0x7", "0x00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"])
    func `serial numbers must be positive and short`(serial: String) throws {
        try openssl.leaf("a", by: "root", options: ["-set_serial", serial])
        #expect(code(try verify("a")) == .serial)
    }

    @Test func `a SHA-1 signature is refused`() throws {
        try openssl.leaf("a", by: "root", options: ["-sha1"])
        #expect(code(try verify("a")) == .weakSignature)
    }

    @Test func `depth, count and size are bounded`() throws {
        var parent = "root"
        var names: [String] = []
        for name in ["i1", "i2", "i3", "i4"] {
            try openssl.ca(name, subject: "/CN=\(name)", parent: parent)
            try openssl.leaf("under-\(name)", by: name)
            (parent, names) = (name, names + [name])
        }
        #expect(code(try verify("under-i3", through: Array(names.prefix(3)))) == nil)
        #expect(code(try verify("under-i4", through: names)) == .tooLong)
        let many = names + names + names + names
        #expect(code(try verify("under-i1", through: many)) == nil)
        #expect(code(try verify("under-i1", through: many + ["root"])) == .tooLarge)
        let wide = (1...1500).map { "DNS:n\($0).example" }.joined(separator: ",")
        try openssl.leaf("wide", by: "root", extensions: "subjectAltName=\(wide)")
        let der = try openssl.run("x509 -in wide.pem -outform PEM")
        #expect(throws: CertificateError.self) {
            try CertificateFile.certificate(in: Array(der.utf8))
        }
    }

    @Test func `name constraints are honoured and their number is bounded`() throws {
        try openssl.ca(
            "c",
            subject: "/CN=C",
            parent: "root",
            extra: "nameConstraints=permitted;DNS:in.example\n"
        )
        try openssl.leaf("in", by: "c", extensions: "subjectAltName=DNS:a.in.example")
        try openssl.leaf("out", by: "c", extensions: "subjectAltName=DNS:a.out.example")
        #expect(code(try verify("in", through: ["c"])) == nil)
        #expect(code(try verify("out", through: ["c"])) == .nameConstraints)
        let subtrees = (1...200).map { "permitted;DNS:n\($0).example" }.joined(separator: ",")
        try openssl.ca(
            "bomb",
            subject: "/CN=B",
            parent: "root",
            extra: "nameConstraints=\(subtrees)\n"
        )
        let names = (1...200).map { "DNS:n\($0).example" }.joined(separator: ",")
        try openssl.leaf("bombed", by: "bomb", extensions: "subjectAltName=\(names)")
        #expect(code(try verify("bombed", through: ["bomb"])) == .nameConstraints)
    }

    @Test func `a path length is honoured`() throws {
        try openssl.key("short")
        try openssl.sign(
            "short",
            subject: "/CN=S",
            by: "root",
            extensions: "basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=keyCertSign"
        )
        try openssl.ca("below", subject: "/CN=B", parent: "short")
        try openssl.leaf("a", by: "below")
        try openssl.leaf("b", by: "short")
        #expect(code(try verify("b", through: ["short"])) == nil)
        #expect(code(try verify("a", through: ["below", "short"])) == .tooLong)
    }

    @Test func `a leaf cannot sign, and an anchor cannot be a client`() throws {
        try openssl.leaf("a", by: "root")
        try openssl.leaf("b", by: "a")
        #expect(code(try verify("b", through: ["a"])) != nil)
        #expect(code(try verify("root")) == .caAsLeaf)
        #expect(throws: CertificateError.self) { try ChainVerifier(anchors: [try load("a")]) }
        #expect(throws: CertificateError.self) { try ChainVerifier(anchors: []) }
    }

    @Test func `a victim's certificate sent along gives nothing`() throws {
        try openssl.leaf("victim", by: "root", subject: "/CN=victim")
        let own = try openssl.selfSigned(
            "own",
            subject: "/CN=victim",
            extensions: [
                "basicConstraints=critical,CA:false"
            ]
        )
        #expect(!own.isEmpty)
        #expect(code(try verify("own", through: ["victim", "root"])) != nil)
    }

    @Test func `a damaged signature or body is refused, and never traps`() throws {
        try openssl.leaf("a", by: "root")
        let verifier = try ChainVerifier(anchors: [root])
        let der = try load("a").der
        var random = SeededRandom(seed: 1)
        for _ in 0..<400 {
            var damaged = der
            damaged[Int(random.next() % UInt64(der.count))] ^= UInt8(1 << (random.next() % 8))
            let result = verifier.verify(
                leaf: damaged,
                intermediates: [],
                now: root.notBefore + 60
            )
            #expect(code(result) != nil)
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
