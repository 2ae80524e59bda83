// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Cryptography
import Testing

/// The slim provider's derivations beside those of OpenSSL's default provider.
///
/// Each test has a process of its own, whose default context is the slim provider's.
struct SlimKeyDerivationTests {
    private typealias Parameter = Derivation.Parameter

    private enum Digest: String, CaseIterable {
        case sha256 = "SHA2-256"
        case sha384 = "SHA2-384"

        var size: Int { self == .sha256 ? 32 : 48 }
        var block: Int { self == .sha256 ? 64 : 128 }
    }

    private static let extract: Int32 = EVP_KDF_HKDF_MODE_EXTRACT_ONLY
    private static let expand: Int32 = EVP_KDF_HKDF_MODE_EXPAND_ONLY
    private static let labels = [
        "derived", "key", "iv", "finished", "c hs traffic", "s ap traffic", "res master", "", "x",
    ]

    private static func bytes(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// The key that both derive; expects equal ones, and that the slim provider did it itself or
    /// handed it on.
    @discardableResult
    private static func same(
        _ algorithm: String,
        _ count: Int,
        _ parameters: [Parameter],
        own: Bool = true,
        _ comment: Comment? = nil
    ) throws -> [UInt8]? {
        let before = ThreadCounts.derivations
        let slim = try Derivation(algorithm, whole: false).derive(count, parameters)
        let counts = ThreadCounts.derivations - before
        let whole = try Derivation(algorithm, whole: true).derive(count, parameters)
        #expect(slim == whole, comment)
        #expect(counts == ThreadCounts(found: own ? 1 : 0, made: own ? 0 : 1), comment)
        return slim
    }

    private static func expansion(
        _ digest: Digest = .sha256,
        key: [UInt8] = [UInt8](repeating: 7, count: 32),
        label: String = "key",
        data: [UInt8]? = nil
    ) -> [Parameter] {
        [.mode(expand), .digest(digest.rawValue), .key(key), .prefix("tls13 "), .label(label)]
            + (data.map { [.data($0)] } ?? [])
    }

    private static func extraction(
        _ digest: Digest = .sha256,
        key: [UInt8]?,
        salt: [UInt8]?
    ) -> [Parameter] {
        [.mode(extract), .digest(digest.rawValue), .prefix("tls13 "), .label("derived")]
            + (key.map { [.key($0)] } ?? []) + (salt.map { [.salt($0)] } ?? [])
    }

    private static func prf(
        _ digest: String = "SHA2-256",
        secret: [UInt8] = [UInt8](repeating: 7, count: 48),
        seeds: [[UInt8]] = [Array("master secret".utf8), [1, 2, 3]]
    ) -> [Parameter] {
        [.digest(digest), .secret(secret)] + seeds.map { .seed($0) }
    }

    private static func isSlim() -> Bool { CryptographyLibrary.start(slim: true) == .slim }

    @Test(arguments: [UInt64.random(in: 0 ... .max)])
    func `TLS 1.3 expands as OpenSSL does`(seed: UInt64) async {
        await #expect(processExitsWith: .success) { [seed = seed as UInt64] in
            #expect(Self.isSlim())
            var random = SeededGenerator(seed: seed)
            for round in 0..<400 {
                let digest = Digest.allCases[round % 2]
                let any = Int.random(in: 1...digest.block, using: &random)
                let length = round % 3 == 0 ? any : digest.size
                let data = [nil, 0, digest.size, Int.random(in: 1...255, using: &random)][
                    round / 2 % 4
                ]
                let many = Int.random(in: 1...255 * digest.size, using: &random)
                try Self.same(
                    "TLS13-KDF",
                    [digest.size, 16, 12, many][round / 8 % 4],
                    Self.expansion(
                        digest,
                        key: Self.bytes(length, &random),
                        label: Self.labels[round % Self.labels.count],
                        data: data.map { Self.bytes($0, &random) }
                    ),
                    "seed \(seed), round \(round)"
                )
            }
        }
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max)])
    func `TLS 1.3 extracts as OpenSSL does, with and without a secret above`(seed: UInt64) async {
        await #expect(processExitsWith: .success) { [seed = seed as UInt64] in
            #expect(Self.isSlim())
            var random = SeededGenerator(seed: seed)
            for round in 0..<200 {
                let digest = Digest.allCases[round % 2]
                let length = [digest.size, 0, Int.random(in: 1...300, using: &random)][round % 3]
                let key = Self.bytes(length, &random)
                let salt = Self.bytes(digest.size, &random)
                try Self.same(
                    "TLS13-KDF",
                    digest.size,
                    Self.extraction(
                        digest,
                        key: round % 5 == 0 ? nil : key,
                        salt: round % 7 == 0 ? nil : salt
                    ),
                    "seed \(seed), round \(round)"
                )
            }
        }
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max)])
    func `TLS 1.2 derives as OpenSSL does`(seed: UInt64) async {
        await #expect(processExitsWith: .success) { [seed = seed as UInt64] in
            #expect(Self.isSlim())
            let labels = [
                "master secret", "extended master secret", "key expansion", "client finished",
                "server finished",
            ]
            var random = SeededGenerator(seed: seed)
            for round in 0..<300 {
                let digest = Digest.allCases[round % 2]
                let size = [0, 32, Int.random(in: 0...200, using: &random)][round % 3]
                let seeds = (0..<4).map { _ in Self.bytes(size, &random) }
                let count = [48, 12, 72, 104, Int.random(in: 1...500, using: &random)][round % 5]
                try Self.same(
                    "TLS1-PRF",
                    count,
                    Self.prf(
                        digest.rawValue,
                        secret: Self.bytes([48, 32, 1, 64][round / 2 % 4], &random),
                        seeds: [Array(labels[round % 5].utf8)] + seeds
                    ),
                    "seed \(seed), round \(round)"
                )
            }
        }
    }

    @Test func `whatever libssl does not ask for is handed on, with the same result`() async {
        await #expect(processExitsWith: .success) {
            #expect(Self.isSlim())
            let long = [UInt8](repeating: 9, count: 129)
            let cases: [(String, Int, [Parameter])] = [
                ("TLS13-KDF", 42, Self.expansion(key: long)),
                ("TLS13-KDF", 42, Self.expansion(.sha384, key: long)),
                ("TLS13-KDF", 32, Self.extraction(key: [1], salt: long)),
                ("TLS13-KDF", 64, [.digest("SHA2-512")] + Self.expansion(key: [1])),
                ("TLS13-KDF", 42, [.text("mode", "EXPAND_ONLY")] + Self.expansion().dropFirst()),
                ("TLS13-KDF", 42, Self.expansion() + [.text("properties", "provider=default")]),
                ("TLS1-PRF", 48, Self.prf("SHA2-512")),
                ("TLS1-PRF", 48, Self.prf("MD5-SHA1")),
                ("TLS1-PRF", 48, Self.prf(secret: long)),
            ]
            for (algorithm, count, parameters) in cases {
                let derived = try Self.same(algorithm, count, parameters, own: false)
                #expect(derived != nil)
            }
        }
    }

    @Test func `what OpenSSL refuses is refused`() async {
        await #expect(processExitsWith: .success) {
            #expect(Self.isSlim())
            let cases: [(String, Int, [Parameter])] = [
                ("TLS13-KDF", 255 * 32 + 1, Self.expansion()),
                ("TLS13-KDF", 42, Self.expansion(label: String(repeating: "l", count: 250))),
                ("TLS13-KDF", 42, Self.expansion(data: [UInt8](repeating: 1, count: 256))),
                ("TLS13-KDF", 42, [.digest("none")] + Self.expansion()),
                ("TLS13-KDF", 42, [.mode(2), .key([1]), .prefix("tls13 "), .label("key")]),
                ("TLS13-KDF", 42, [.mode(0)] + Self.expansion().dropFirst()),
                ("TLS13-KDF", 42, Self.extraction(key: [1], salt: nil)),
                ("TLS1-PRF", 48, Self.prf(seeds: [])),
                ("TLS1-PRF", 0, Self.prf()),
                ("TLS1-PRF", 48, [.secret([1]), .seed([1])]),
                ("TLS1-PRF", 48, [.digest("SHA2-256"), .seed([1])]),
            ]
            for (algorithm, count, parameters) in cases {
                let derived = try Self.same(algorithm, count, parameters, own: false)
                #expect(derived == nil)
            }
            // OpenSSL 3.0 refuses so long a seed, 3.5 takes it.
            let seed = [UInt8](repeating: 1, count: 1025)
            try Self.same("TLS1-PRF", 48, Self.prf(seeds: [seed]), own: false)
        }
    }

    @Test func `a context remembers what was set, and nothing of what was derived`() async {
        await #expect(processExitsWith: .success) {
            #expect(Self.isSlim())
            let set = try Derivation("TLS13-KDF", whole: false)
            #expect(set.set(Self.expansion(data: [1])))
            let derived = try Derivation("TLS13-KDF", whole: true)
                .derive(32, Self.expansion(data: [1]))
            #expect(set.derive(32, [.data([1])]) == derived)

            // OpenSSL's own would take the salt from before, or append to the seed; no wrong key
            // comes out instead.
            let slim = try Derivation("TLS13-KDF", whole: false)
            #expect(slim.derive(32, Self.extraction(key: [1], salt: [2])) != nil)
            #expect(slim.derive(32, Self.extraction(key: [1], salt: nil)) == nil)
            #expect(slim.derive(32, [.key([2])]) == nil)
            #expect(!slim.set([.key([2])]))
            #expect(slim.derive(32, Self.expansion(data: [1])) == derived)
            slim.reset()
            #expect(slim.derive(32, Self.extraction(key: [1], salt: nil)) != nil)
            let prf = try Derivation("TLS1-PRF", whole: false)
            #expect(prf.derive(48, Self.prf()) != nil)
            #expect(prf.derive(48, Self.prf()) == nil)
        }
    }

    @Test func `handshakes of both versions derive nothing by OpenSSL's own means`() async {
        await #expect(processExitsWith: .success) {
            #expect(Self.isSlim())
            for version in Version.spoken {
                let before = ThreadCounts.derivations
                _ = try connected(try Listener.context(), try ClientIdentity(), version: version)
                let counts = ThreadCounts.derivations - before
                #expect(counts.found > 0 && counts.made == 0)
            }
        }
    }
}
