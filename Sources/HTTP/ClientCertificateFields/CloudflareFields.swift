// SPDX-License-Identifier: Apache-2.0
/// The fields of Cloudflare: Cf-Client-Cert-Der-Base64, and those of a managed transform.
///
/// developers.cloudflare.com: the first comes with `client_certificate_forwarding`
/// (ssl/client-certificates/forward-a-client-certificate), the others with the managed transform
/// "Add TLS client auth headers" (rules/transform/managed-transforms/reference):
/// `cf-cert-verified`, `cf-cert-revoked` and `cf-cert-presented`, each `true` or `false`. The
/// certificate is forwarded whether or not its verification succeeded.
enum CloudflareFields {
    static let names = ClientCertificateFieldNames(
        known: "cf-client-cert-der-base64",
        verification: "cf-cert-verified",
        presence: "cf-cert-presented",
        revocation: "cf-cert-revoked"
    )

    static func read(
        _ values: ClientCertificateValues,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        let isVerified = try flag(values.verification, bytes)
        let isPresented = try flag(values.presence, bytes)
        let isRevoked = try flag(values.revocation, bytes)
        guard let field = values.certificate else {
            // A certificate was presented, and forwarding is off or it was too long to forward.
            guard isVerified != true, isPresented != true else { throw .certificateNotForwarded }
            return nil
        }
        guard isPresented != false else { throw .contradiction }
        let leaf = try CertificateBytes.base64(field, bytes)
        var word: VerificationWord?
        if isRevoked == true {
            word = .failed("revoked")
        } else if let isVerified {
            word = isVerified ? .success : .failed("not verified")
        }
        return try .joined(leaf: leaf, word: word, values)
    }

    private static func flag(
        _ range: Range<Int>?,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> Bool? {
        guard let range else { return nil }
        if ASCII.equals(bytes, range, "true") { return true }
        guard ASCII.equals(bytes, range, "false") else { throw .malformedVerification }
        return false
    }
}
