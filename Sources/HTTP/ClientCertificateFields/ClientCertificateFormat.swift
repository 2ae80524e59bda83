// SPDX-License-Identifier: Apache-2.0
/// The formats in which proxies forward a client's certificate.
public enum ClientCertificateFormat: String, CaseIterable, Sendable {
    /// Client-Cert and Client-Cert-Chain (RFC 9440).
    case rfc9440
    /// `$ssl_client_escaped_cert` and `$ssl_client_verify`.
    case nginx
    /// X-Forwarded-Client-Cert of Envoy, which Istio and others use.
    case envoy
    /// `ssl_c_der`, `ssl_c_chain_der` and `ssl_c_verify`.
    case haproxy
    /// `SSL_CLIENT_CERT` and `SSL_CLIENT_VERIFY` of mod_ssl, set by mod_headers.
    case apache
    /// X-Forwarded-Tls-Client-Cert of the middleware PassTLSClientCert.
    case traefik
    /// X-Amzn-Mtls-Clientcert and related fields of an Application Load Balancer.
    case awsALB = "aws-alb"
    /// Cf-Client-Cert-Der-Base64 and the fields of the managed transform for client certificates.
    case cloudflare

    /// The usual field names.
    ///
    /// nginx, HAProxy and Apache leave the choice of names to their configuration; these are the
    /// most common ones.
    public var names: ClientCertificateFieldNames {
        switch self {
        case .rfc9440: RFC9440Fields.names
        case .nginx: NginxFields.names
        case .envoy: EnvoyFields.names
        case .haproxy: HAProxyFields.names
        case .apache: ApacheFields.names
        case .traefik: TraefikFields.names
        case .awsALB: AWSFields.names
        case .cloudflare: CloudflareFields.names
        }
    }

    /// Whether the format has a verification result.
    public var hasVerification: Bool { names.verification != nil }

    func read(
        _ values: ClientCertificateValues,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        switch self {
        case .rfc9440: try RFC9440Fields.read(values, bytes)
        case .nginx: try NginxFields.read(values, bytes)
        case .envoy: try EnvoyFields.read(values, bytes)
        case .haproxy: try HAProxyFields.read(values, bytes)
        case .apache: try ApacheFields.read(values, bytes)
        case .traefik: try TraefikFields.read(values, bytes)
        case .awsALB: try AWSFields.read(values, bytes)
        case .cloudflare: try CloudflareFields.read(values, bytes)
        }
    }
}
