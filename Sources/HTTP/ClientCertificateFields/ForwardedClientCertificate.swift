// SPDX-License-Identifier: Apache-2.0
/// A client's certificate as forwarded by the proxy that ended its TLS connection.
///
/// As trustworthy as the proxy: the caller must make sure that the proxy is a trusted one, and that
/// it removes these fields from clients' requests.
public struct ForwardedClientCertificate: Sendable, Equatable {
    /// The proxy's verification of the certificate.
    public enum Verification: Sendable, Equatable {
        /// The proxy has verified the chain.
        case accepted
        /// Verification failed; the reason is the proxy's text, for the log.
        case refused(reason: String)
        /// The format has a verification result, it is expected, and it is missing.
        case absent
        /// The format has no verification result, or none is expected.
        case notGiven
    }

    /// The client's own certificate in DER, which has been parsed no further than its outer length.
    public let leaf: [UInt8]
    /// The other certificates that the client sent, in its order, without the leaf.
    public let chain: [[UInt8]]
    /// The proxy's verification result.
    public let verification: Verification
    /// SHA-256 of the leaf as the proxy sent it beside the leaf; Envoy alone does.
    public let leafDigest: [UInt8]?

    init(
        leaf: [UInt8],
        chain: [[UInt8]] = [],
        verification: Verification,
        leafDigest: [UInt8]? = nil
    ) {
        self.leaf = leaf
        self.chain = chain
        self.verification = verification
        self.leafDigest = leafDigest
    }
}

extension ForwardedClientCertificate {
    /// Whether verification failed only because the proxy has no trust anchor for the certificate.
    ///
    /// The words are those of X509_verify_cert_error_string, of OpenSSL 1.1 and of 3, and the
    /// numbers of X509_V_ERR_ (x509_vfy.h); nginx accepts the same ones with `optional_no_ca`
    /// (ngx_ssl_verify_error_optional).
    public var lacksTrustAnchorOnly: Bool {
        guard case .refused(let reason) = verification else { return false }
        return Self.unknownCAReasons.contains(reason)
    }

    private static let unknownCAReasons: Set<String> = [
        "self-signed certificate", "self signed certificate",
        "self-signed certificate in certificate chain",
        "self signed certificate in certificate chain",
        "unable to get local issuer certificate", "unable to verify the first certificate",
        "certificate not trusted", "GENEROUS",
        "result 18", "result 19", "result 20", "result 21", "result 27",
    ]
}

/// Why the fields of a proxy are refused; the request is then answered with 400.
public enum ClientCertificateFieldError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A field more than once, or once under its name and once under an alias.
    case repeated(FieldName)
    /// A field under an alias, which other servers would read as this one.
    case alias(FieldName)
    /// More bytes than a certificate and its chain have.
    case tooLarge
    /// More certificates than a chain has.
    case chainTooLong
    /// Several certificates where one is expected.
    case severalCertificates
    /// Several proxies have added to the field, and only the last one is trusted.
    case severalProxies
    /// A chain without the certificate it belongs to.
    case chainWithoutCertificate
    /// The fields mention a certificate that the proxy is not configured to send.
    case certificateNotForwarded
    /// The fields contradict each other.
    case contradiction
    /// A percent sign without two digits, or a character that should have been escaped.
    case malformedEscape
    /// Base64 in a spelling other than an encoder's, or in another alphabet.
    case malformedBase64
    /// Text that is no block of PEM, or another kind of block.
    case malformedPEM
    /// Bytes that are not exactly one DER sequence.
    case malformedDER
    /// A field that does not follow its format.
    case malformedField
    /// A verification result that the format does not have.
    case malformedVerification

    /// A stable word for the log.
    public var description: String {
        switch self {
        case .repeated(let name): "\(name) is repeated"
        case .alias(let name): "an alias of \(name)"
        case .tooLarge: "too large"
        case .chainTooLong: "chain too long"
        case .severalCertificates: "several certificates"
        case .severalProxies: "several proxies"
        case .chainWithoutCertificate: "chain without certificate"
        case .certificateNotForwarded: "certificate not forwarded"
        case .contradiction: "contradiction"
        case .malformedEscape: "malformed escape"
        case .malformedBase64: "malformed Base64"
        case .malformedPEM: "malformed PEM"
        case .malformedDER: "malformed DER"
        case .malformedField: "malformed field"
        case .malformedVerification: "malformed verification result"
        }
    }
}
