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

    @Test func `clearing leaves no error of many`() {
        // More than the queue holds.
        for _ in 0..<20 {
            // SAFETY: NULL is what the call refuses.
            _ = unsafe EVP_PKEY_new_raw_public_key_ex(nil, "X25519", nil, [1], 1)
        }
        #expect(ERR_peek_error() != 0)
        ERR_clear_error()
        #expect(ERR_peek_error() == 0)
        ERR_clear_error()
        #expect(ERR_peek_error() == 0)
    }

    /// The secret that `own` and a peer's point make; nil where it is refused.
    private static func secret(_ own: Key, peer point: [UInt8]) -> [UInt8]? {
        defer { ERR_clear_error() }
        // SAFETY: each handle is freed, and the buffer has more room than any secret here takes.
        let peer = unsafe EVP_PKEY_new()
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(handfast_library(), own.handle, nil)
        defer {
            unsafe EVP_PKEY_free(peer)
            unsafe EVP_PKEY_CTX_free(context)
        }
        var secret = [UInt8](repeating: 0, count: 128)
        var count = secret.count
        let done =
            unsafe EVP_PKEY_copy_parameters(peer, own.handle) == 1
            && EVP_PKEY_set1_encoded_public_key(peer, point, point.count) == 1
            && EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1
            && EVP_PKEY_derive(context, &secret, &count) == 1
        return done ? Array(secret.prefix(count)) : nil
    }

    private static func point(_ key: Key) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        // SAFETY: OpenSSL allocates exactly `count` bytes, which are freed after copying.
        let count = unsafe EVP_PKEY_get1_encoded_public_key(key.handle, &bytes)
        defer { unsafe CRYPTO_free(bytes, #fileID, #line) }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    }

    @Test(arguments: [false, true])
    func `both ends make one secret, points that give none are refused`(isP256: Bool) throws {
        let (one, other) =
            isP256 ? (try Key(.p256), try Key(.p256)) : (try Key.x25519(), try Key.x25519())
        let secret = Self.secret(one, peer: Self.point(other))
        #expect(secret?.count == 32)
        #expect(secret == Self.secret(other, peer: Self.point(one)))
        // Of order 1 (RFC 7748 §6.1), and not on the curve (RFC 8422 §5.11).
        var bad = [UInt8](repeating: 0, count: Self.point(one).count)
        #expect(Self.secret(one, peer: bad) == nil)
        bad = Self.point(other)
        #expect(Self.secret(one, peer: Array(bad.dropLast())) == nil)
        guard isP256 else { return }
        bad[bad.count - 1] ^= 1
        #expect(Self.secret(one, peer: bad) == nil)
    }
}
