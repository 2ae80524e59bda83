// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Text

/// A CA of a trust set or of a client, out of the certificate that the server gives.
package struct CertificateAuthority: Sendable {
    let subject: String
    let issuer: String
    let notBefore: Int64
    let notAfter: Int64
    let thumbprint: String

    /// The CAs of a JWK Set's `keys` that can be read.
    package static func all(_ keys: [JSONValue]) -> [CertificateAuthority] {
        keys.compactMap { key in
            guard let text = key["x5c"]?.list.first,
                let der = Base64.decode(text.utf8Span.span),
                let certificate = try? Certificate(der: der)
            else { return nil }
            return CertificateAuthority(certificate)
        }
    }

    private init(_ certificate: Certificate) {
        subject = certificate.subject.canonical
        issuer = certificate.issuer.canonical
        (notBefore, notAfter) = (certificate.notBefore, certificate.notAfter)
        thumbprint = certificate.thumbprint.base64URL
    }

    /// CAs in a table, in their order.
    package static func table(_ cas: [CertificateAuthority], _ now: Int64) -> HTML {
        let columns = ["Subject", "Issuer", "Valid", "Left", "Thumbprint"].map { Table.Column($0) }
        return Table("CAs", columns, cas.map { $0.row(now) }).markup
    }

    private func row(_ now: Int64) -> [HTML] {
        [
            "<bdi>\(subject)</bdi>",
            issuer == subject
                ? "<span class=\"soft\">itself</span>" : "<bdi>\(issuer)</bdi>",
            "\(TimeMarkup.day(notBefore)) to \(TimeMarkup.day(notAfter))",
            TimeMarkup.left(until: notAfter, from: now),
            "<code>\(thumbprint)</code>",
        ]
    }
}
