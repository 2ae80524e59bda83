// SPDX-License-Identifier: Apache-2.0
/// What Apache tells: `%{SSL_CLIENT_CERT}s` and `%{SSL_CLIENT_VERIFY}s` of mod_ssl, in fields that
/// mod_headers sets.
///
/// httpd.apache.org/docs/2.4/mod/mod_ssl.html, environment variables: the certificate in PEM, and
/// `NONE`, `SUCCESS`, `GENEROUS` or `FAILED:reason`. mod_headers puts a space in the place of every
/// line end, and `(null)` for a variable that is not there (unwrap_header and
/// header_request_ssl_var of modules/metadata/mod_headers.c).
///
/// The names are the variables' own, as Keycloak and others want them; Apache has none.
enum ApacheFields {
    static let names = ClientCertificateFieldNames(
        known: "ssl_client_cert",
        verdict: "ssl_client_verify"
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
        if let verdict = set(values.verdict, bytes) { word = try self.word(verdict, bytes) }
        return try .joined(leaf: leaf, word: word, values)
    }

    private static func set(_ field: Range<Int>?, _ bytes: Span<UInt8>) -> Range<Int>? {
        guard let field, !ASCII.equals(bytes, field, "(null)") else { return nil }
        return field
    }

    private static func word(
        _ verdict: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> VerificationWord {
        // Let pass under `SSLVerifyClient optional_no_ca`, which is not verified.
        if ASCII.equals(bytes, verdict, "GENEROUS") { return .failed("GENEROUS") }
        return try VerificationWord(verdict, bytes)
    }
}
