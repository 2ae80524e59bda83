// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// Public keys from the numbers that JSON Web Keys carry.
struct PublicKeyEncodingTests {
    private let openssl: OpenSSLCommand

    init() throws {
        openssl = try OpenSSLCommand()
    }

    private func error(
        _ make: () throws(CryptographyError) -> VerificationKey
    ) -> CryptographyError? {
        do throws(CryptographyError) {
            _ = try make()
            return nil
        } catch { return error }
    }

    private func error(modulus: [UInt8], exponent: [UInt8]) -> String? {
        error { () throws(CryptographyError) in
            try VerificationKey(modulus: modulus, exponent: exponent)
        }?.reason
    }

    private func error(_ curve: EllipticCurve, _ x: [UInt8], _ y: [UInt8]) -> CryptographyError? {
        error { () throws(CryptographyError) in try VerificationKey(curve: curve, x: x, y: y) }
    }

    /// The public half of a key that the openssl command made, in DER.
    private func publicDER(_ algorithm: String) throws -> [UInt8] {
        try openssl.key("own", algorithm)
        try openssl.run("pkey -in own-key.pem -pubout -outform DER -out own.der")
        return try openssl.bytes("own.der")
    }

    /// The modulus of an RSA key that the openssl command made, and its DER.
    private func modulus(bits: Int, exponent: Int = 65_537) throws -> ([UInt8], der: [UInt8]) {
        let options = "-pkeyopt rsa_keygen_bits:\(bits) -pkeyopt rsa_keygen_pubexp:\(exponent)"
        let der = try publicDER("RSA \(options)")
        let printed = try openssl.run("rsa -in own-key.pem -noout -modulus")
        let digits = Array(printed.utf8.drop { $0 != UInt8(ascii: "=") }.dropFirst().dropLast())
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16)
        }
        return (bytes, der)
    }

    // MARK: the RFCs' keys

    @Test func `RFC 7515's key on a curve verifies its signature`() throws {
        let (x, y) = (RFC7515Key.bytes(RFC7515Key.x), RFC7515Key.bytes(RFC7515Key.y))
        let key = try VerificationKey(curve: .p256, x: x, y: y)
        #expect(key.verifies(RFC7515Key.signature, over: RFC7515Key.message, by: .es256))
        #expect(!key.verifies(RFC7515Key.signature, over: [1], by: .es256))
        let der = try PublicKeyEncoding.point(on: .p256, x: x, y: y)
        #expect(der == RFC7515Key.subjectPublicKeyInfo)
    }

    @Test func `RFC 7515's RSA key verifies its signature`() throws {
        // Appendix A.2.
        let key = try VerificationKey(modulus: RFC7515RSAKey.modulus, exponent: [1, 0, 1])
        let (signature, text) = (RFC7515RSAKey.signature, RFC7515RSAKey.message)
        #expect(key.verifies(signature, over: text, by: .rs256))
        #expect(!key.verifies(signature, over: text.dropLast() + [0x52], by: .rs256))
        #expect(!key.verifies(signature, over: text, by: .ps256))
    }

    @Test func `RFC 8037's key verifies its signature`() throws {
        // Appendix A.4.
        let bytes = RFC7515Key.bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        let text = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
        let signature = RFC7515Key.bytes(
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_M"
                + "uM0KAg"
        )
        #expect(try VerificationKey(ed25519: bytes).verifies(signature, over: text, by: .edDSA))
        var other = bytes
        other[0] ^= 1
        let foreign = try? VerificationKey(ed25519: other)
        #expect(foreign?.verifies(signature, over: text, by: .edDSA) != true)
    }

    // MARK: agreement with openssl

    @Test(arguments: [2048, 2056, 3072, 4096])
    func `an RSA key has the bytes that openssl writes`(bits: Int) throws {
        let made = try modulus(bits: bits)
        #expect(try PublicKeyEncoding.rsa(modulus: made.0, exponent: [1, 0, 1]) == made.der)
        #expect(error(modulus: made.0, exponent: [1, 0, 1]) == nil)
    }

    @Test(arguments: EllipticCurve.allCases)
    func `a point has the bytes that openssl writes`(curve: EllipticCurve) throws {
        let der = try publicDER("EC -pkeyopt ec_paramgen_curve:\(curve.rawValue)")
        let count = curve.coordinateCount
        let x = Array(der.suffix(2 * count).prefix(count))
        let y = Array(der.suffix(count))
        #expect(try PublicKeyEncoding.point(on: curve, x: x, y: y) == der)
        let algorithm: SignatureAlgorithm =
            switch curve {
            case .p256: .es256
            case .p384: .es384
            case .p521: .es512
            }
        let key = try VerificationKey(curve: curve, x: x, y: y)
        for other in SignatureAlgorithm.allCases {
            #expect(key.fits(other) == (other == algorithm))
        }
    }

    @Test func `an Ed25519 key has the bytes that openssl writes`() throws {
        let der = try publicDER("ED25519")
        #expect(try PublicKeyEncoding.ed25519(Array(der.suffix(32))) == der)
    }

    // MARK: refusals

    @Test(arguments: EllipticCurve.allCases)
    func `a point that is not on its curve is refused`(curve: EllipticCurve) throws {
        let der = try publicDER("EC -pkeyopt ec_paramgen_curve:\(curve.rawValue)")
        let count = curve.coordinateCount
        let (x, y) = (Array(der.suffix(2 * count).prefix(count)), Array(der.suffix(count)))
        #expect(error(curve, x, y) == nil)
        for wrong in [y.dropLast() + [(y.last ?? 0) ^ 1], x, [UInt8](repeating: 0, count: count)] {
            #expect(error(curve, x, wrong) != nil)
        }
        let zero = [UInt8](repeating: 0, count: count)
        #expect(error(curve, zero, zero) != nil)
        #expect(error(curve, [UInt8](repeating: 0xFF, count: count), y) != nil)
        #expect(error(curve, y, x) != nil)
    }

    @Test(arguments: EllipticCurve.allCases)
    func `a coordinate of another length is refused`(curve: EllipticCurve) throws {
        let der = try publicDER("EC -pkeyopt ec_paramgen_curve:\(curve.rawValue)")
        let count = curve.coordinateCount
        let (x, y) = (Array(der.suffix(2 * count).prefix(count)), Array(der.suffix(count)))
        let wrong = [
            (Array(x.dropLast()), y), (x, Array(y.dropFirst())), ([0] + x, y), (x, y + [0]),
            ([], y), (x, []), (x + [0], Array(y.dropLast())),
        ]
        for (x, y) in wrong {
            let reason = error(curve, x, y)?.reason ?? ""
            #expect(reason.contains("\(count) bytes"), "\(reason)")
        }
    }

    @Test func `an Ed25519 key of another length is refused`() {
        for count in [0, 1, 31, 33, 57, 64] {
            let found = error { () throws(CryptographyError) in
                try VerificationKey(ed25519: [UInt8](repeating: 9, count: count))
            }
            #expect(found?.reason == "Its Ed25519 key does not have 32 bytes.")
        }
    }

    @Test(arguments: [512, 1024, 2040])
    func `a short RSA key is refused`(bits: Int) throws {
        let reason = error(modulus: try modulus(bits: bits).0, exponent: [1, 0, 1])
        #expect(reason == "Its RSA key has \(bits) bits. Use at least 2048.")
    }

    @Test func `a long RSA key is refused`() {
        var modulus = [UInt8](repeating: 0xFF, count: 1025)
        let reason = error(modulus: modulus, exponent: [1, 0, 1])
        #expect(reason == "Its RSA key has 8200 bits. Use at most 8192.")
        modulus.removeLast()
        #expect(error(modulus: modulus, exponent: [1, 0, 1]) == nil)
    }

    @Test func `an exponent that makes no sense is refused`() throws {
        let modulus = try modulus(bits: 2048).0
        let right: [[UInt8]] = [
            [3], [17], [1, 0, 1], [0x80, 1], [UInt8](repeating: 0xFF, count: 8),
        ]
        for exponent in right { #expect(error(modulus: modulus, exponent: exponent) == nil) }
        let wrong: [[UInt8]] = [
            [], [0], [1], [2], [1, 0, 0], [0, 3], [0, 1, 0, 1],
            [1] + [UInt8](repeating: 0, count: 7) + [1],
        ]
        for exponent in wrong {
            #expect(error(modulus: modulus, exponent: exponent) != nil, "\(exponent)")
        }
    }

    @Test(arguments: [(256, 64), (384, 64), (512, 64), (513, 64), (640, 43), (1024, 17)])
    func `the larger a modulus is, the smaller its exponent has to be`(bytes: Int, bits: Int) {
        func exponent(of bits: Int) -> [UInt8] {
            let top = UInt8(1) << UInt8((bits - 1) % 8)
            return [top] + [UInt8](repeating: 0, count: (bits - 1) / 8 - 1) + [1]
        }
        let modulus = [UInt8](repeating: 0xFF, count: bytes)
        #expect(error(modulus: modulus, exponent: exponent(of: bits)) == nil)
        #expect(error(modulus: modulus, exponent: exponent(of: bits + 1)) != nil)
    }

    @Test func `a modulus with zeros before it, or an even one, is refused`() throws {
        let modulus = try modulus(bits: 2048).0
        #expect(error(modulus: [0] + modulus, exponent: [1, 0, 1]) != nil)
        #expect(error(modulus: [], exponent: [1, 0, 1]) != nil)
        #expect(error(modulus: modulus.dropLast() + [2], exponent: [1, 0, 1]) != nil)
        #expect(error(modulus: [1] + modulus, exponent: [1, 0, 1]) != nil)
    }
}

/// The RSA key of RFC 7515, appendix A.2, and what it signed there.
private enum RFC7515RSAKey {
    static let modulus = RFC7515Key.bytes(
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJ"
            + "PMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0"
            + "LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD"
            + "Zlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2"
            + "PAcDTW9gb54h4FRWyuXpoQ"
    )
    static let message = Array(
        ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
            + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ").utf8
    )
    static let signature = RFC7515Key.bytes(
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF"
            + "5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK"
            + "5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqt"
            + "FZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"
            + "p0igcN_IoypGlUPQGe77Rw"
    )
}
