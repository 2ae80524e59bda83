// SPDX-License-Identifier: Apache-2.0
/// The field of Traefik: X-Forwarded-Tls-Client-Cert of the middleware PassTLSClientCert with
/// `pem`.
///
/// The certificates that the client sent, its own first, each in Base64 without the lines around a
/// PEM block, and commas between them. Version 2 query-escapes each one (`+`, `/` and `=` are
/// affected), version 3 does not (getCertificates and sanitize of
/// pkg/middlewares/passtlsclientcert/pass_tls_client_cert.go). Both are accepted, a mixture is not.
///
/// The format has no verification result, and the middleware does not remove the field of a client
/// without a certificate; the entry point's `forwardedHeaders` does.
enum TraefikFields {
    static let names = ClientCertificateFieldNames(known: "x-forwarded-tls-client-cert")

    static func read(
        _ values: ClientCertificateValues,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        guard let field = values.certificate else { return nil }
        let isEscaped = field.contains { bytes[$0] == UInt8(ascii: "%") }
        var found: [[UInt8]] = []
        var start = field.lowerBound
        for index in field.lowerBound...field.upperBound {
            guard index == field.upperBound || bytes[index] == UInt8(ascii: ",") else { continue }
            guard found.count <= ClientCertificateReader.chainMax else { throw .chainTooLong }
            found.append(try certificate(start..<index, bytes, isEscaped: isEscaped))
            start = index + 1
        }
        return try .joined(
            leaf: found.first,
            chain: Array(found.dropFirst()),
            word: nil,
            values
        )
    }

    private static func certificate(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>,
        isEscaped: Bool
    ) throws(ClientCertificateFieldError) -> [UInt8] {
        guard isEscaped else { return try CertificateBytes.base64(range, bytes) }
        guard let text = PercentEncoding.decode(bytes.extracting(range)) else {
            throw .malformedEscape
        }
        return try CertificateBytes.base64(0..<text.count, text.span)
    }
}
