// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

/// Mutated fields, the same for the same seed; each run takes a new seed and tells it.
struct ClientCertificateFuzzTests {
    private static let pieces = [
        ":", ",", ";", "=", "\"", "\\", "%", "%0A", "%2B", "+", "/", "-", "-----", " ", "\t", "\n",
        "\0", "\u{ff}", "AAAA", "MAA=", ",MAA=", ";Cert=", ";URI=x", "Hash=", "SUCCESS", "0",
        "true",
        "-----BEGIN%20CERTIFICATE-----%0A", "-----END CERTIFICATE-----", "_",
    ].map(octets)

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, at + .random(in: 1...80, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[at] = .random(in: 0...255, using: &generator)
        case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
        case 4: bytes.removeSubrange(at...)
        default:
            let piece = Self.pieces[.random(in: 0..<Self.pieces.count, using: &generator)]
            bytes.insert(contentsOf: piece, at: at)
        }
    }

    @Test(arguments: ClientCertificateFormat.allCases, [0, UInt64.random(in: 1 ... .max)])
    func `mutated fields are read or refused, and a leaf is one sequence`(
        format: ClientCertificateFormat,
        seed: UInt64
    ) throws {
        print("certificate field fuzz seed \(seed), \(format)")
        var generator = SeededGenerator(seed: seed)
        let reader = ClientCertificateReader(format)
        let good = ClientCertificateReaderTests.good(format)
        let scanner = CertificateHeaderScanner(everyFormatAnd: [])
        var seen = (read: 0, refused: 0)
        for _ in 0..<1_500 {
            var list = FieldList([])
            for (name, value) in good {
                var name = octets(name)
                var value = octets(value)
                for _ in 0..<Int.random(in: 0...2, using: &generator) {
                    mutate(&value, &generator)
                }
                if Int.random(in: 0..<20, using: &generator) == 0 { mutate(&name, &generator) }
                list.append(name, value)
            }
            _ = scanner.present(in: list.fields, list.bytes.span)
            switch reading(reader, list) {
            case .certificate(let found):
                try #require(found.leaf.first == 0x30, "seed \(seed): \(list.bytes)")
                try #require(found.chain.count <= ClientCertificateReader.chainMax)
                seen.read += 1
            case .refused: seen.refused += 1
            case .noCertificate: continue
            }
        }
        // The mutations must reach the answers, or the loop shows nothing.
        #expect(seen.read > 50 && seen.refused > 50, "\(seen)")
    }

    @Test(arguments: [0, UInt64.random(in: 1 ... .max)])
    func `random aliases and repetitions are never read`(seed: UInt64) throws {
        print("certificate alias fuzz seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var variants = 0
        let good = ClientCertificateFormat.allCases.map {
            ($0, ClientCertificateReaderTests.good($0))
        }
        for _ in 0..<10_000 {
            let (format, original) = good[.random(in: 0..<good.count, using: &generator)]
            var fields = original
            let index = Int.random(in: 2..<fields.count, using: &generator)
            let name = String(
                fields[index].0.map { character in
                    if character.isLetter || character.isNumber {
                        return Bool.random(using: &generator)
                            ? Character(character.uppercased()) : character
                    }
                    return "-_._~"[Int.random(in: 0..<5, using: &generator)]
                }
            )
            if Bool.random(using: &generator) {
                fields.insert((name, fields[index].1), at: .random(in: 0...2, using: &generator))
            } else if name.lowercased() != fields[index].0 {
                fields[index].0 = name
            } else {
                continue
            }
            variants += 1
            let found = reading(format, fields)
            try #require(found.error != nil, "seed \(seed): \(name) \(format) \(found)")
        }
        #expect(variants > 8_000)
    }
}

extension String {
    fileprivate subscript(_ offset: Int) -> Character {
        self[index(startIndex, offsetBy: offset)]
    }
}
