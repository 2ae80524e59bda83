// SPDX-License-Identifier: Apache-2.0
package import Network
package import OAuth
package import TLS

/// What every reactor works by until the next reload: plain values, checked before they are handed
/// out.
package struct ReactorSettings: Sendable {
    /// The listeners, in their order.
    package var listeners: [ReactorListener]
    let issuer: IssuerSettings
    /// Those of one reactor.
    let limits: ConnectionSettings
    /// `realm` of the challenge that goes with 401.
    let realm: String
    /// Whether a successful request makes a log line.
    let logsRequests: Bool
    /// Which paths there are.
    let endpoints: EndpointTable
    /// The metadata document.
    let metadata: PublicDocument
    /// A password hash that no password has.
    let dummyPasswordHash: String

    /// Settings from their parts.
    package init(
        listeners: [ReactorListener],
        issuer: IssuerSettings,
        limits: ConnectionSettings,
        realm: String,
        logsRequests: Bool,
        endpoints: EndpointTable,
        metadata: PublicDocument,
        dummyPasswordHash: String
    ) {
        self.listeners = listeners
        self.issuer = issuer
        self.limits = limits
        self.realm = realm
        self.logsRequests = logsRequests
        self.endpoints = endpoints
        self.metadata = metadata
        self.dummyPasswordHash = dummyPasswordHash
    }
}

/// A listener as reactors serve it.
package struct ReactorListener: Sendable {
    /// Its name in the configuration, for the log.
    let name: String
    /// How its connections speak TLS.
    package var tls: TLSConfiguration
    /// What it takes.
    package let profile: SecurityProfile
    /// Whose connections begin with a PROXY protocol header.
    let proxies: [AddressBlock]
    /// The proxy that ends TLS before it; nil where none does.
    let trustedProxy: TrustedProxy?
    /// Origins whose pages may use the token endpoint, as they stand in the field Origin.
    let corsOrigins: [[UInt8]]

    /// A listener from its parts.
    package init(
        name: String,
        tls: TLSConfiguration,
        profile: SecurityProfile,
        proxies: [AddressBlock],
        trustedProxy: TrustedProxy?,
        corsOrigins: [[UInt8]]
    ) {
        self.name = name
        self.tls = tls
        self.profile = profile
        self.proxies = proxies
        self.trustedProxy = trustedProxy
        self.corsOrigins = corsOrigins
    }
}
