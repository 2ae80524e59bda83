// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Cryptography
import Testing

/// The functions of libcrypto that libssl finds in the program, beside libcrypto's own: those are
/// called where the whole library context is named.
struct InterposedTests {
    /// HMAC as libssl has it made for a Finished message; nil where it is refused.
    private static func mac(
        _ digest: String,
        key: [UInt8],
        _ message: [UInt8],
        room: Int = 128,
        whole: Bool = false
    ) -> [UInt8]? {
        var out = [UInt8](repeating: 0, count: 128)
        var count = 0
        let library = whole ? unsafe handfast_library() : nil
        defer { ERR_clear_error() }
        // SAFETY: the arrays outlive the call, which writes at most `room` bytes.
        let written = unsafe EVP_Q_mac(
            library,
            "HMAC",
            nil,
            digest,
            nil,
            key,
            key.count,
            message,
            message.count,
            &out,
            room,
            &count
        )
        return unsafe written == nil ? nil : Array(out.prefix(count))
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max)])
    func `verify_data is what OpenSSL makes it`(seed: UInt64) async {
        await #expect(processExitsWith: .success) { [seed = seed as UInt64] in
            #expect(CryptographyLibrary.start(slim: true) == .slim)
            var random = SeededGenerator(seed: seed)
            for round in 0..<200 {
                let digest = ["SHA2-256", "SHA2-384", "SHA2-512", "SHA1"][round % 4]
                let size = [32, 48, Int.random(in: 1...200, using: &random)][round % 3]
                let length = Int.random(in: 0...300, using: &random)
                var key = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
                let message = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                let made = Self.mac(digest, key: key, message)
                #expect(made != nil)
                #expect(
                    made == Self.mac(digest, key: key, message, whole: true),
                    "seed \(seed), round \(round)"
                )
                key[0] ^= 1
                #expect(made != Self.mac(digest, key: key, message))
            }
        }
    }

    @Test func `what OpenSSL refuses is refused`() async {
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: true) == .slim)
            let key = [UInt8](repeating: 1, count: 32)
            for whole in [false, true] {
                #expect(Self.mac("SHA2-256", key: key, [2], room: 31, whole: whole) == nil)
                #expect(Self.mac("none", key: key, [2], whole: whole) == nil)
                #expect(Self.mac("SHA2-256", key: key, [2], room: 32, whole: whole) != nil)
            }
        }
    }

    /// Whether a derivation is found, and the same one as the last time.
    private static func isSameTwice(_ name: String, whole: Bool = false) -> Bool? {
        let library = whole ? unsafe handfast_library() : nil
        // SAFETY: both references are given back; NULL may be.
        let first = unsafe EVP_KDF_fetch(library, name, nil)
        let second = unsafe EVP_KDF_fetch(library, name, nil)
        defer {
            unsafe EVP_KDF_free(first)
            unsafe EVP_KDF_free(second)
            ERR_clear_error()
        }
        return unsafe first == nil ? nil : first == second
    }

    @Test func `derivations are found once, others as ever`() async {
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: true) == .slim)
            #expect(Self.isSameTwice("TLS13-KDF") == true)
            #expect(Self.isSameTwice("TLS1-PRF") == true)
            #expect(Self.isSameTwice("HKDF") != nil)
            #expect(Self.isSameTwice("SCRYPT") == nil)
            #expect(Self.isSameTwice("SCRYPT", whole: true) != nil)
        }
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: false) == .plain)
            #expect(Self.isSameTwice("TLS13-KDF") != nil)
            #expect(Self.mac("SHA2-256", key: [1], [2]) != nil)
        }
    }
}
