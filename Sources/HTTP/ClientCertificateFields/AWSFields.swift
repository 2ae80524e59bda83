// SPDX-License-Identifier: Apache-2.0
/// The fields of an AWS Application Load Balancer.
///
/// docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html, HTTP
/// headers: in verify mode X-Amzn-Mtls-Clientcert-Leaf is the "URL-encoded PEM format of the leaf
/// certificate, with +=/ as safe characters"; in passthrough mode X-Amzn-Mtls-Clientcert is that of
/// "the entire client certificate chain presented in the connection", the leaf first. A listener
/// can give both other names.
///
/// The fields carry no verification result: verify mode drops the connections that it refuses, and
/// passthrough mode accepts everything. The field's name tells the listener's mode; a caller that
/// relies on verify mode configures no chain field.
enum AWSFields {
    static let names = ClientCertificateFieldNames(
        known: "x-amzn-mtls-clientcert-leaf",
        chain: "x-amzn-mtls-clientcert"
    )

    private static let safe = "+=/"

    static func read(
        _ values: ClientCertificateValues,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        // One listener is in one mode.
        guard values.certificate == nil || values.chain == nil else { throw .contradiction }
        var found: [[UInt8]] = []
        if let field = values.certificate {
            found = try CertificateBytes.escapedPEM(field, bytes, safe: safe, countMax: 1)
        } else if let field = values.chain {
            let countMax = ClientCertificateReader.chainMax + 1
            found = try CertificateBytes.escapedPEM(field, bytes, safe: safe, countMax: countMax)
        }
        return try .joined(
            leaf: found.first,
            chain: Array(found.dropFirst()),
            word: nil,
            values
        )
    }
}
