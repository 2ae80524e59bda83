// SPDX-License-Identifier: Apache-2.0
/// The public keys that are accepted of a client, and of the CAs above it.
enum KeyPolicy {
    /// Below it a modulus can be factored by those who care (RFC 9325 §4.5).
    static let rsaBitsMin = 2048
    /// Above it one verification costs more than a whole handshake should.
    static let rsaBitsMax = 8192
    /// The limit of OpenSSL for large moduli; real exponents have 17 bits.
    static let exponentBytesMax = 8
    /// The bits of 65537.
    ///
    /// With the largest modulus a longer exponent would double the cost of a verification and more;
    /// with a smaller one it may be as long as its work stays below that.
    private static let exponentBits = 17

    /// Why the key is not acceptable, nil if it is.
    static func reasonToRefuse(_ key: PublicKeyDescription) -> String? {
        switch key.algorithm {
        case .rsa, .rsaPSS: reasonToRefuseRSA(key)
        case .ellipticCurve where key.bits == 0:
            "Its key is on the curve \(curve(key)). Use P-256, P-384 or P-521."
        case .ed25519 where key.bits == 0: "Its Ed25519 key does not have 32 bytes."
        case .ellipticCurve, .ed25519: nil
        case .ed448, .dsa, .other:
            "Its key is of the type \(key.name). Use RSA, P-256, P-384, P-521 or Ed25519."
        }
    }

    /// A warning about an acceptable but unusual key; nil if there is none.
    static func warning(_ key: PublicKeyDescription) -> String? {
        guard !key.exponent.isEmpty, key.exponent.count < 3 else { return nil }
        return "Its RSA exponent is small. 65537 is usual."
    }

    private static func reasonToRefuseRSA(_ key: PublicKeyDescription) -> String? {
        if key.bits < rsaBitsMin {
            return "Its RSA key has \(key.bits) bits. Use at least \(rsaBitsMin)."
        }
        if key.bits > rsaBitsMax {
            return "Its RSA key has \(key.bits) bits. Use at most \(rsaBitsMax)."
        }
        guard key.bits.isMultiple(of: 8), let last = key.modulus.last, last & 1 == 1 else {
            return "Its RSA modulus is odd in size or even in value. Make a new key."
        }
        let exponent = key.exponent
        guard exponent.count <= exponentBytesMax, let low = exponent.last, low & 1 == 1,
            exponent.count > 1 || low >= 3
        else { return "Its RSA exponent is not sensible. Make a new key; 65537 is usual." }
        let power = exponent.count * 8 - (exponent.first?.leadingZeroBitCount ?? 0)
        guard key.bits * key.bits * power <= rsaBitsMax * rsaBitsMax * exponentBits else {
            return "Its RSA exponent is too large for its modulus. Make a new key; 65537 is usual."
        }
        return nil
    }

    private static func curve(_ key: PublicKeyDescription) -> String {
        if case .ellipticCurve(let name?) = key.algorithm { return name }
        return "of its own parameters"
    }
}

extension KeyPolicy {
    /// The cost of verifying a signature with the key, in those of ordinary keys.
    ///
    /// OpenSSL 3.0 takes 25 to 190 µs for RSA, P-256 and Ed25519, and 800 to 900 for the others.
    static func signatureCost(_ key: PublicKeyDescription) -> Int {
        switch key.algorithm {
        case .rsa, .rsaPSS: key.bits > 4096 ? slowCost : 1
        case .ellipticCurve: key.bits > 256 ? slowCost : 1
        case .ed25519, .ed448, .dsa, .other: 1
        }
    }

    private static let slowCost = 4
}
