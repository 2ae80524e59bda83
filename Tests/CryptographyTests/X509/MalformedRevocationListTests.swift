// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// Lists that nobody signed: nothing traps, and no change to the signed part is believed.
@Suite struct MalformedRevocationListTests {
    private static let kinds = [
        "EC -pkeyopt ec_paramgen_curve:P-256", "RSA -pkeyopt rsa_keygen_bits:2048", "ED25519",
    ]

    @Test(arguments: kinds)
    func `mutated lists are refused, read without a signature, or the same`(
        algorithm: String
    ) throws {
        let seed: UInt64 = 20_261_207
        var random = SeededRandom(seed: seed)
        let openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/CN=Root", algorithm: algorithm)
        try openssl.leaf("a", by: "root")
        let root = try openssl.certificate("root")
        let leaf = try openssl.certificate("a")
        let der = RevocationList.der(
            try openssl.revocationList(
                "list",
                by: "root",
                revoked: [.init(serial: "0102", reason: "keyCompromise"), openssl.revoked("a")],
                from: root.notBefore,
                until: root.notAfter,
                extensions: "crlNumber=DER:020105\nissuingDistributionPoint=critical,@p\n"
                    + "[p]\nfullname=URI:http://a.example/1"
            )
        )
        let body = try #require(Self.body(der))
        #expect(try RevocationList.one(der).isSigned(by: root))
        let verifier = try ChainVerifier(anchors: [root])
        var (read, believed) = (0, 0)
        for _ in 0..<6000 {
            var mutant = der
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&mutant, &random) }
            guard let list = try? RevocationList.one(mutant) else { continue }
            read += 1
            #expect(list.digest == Digest256.of(mutant))
            if read < 60 {
                let revocation = Revocation(mode: .hard, lists: [list])
                let result = verifier.with(revocation: revocation)
                    .verify(leaf: leaf, intermediates: [], now: root.notBefore + 60)
                guard case .refused = result else {
                    Issue.record("accepted, seed \(seed)")
                    continue
                }
            }
            guard list.isSigned(by: root) else { continue }
            believed += 1
            #expect(Self.body(mutant) == body, "seed \(seed)")
        }
        #expect(read > 300, "the mutations are too wild to test anything behind the parser")
        #expect(believed < read / 4)
    }

    @Test func `mutated files are refused or read, never trapped on`() throws {
        var random = SeededRandom(seed: 5)
        let openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/CN=Root")
        let root = try openssl.certificate("root")
        let pem = try openssl.revocationList(
            "list",
            by: "root",
            from: root.notBefore,
            until: root.notAfter
        )
        var refused = 0
        for _ in 0..<2000 {
            var file = pem + pem
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&file, &random) }
            if RevocationList.errorKind(file) != nil { refused += 1 }
        }
        #expect(refused > 500)
        #expect(refused < 2000)
    }

    /// The first element in the outer SEQUENCE, whole: what is signed.
    private static func body(_ der: [UInt8]) -> [UInt8]? {
        func content(_ start: Int) -> Range<Int>? {
            guard start + 1 < der.count, der[start] == 0x30 else { return nil }
            let first = Int(der[start + 1])
            let octets = first < 0x80 ? 0 : first & 0x7F
            guard octets <= 3, start + 2 + octets <= der.count else { return nil }
            let length =
                octets == 0
                ? first : der[(start + 2)..<(start + 2 + octets)].reduce(0) { $0 << 8 | Int($1) }
            let begin = start + 2 + octets
            return begin + length <= der.count ? begin..<begin + length : nil
        }
        guard let outer = content(0), let inner = content(outer.lowerBound) else { return nil }
        return Array(der[outer.lowerBound..<inner.upperBound])
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes.remove(at: at)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
        case 2: bytes[at] &+= UInt8.random(in: 1...3, using: &random)
        case 3:
            bytes[at] = [0, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF].randomElement(using: &random) ?? 0
        case 4: bytes[at] = UInt8.random(in: 0...255, using: &random)
        default: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
        }
    }
}
