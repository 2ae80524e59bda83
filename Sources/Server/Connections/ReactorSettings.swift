// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Network
internal import OAuth
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
    var limits: ConnectionLimits
    /// Wrong passwords that a user may have before checking slows down; 0 for any number.
    var passwordFailuresMax: Int
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

/// Bounds of one reactor's connections; deadlines in milliseconds.
struct ConnectionLimits: Sendable, Equatable {
    var connections: Int
    var halfOpenHandshakes: Int
    var headerBytes: Int
    var bodyBytes: Int
    var pipelineDepth: Int
    var handshake: UInt64
    var header: UInt64
    var body: UInt64
    var idle: UInt64
    var request: UInt64

    /// The times of a request.
    var times: RequestFraming.Times {
        RequestFraming.Times(header: header, body: body, request: request)
    }

    var http: HTTPLimits {
        HTTPLimits(headerBytesMax: headerBytes, bodyBytesMax: bodyBytes)
    }

    /// Divides what is the server's between `reactors`.
    init(_ limits: ServerConfiguration.Connections, reactors: Int) {
        connections = max(1, limits.connections / reactors)
        halfOpenHandshakes = max(1, limits.halfOpenHandshakes / reactors)
        headerBytes = limits.headerBytes
        bodyBytes = limits.bodyBytes
        pipelineDepth = limits.pipelineDepth
        handshake = limits.handshake.milliseconds
        header = limits.header.milliseconds
        body = limits.body.milliseconds
        idle = limits.idle.milliseconds
        request = limits.request.milliseconds
    }
}

extension Duration {
    /// Whole milliseconds; negative durations are none.
    var milliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0 else { return 0 }
        return UInt64(seconds) * 1000 + UInt64(attoseconds / 1_000_000_000_000_000)
    }
}
