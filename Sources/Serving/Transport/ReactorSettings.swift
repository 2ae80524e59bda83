// SPDX-License-Identifier: Apache-2.0
package import Network
package import OAuth
package import TLS

/// What every reactor works by until the next reload: plain values, checked before they are handed
/// out.
package struct ReactorSettings: Sendable {
    /// The listeners' names, in their order.
    package var names: [String]
    /// One for each listener, in their order.
    package var listeners: [TLSConfiguration]
    /// What each listener takes, in the same order.
    var profiles: [EndpointProfile]
    /// Whose connections each listener expects a PROXY protocol header of, in the same order.
    var proxies: [[AddressBlock]]
    /// Which proxy ends TLS before each listener, in the same order.
    var forwarders: [Forwarder?]
    var issuer: IssuerSettings
    /// Those of one reactor.
    var limits: ConnectionSettings
    /// `realm` of the challenge that goes with 401.
    var realm: String
    /// Whether a successful request makes a log line.
    var logsRequests: Bool
    /// Which paths there are.
    var routes: Routes
    /// The metadata document.
    var metadata: PublicDocument
    /// Whose pages may use the token endpoint of each listener, in the same order as above.
    var corsOrigins: [[[UInt8]]]
    /// A password hash that no password has.
    var decoy: String

    /// Settings from their parts.
    package init(
        names: [String],
        listeners: [TLSConfiguration],
        profiles: [EndpointProfile],
        proxies: [[AddressBlock]],
        forwarders: [Forwarder?],
        issuer: IssuerSettings,
        limits: ConnectionSettings,
        realm: String,
        logsRequests: Bool,
        routes: Routes,
        metadata: PublicDocument,
        corsOrigins: [[[UInt8]]],
        decoy: String
    ) {
        self.names = names
        self.listeners = listeners
        self.profiles = profiles
        self.proxies = proxies
        self.forwarders = forwarders
        self.issuer = issuer
        self.limits = limits
        self.realm = realm
        self.logsRequests = logsRequests
        self.routes = routes
        self.metadata = metadata
        self.corsOrigins = corsOrigins
        self.decoy = decoy
    }
}
