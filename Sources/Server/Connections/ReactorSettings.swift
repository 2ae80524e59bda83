// SPDX-License-Identifier: Apache-2.0
internal import Network
internal import OAuth
internal import Serving
internal import TLS

/// What every reactor works by until the next reload: plain values, checked before they are handed
/// out.
struct ReactorSettings: Sendable {
    /// The listeners' names, in their order.
    var names: [String]
    /// One for each listener, in their order.
    var listeners: [TLSConfiguration]
    /// The certificates of `listeners`; the main thread watches their ends.
    var certificates: [ServerCertificate]
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
}
