import COpenSSL
import Cryptography
import Testing

/// Public keys of X25519 and the slim provider's new keys, beside OpenSSL's.
struct SlimX25519Tests {
    private static func publicKey(_ secret: [UInt8]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: 32)
        // SAFETY: 32 bytes are read, and 32 written.
        unsafe handfast_curve25519_public(&out, secret)
        return out
    }

    private static func publicKeyOfOpenSSL(_ secret: [UInt8]) throws -> [UInt8] {
        // SAFETY: the key is freed here; 32 bytes are read, and at most 32 written.
        let library = unsafe handfast_library()
        let made = unsafe EVP_PKEY_new_raw_private_key_ex(library, "X25519", nil, secret, 32)
        guard let key = unsafe made else { throw Refusal("a private key") }
        defer { unsafe EVP_PKEY_free(key) }
        return try unsafe raw(key, EVP_PKEY_get_raw_public_key)
    }

    private static func raw(
        _ key: OpaquePointer,
        _ get: (OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?) -> Int32
    ) throws -> [UInt8] {
        var out = [UInt8](repeating: 0, count: 32)
        var count = 32
        // SAFETY: at most `count` bytes are written.
        guard unsafe get(key, &out, &count) == 1, count == 32 else { throw Refusal("a raw key") }
        return out
    }

    /// A key made in the default library context, as libssl makes one.
    private static func newKey(
        group: String = "X25519"
    ) throws -> (secret: [UInt8], published: [UInt8]) {
        // SAFETY: context and key are freed here.
        let made = unsafe EVP_PKEY_CTX_new_from_name(nil, "X25519", nil)
        guard let context = unsafe made else { throw Refusal("a context") }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_group_name(context, group) == 1,
            unsafe EVP_PKEY_generate(context, &key) == 1, let key = unsafe key
        else { throw Refusal("a new key") }
        defer { unsafe EVP_PKEY_free(key) }
        let secret = try unsafe raw(key, EVP_PKEY_get_raw_private_key)
        return (secret, try unsafe raw(key, EVP_PKEY_get_raw_public_key))
    }

    @Test func `the examples of RFC 7748 come out`() {
        #expect(handfast_curve25519_prepare() == 1)
        let examples = [
            // §6.1: Alice and Bob; §5.2: one iteration.
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a":
                "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb":
                "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
            "0900000000000000000000000000000000000000000000000000000000000000":
                "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
        ]
        for (secret, expected) in examples {
            let digits = secret.compactMap { UInt8(String($0), radix: 16) }
            var secret = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
            #expect(Hexadecimal.text(Self.publicKey(secret)) == expected)
            // Another bit of the secret, one that counts, gives another key.
            secret[0] ^= 8
            #expect(Hexadecimal.text(Self.publicKey(secret)) != expected)
        }
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max)])
    func `public keys are those of OpenSSL`(seed: UInt64) throws {
        #expect(handfast_curve25519_prepare() == 1)
        var random = SeededGenerator(seed: seed)
        for round in 0..<1000 {
            // Long runs of equal bits are where carries and signed digits go wrong.
            let run = Int.random(in: 0...32, using: &random)
            let filling = [0x00, 0xFF, 0x88, 0x77, 0x80, 0x08][round % 6] as UInt8
            let secret = (0..<32).map {
                $0 < run && round % 2 == 0 ? filling : UInt8.random(in: 0...255, using: &random)
            }
            let expected = try Self.publicKeyOfOpenSSL(secret)
            #expect(Self.publicKey(secret) == expected, "seed \(seed), round \(round)")
        }
    }

    @Test func `the slim provider's keys are OpenSSL's, and each is a new one`() async {
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: true) == .slim)
            let before = handfast_x25519_keys_made()
            var seen: Set<[UInt8]> = []
            for _ in 0..<100 {
                let (secret, published) = try Self.newKey()
                #expect(secret[0] & 7 == 0 && secret[31] & 0xC0 == 0x40)
                #expect(try published == Self.publicKeyOfOpenSSL(secret))
                seen.insert(secret)
            }
            #expect(seen.count == 100)
            #expect(handfast_x25519_keys_made() == before + 100)
        }
    }

    @Test func `another group's name is refused`() async {
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: true) == .slim)
            #expect(throws: Refusal.self) { try Self.newKey(group: "X448") }
        }
    }
}
