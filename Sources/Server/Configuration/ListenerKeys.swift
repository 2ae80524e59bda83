// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Serving
internal import TLS

/// The keys that each listener has.
extension ConfigurationKey {
    static let listenerAddress = ConfigurationKey(
        "listeners.<name>.address",
        .address,
        "127.0.0.1:9443",
        "Where to listen. Only the listener `main` has a default."
    ).needingRestart(.listeners)
    static let listenerClientCertificate = ConfigurationKey(
        "listeners.<name>.client_certificate",
        ClientCertificateMode.want,
        "want asks and lets OAuth answer, need fails the handshake without one, none does not ask."
    )

    static let listenerProfile = ConfigurationKey(
        "listeners.<name>.profile",
        ListenerProfile.standard,
        "fapi2 takes tls_client_auth, self_signed_tls_client_auth and private_key_jwt only, binds"
            + " every token, and knows no password grant. fapi1 does the same for clients of FAPI 1"
            + " Advanced, and in TLS 1.2 speaks only its cipher suites, which need an RSA"
            + " certificate."
    )
    static let listenerProxies = ConfigurationKey(
        "listeners.<name>.proxies",
        .text,
        nil,
        "Addresses of load balancers that pass TLS through, separated by spaces. A connection from"
            + " one of them must begin with a PROXY protocol header (version 1 or 2), and its"
            + " source address is the one in logs. All other connections must begin without."
    )
    static let listenerURL = ConfigurationKey(
        "listeners.<name>.url",
        .issuer,
        nil,
        "The base URL by which clients reach this listener. Needed where `main` asks for no"
            + " certificate: the metadata then names the first listener that does as the one for"
            + " mutual TLS (mtls_endpoint_aliases)."
    )

    static let listenerCORSOrigins = ConfigurationKey(
        "listeners.<name>.cors_origins",
        .origins,
        nil,
        "Origins whose pages may use the token endpoint here, separated by spaces. For listeners"
            + " with client_certificate: none. Without it: none. Metadata and keys are open to all."
    )

    static let listenerForwardedCertificate = ConfigurationKey(
        "listeners.<name>.forwarded_certificate",
        .choice(["none"] + ClientCertificateFormat.allCases.map(\.rawValue)),
        "none",
        "The format in which a proxy that ends TLS here forwards its clients' certificates. Such a"
            + " listener is for that proxy alone, which must prove itself: by forwarder_keys, by"
            + " forwarder_networks with forwarder_secret, or by reaching a Unix socket."
    )
    static let listenerForwardedField = ConfigurationKey(
        "listeners.<name>.forwarded_field",
        .text,
        nil,
        "The header field of the certificate, where it is not the format's usual one."
    )
    static let listenerForwardedChainField = ConfigurationKey(
        "listeners.<name>.forwarded_chain_field",
        .text,
        nil,
        "The header field of the chain, where it is not the format's usual one."
    )
    static let listenerForwardedVerifyField = ConfigurationKey(
        "listeners.<name>.forwarded_verify_field",
        .text,
        nil,
        "The header field of the proxy's verification, where it is not the format's usual one."
    )
    static let listenerForwarderKeys = ConfigurationKey(
        "listeners.<name>.forwarder_keys",
        .path,
        nil,
        "PEM file of the certificates of the proxies; a proxy must hold the key of one of them."
    )
    static let listenerForwarderNetworks = ConfigurationKey(
        "listeners.<name>.forwarder_networks",
        .text,
        nil,
        "Addresses of the proxies, separated by spaces; needs forwarder_secret."
    )
    static let listenerForwarderSecret = ConfigurationKey(
        "listeners.<name>.forwarder_secret",
        .path,
        nil,
        "File of the secret that proxies send in the header field Handfast-Proxy-Secret; needs"
            + " forwarder_networks."
    )
    /// The keys of each listener.
    static let ofListeners: [ConfigurationKey] = [
        .listenerAddress, .listenerClientCertificate, .listenerProfile, .listenerURL,
        .listenerProxies, .listenerCORSOrigins, .listenerForwardedCertificate,
        .listenerForwardedField, .listenerForwardedChainField, .listenerForwardedVerifyField,
        .listenerForwarderKeys, .listenerForwarderNetworks, .listenerForwarderSecret,
    ]
}
