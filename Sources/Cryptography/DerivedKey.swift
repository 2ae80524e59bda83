// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A key pair made from given bytes, the same for the same bytes on every machine.
///
/// For load targets and tests, where the bytes follow from a public seed: no secret at all.
public struct DerivedKey: Sendable, Equatable {
    /// The private key, PKCS #8 in DER (RFC 5958).
    public let pkcs8: [UInt8]
    /// The public key, SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7).
    public let subjectPublicKeyInfo: [UInt8]

    /// Bytes for a key on P-256: 64 bits more than its order has, so that the remainder has no
    /// bias that could be measured (FIPS 186-5 A.2.1).
    public static let p256Bytes = 40
    /// Bytes for an Ed25519 key: the key itself.
    public static let ed25519Bytes = 32
    /// Bytes of each prime of an RSA key of 2048 bits.
    public static let primeBytes = 128

    /// The key on P-256 of `bytes`, 40 of them.
    public static func p256(_ bytes: [UInt8]) throws(CryptographyError) -> DerivedKey {
        precondition(bytes.count == p256Bytes)
        var scalar = [UInt8](repeating: 0, count: 32)
        var point = [UInt8](repeating: 0, count: 65)
        // SAFETY: the bytes are passed with their count; 32 and 65 bytes are written.
        guard unsafe handfast_p256_derive(bytes, bytes.count, &scalar, &point) == 1 else {
            throw .last("deriving a P-256 key")
        }
        return DerivedKey(
            pkcs8: PrivateKeyEncoding.p256(scalar, point: point),
            subjectPublicKeyInfo: try PublicKeyEncoding.point(
                on: .p256,
                x: Array(point[1..<33]),
                y: Array(point[33...])
            )
        )
    }

    /// The Ed25519 key of `bytes`, 32 of them.
    public static func ed25519(_ bytes: [UInt8]) throws(CryptographyError) -> DerivedKey {
        precondition(bytes.count == ed25519Bytes)
        var point = [UInt8](repeating: 0, count: 32)
        // SAFETY: 32 bytes are read, and 32 are written.
        guard unsafe handfast_ed25519_public(bytes, &point) == 1 else {
            throw .last("deriving an Ed25519 key")
        }
        return DerivedKey(
            pkcs8: PrivateKeyEncoding.ed25519(bytes),
            subjectPublicKeyInfo: try PublicKeyEncoding.ed25519(point)
        )
    }

    /// The RSA key of 2048 bits whose primes are the first ones from the numbers of `bytes` on.
    ///
    /// Each number has 128 bytes; its two top bits are set, so that the modulus has 2048 bits.
    /// Takes about a tenth of a second.
    public static func rsa2048(
        _ bytes: (first: [UInt8], second: [UInt8])
    ) throws(CryptographyError) -> DerivedKey {
        let (one, other) = (try prime(from: bytes.first), try prime(from: bytes.second))
        guard one != other else {
            throw CryptographyError("deriving an RSA key", reason: "its primes are the same")
        }
        // RFC 8017 §3.2 takes either order; OpenSSL's own keys have the greater prime first.
        let isOrdered = other.lexicographicallyPrecedes(one)
        let numbers = try RSANumbers(p: isOrdered ? one : other, q: isOrdered ? other : one)
        return DerivedKey(
            pkcs8: PrivateKeyEncoding.rsa(numbers),
            subjectPublicKeyInfo: try PublicKeyEncoding.rsa(
                modulus: numbers.modulus,
                exponent: RSANumbers.publicExponent
            )
        )
    }

    private static func prime(from bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
        precondition(bytes.count == primeBytes)
        var number = bytes
        number[0] |= 0xC0
        let count = number.count
        // SAFETY: the number is read and written within its count.
        guard unsafe handfast_prime_from(&number, count) == 1 else {
            throw .last("finding a prime")
        }
        return number
    }
}

/// The numbers of an RSA key (RFC 8017 §3.2), the greatest byte first.
struct RSANumbers {
    /// 65537.
    static let publicExponent: [UInt8] = [1, 0, 1]

    let p: [UInt8]
    let q: [UInt8]
    private(set) var modulus: [UInt8]
    private(set) var exponent: [UInt8]
    private(set) var exponent1: [UInt8]
    private(set) var exponent2: [UInt8]
    private(set) var coefficient: [UInt8]

    /// Those that follow from two primes of one length, of which `p` is the greater.
    init(p: [UInt8], q: [UInt8]) throws(CryptographyError) {
        precondition(p.count == q.count)
        (self.p, self.q) = (p, q)
        let count = p.count
        modulus = [UInt8](repeating: 0, count: 2 * count)
        exponent = modulus
        exponent1 = [UInt8](repeating: 0, count: count)
        exponent2 = exponent1
        coefficient = exponent1
        // SAFETY: both primes have `count` bytes; the others have the room that is written.
        let done = unsafe handfast_rsa_derive(
            p,
            q,
            count,
            &modulus,
            &exponent,
            &exponent1,
            &exponent2,
            &coefficient
        )
        guard done == 1 else { throw .last("deriving an RSA key") }
    }
}
