// SPDX-License-Identifier: Apache-2.0
/// What a proxy says of the client at its other side.
///
/// It is as true as the proxy that says it: that the proxy is known, and takes these fields away
/// from what clients send, is for the caller to make sure of.
public struct ForwardedClientCertificate: Sendable, Equatable {
    /// What the proxy made of the certificate.
    public enum Verdict: Sendable, Equatable {
        /// It has verified the chain.
        case accepted
        /// It has not; the reason is the proxy's word, for the log.
        case refused(reason: String)
        /// The format has a verdict, it was asked for, and it is not there.
        case absent
        /// The format has no verdict, or nobody asked for it.
        case notGiven
    }

    /// The client's own certificate in DER, which has been parsed no further than its outer length.
    public let leaf: [UInt8]
    /// What else the client sent, in its order, without the leaf.
    public let chain: [[UInt8]]
    /// What the proxy made of it.
    public let verdict: Verdict
    /// SHA-256 of the leaf as the proxy has told it beside the leaf; Envoy alone does.
    public let leafDigest: [UInt8]?

    init(leaf: [UInt8], chain: [[UInt8]] = [], verdict: Verdict, leafDigest: [UInt8]? = nil) {
        self.leaf = leaf
        self.chain = chain
        self.verdict = verdict
        self.leafDigest = leafDigest
    }
}

extension ForwardedClientCertificate {
    /// Whether a refusal says only that the proxy knows no authority for the certificate.
    ///
    /// The words are those of X509_verify_cert_error_string, of OpenSSL 1.1 and of 3, and the
    /// numbers of X509_V_ERR_ (x509_vfy.h); nginx lets the same ones pass with `optional_no_ca`
    /// (ngx_ssl_verify_error_optional).
    public var lacksAuthorityOnly: Bool {
        guard case .refused(let reason) = verdict else { return false }
        return Self.authorityReasons.contains(reason)
    }

    private static let authorityReasons: Set<String> = [
        "self-signed certificate", "self signed certificate",
        "self-signed certificate in certificate chain",
        "self signed certificate in certificate chain",
        "unable to get local issuer certificate", "unable to verify the first certificate",
        "certificate not trusted", "GENEROUS",
        "result 18", "result 19", "result 20", "result 21", "result 27",
    ]
}

/// Why the fields of a proxy are not believed; the request is then answered with 400.
public enum ClientCertificateFieldError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A field more than once, or once under its name and once under an alias.
    case repeated(FieldName)
    /// A field under a name that others would take for this one.
    case alias(FieldName)
    /// More bytes than a certificate and its chain have.
    case tooLarge
    /// More certificates than a chain has.
    case chainTooLong
    /// Several certificates where one belongs.
    case severalCertificates
    /// Several proxies have added to the field, and only the last one is known.
    case severalProxies
    /// A chain without the certificate it belongs to.
    case chainWithoutCertificate
    /// A certificate is spoken of that the proxy is not configured to send.
    case certificateNotForwarded
    /// The fields contradict each other.
    case contradiction
    /// A percent sign without two digits, or a character that should have been escaped.
    case malformedEscape
    /// Another spelling than an encoder's, or another alphabet.
    case malformedBase64
    /// Another text than a block of PEM, or another kind of block.
    case malformedPEM
    /// Bytes that are no sequence of DER from the first to the last one.
    case malformedDER
    /// A field that is not made as its format wants it.
    case malformedField
    /// A verdict that the proxy does not have.
    case malformedVerdict

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
        case .malformedVerdict: "malformed verdict"
        }
    }
}
