// SPDX-License-Identifier: Apache-2.0
/// The fields of Apache: `%{SSL_CLIENT_CERT}s` and `%{SSL_CLIENT_VERIFY}s` of mod_ssl, set by
/// mod_headers.
///
/// httpd.apache.org/docs/2.4/mod/mod_ssl.html, environment variables: the certificate in PEM, and
/// `NONE`, `SUCCESS`, `GENEROUS` or `FAILED:reason`. mod_headers replaces every line end with a
/// space, and writes `(null)` for a variable that is not set (unwrap_header and
/// header_request_ssl_var of modules/metadata/mod_headers.c).
///
/// The names are the variables' own, as Keycloak and others use them; Apache has none.
enum ApacheFields {
    static let names = ClientCertificateFieldNames(
        known: "ssl_client_cert",
        verification: "ssl_client_verify"
    )

    static func read(
        _ values: ClientCertificateValues,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        var leaf: [UInt8]?
        if let field = set(values.certificate, bytes) {
            let text = bytes.extracting(field)
            let space = UInt8(ascii: " ")
            leaf = try CertificateBytes.pem(text, lineEnd: space, countMax: 1).first
        }
        var word: VerificationWord?
        if let verification = set(values.verification, bytes) {
            word = try self.word(verification, bytes)
        }
        return try .joined(leaf: leaf, word: word, values)
    }

    private static func set(_ field: Range<Int>?, _ bytes: Span<UInt8>) -> Range<Int>? {
        guard let field, !ASCII.equals(bytes, field, "(null)") else { return nil }
        return field
    }

    private static func word(
        _ verification: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> VerificationWord {
        // Accepted under `SSLVerifyClient optional_no_ca`, which is not verified.
        if ASCII.equals(bytes, verification, "GENEROUS") { return .failed("GENEROUS") }
        return try VerificationWord(verification, bytes)
    }
}
