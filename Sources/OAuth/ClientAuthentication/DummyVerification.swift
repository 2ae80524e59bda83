// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP

/// Dummy work for unknown clients, equal to the work of a refusal, so that timing does not reveal
/// which clients exist (RFC 9700 §2.5 leaves client identifiers public; Handfast does not publish
/// them).
///
/// The results are ignored. Each dummy costs as much as the real check, so an attacker gains
/// nothing by causing it.
enum DummyVerification {
    /// Reads a peer's certificate and compares its subject, as `CertificateTrust.check` does up to
    /// the chain; nil where there is none that can be parsed.
    static func readCertificate(of peer: some Peer, proven: Digest256) -> Certificate? {
        guard let der = peer.certificates().first, let certificate = try? Certificate(der: der),
            certificate.thumbprint == proven
        else { return nil }
        _ = dummySubject?.matches(certificate)
        return certificate
    }

    /// Does the work that a certificate of a known client costs; returns the details for the log.
    static func certificateCheck(of peer: some Peer) -> BoxedCertificateCheck? {
        guard let thumbprint = peer.thumbprint,
            let read = readCertificate(of: peer, proven: thumbprint)
        else { return nil }
        return BoxedCertificateCheck(.otherSubject(read))
    }

    private static let dummySubject = try? CertificateSubject(
        .distinguishedName,
        parsing: "CN=no client has this subject,O=Handfast"
    )

    /// A dummy key of the algorithm's kind; nil for unsupported kinds.
    static func key(for algorithm: SignatureAlgorithm) -> JSONWebKey? {
        keys?.candidates(keyID: nil, algorithm)?.first
    }

    /// A dummy secret, as long as HS512 needs.
    static let secret = [UInt8](repeating: 0x5a, count: 64)

    // Dummy keys whose private halves are public: the modulus of RFC 7517's appendix A.1, and the
    // curves' generators. RSA has 2048 bits, as most clients' keys have.
    private static let keys = try? JSONWebKeySet(Array(text.utf8).span)
    private static let text = #"{"keys":[\#(rsa),\#(p256),\#(p384),\#(p521),\#(ed25519)]}"#
    private static let rsa =
        #"{"kty":"RSA","e":"AQAB","n":""#
        + "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1"
        + "L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4"
        + "QyQ5v-65YGjQR0_FDW2Qvzqe5EwJU4TmMGUjK4KfC6dZ1bMGJKm0vEQ9XJGZKzMaFp_uSAG3tq8Ni1b4"
        + "e3bAHFKgUyg6F0xJfbLdRj2bvLk_mNvjs3rCHBrg0oR6bNGnqQm8W_c0dcpUAFRe7DFfBhGd9n1jzJWd"
        + "Y0LcOT1wHdx9A1vC5yUcDw"
        + #""}"#
    private static let p256 =
        #"{"kty":"EC","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","#
        + #""y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}"#
    private static let p384 =
        #"{"kty":"EC","crv":"P-384","#
        + #""x":"qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3","#
        + #""y":"NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f"}"#
    private static let p521 =
        #"{"kty":"EC","crv":"P-521","x":"AMaFjga3BATpzZ4-y2YjlbRCnGSBOQU_tSH4KK9ga009uqFLXn"#
        + #"fv51ko_h3BJ6L_qN4zSLPBhWpCm_l-fjHC5b1m","y":"ARg5KWp4mjvABFyKX7QsfRvZmPVESVebRGgX"#
        + #"r70XJz5mLJfucple9CZAxVC5AT-tB2E1PHCGonLCQIi-lHaf0WZQ"}"#
    private static let ed25519 =
        #"{"kty":"OKP","crv":"Ed25519","x":"WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY"}"#
}
