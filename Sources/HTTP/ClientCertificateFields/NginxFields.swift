// SPDX-License-Identifier: Apache-2.0
/// The fields of nginx: `$ssl_client_escaped_cert`, and `$ssl_client_verify` beside it.
///
/// nginx.org/en/docs/http/ngx_http_ssl_module.html, embedded variables: the first is the
/// certificate in PEM, "urlencoded"; the second `SUCCESS`, `FAILED:reason`, or `NONE` if there was
/// no certificate. The escaping is that of a URI component: unreserved characters alone stand for
/// themselves. An empty variable sets no field. `$ssl_client_cert`, with its line folding, is
/// obsolete, and refused.
///
/// The names are those of ingress-nginx; nginx has none of its own.
enum NginxFields {
    static let names = ClientCertificateFieldNames(
        known: "ssl-client-cert",
        verification: "ssl-client-verify"
    )

    static func read(
        _ values: ClientCertificateValues,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        var leaf: [UInt8]?
        if let field = values.certificate {
            leaf = try CertificateBytes.escapedPEM(field, bytes, countMax: 1).first
        }
        var word: VerificationWord?
        if let verification = values.verification {
            word = try VerificationWord(verification, bytes)
        }
        return try .joined(leaf: leaf, word: word, values)
    }
}
