// SPDX-License-Identifier: Apache-2.0
package import Network
package import OAuth
package import TLS

/// The settings of every reactor until the next reload: plain values, checked beforehand.
package struct ReactorSettings: Sendable {
    /// The listeners, in their order.
    package var listeners: [ReactorListener]
    let issuer: IssuerSettings
    /// The connections of one reactor.
    let limits: ConnectionSettings
    /// `realm` of the challenge that goes with 401.
    let realm: String
    /// Whether a successful request makes a log line.
    let logsRequests: Bool
    /// The routing table.
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
    /// The TLS configuration of its connections.
    package var tls: TLSConfiguration
    /// The security profile of its endpoints.
    package let profile: SecurityProfile
    /// Load balancers whose connections begin with a PROXY protocol header.
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
