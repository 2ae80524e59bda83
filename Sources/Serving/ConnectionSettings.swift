// SPDX-License-Identifier: Apache-2.0
package import HTTP
package import OAuth

/// Bounds and deadlines of connections and requests; deadlines in milliseconds, their ranges in
/// seconds.
package struct ConnectionSettings: Sendable, Equatable {
    /// Open connections of the whole server; at least one for each reactor.
    ///
    /// An idle connection costs about 20 KiB, and 40 KiB at most whatever certificates came: 330 to
    /// 660 MB at the default, which also stays below the descriptors that most systems allow.
    package var connections = 16_384
    package static let connectionsRange = 1...1_000_000

    /// Of these, how many may be in a handshake.
    ///
    /// Handshakes cost half a millisecond of a core: at the default the last in line still ends
    /// within a second.
    package var halfOpenHandshakes = 2000
    package static let halfOpenHandshakesRange = 1...1_000_000

    /// Request line and header fields; four times what browsers and gateways send.
    package var headerBytes = 16_384
    package static let headerBytesRange = 1024...262_144

    /// Request content after decoding.
    ///
    /// A form with an assertion or an RFC 9101 request object in it stays far below.
    package var bodyBytes = 65_536
    package static let bodyBytesRange = 1024...1_048_576

    /// Requests of one connection that may wait for their answers; more would let one client fill a
    /// reactor's turn.
    package var pipelineDepth = 16
    package static let pipelineDepthRange = 1...256

    /// From accept to the end of the handshake.
    ///
    /// Two round trips across the world and a slow device's signature fit in; a slow-loris must
    /// not.
    package var handshake: UInt64 = 5_000
    package static let handshakeSecondsRange = 1...60

    /// From a request's first byte to its header's end.
    package var header: UInt64 = 10_000
    package static let headerSecondsRange = 1...120

    /// From the header's end to the content's end.
    package var body: UInt64 = 10_000
    package static let bodySecondsRange = 1...120

    /// Without a request.
    ///
    /// Load balancers keep connections for a minute to five; closing later than they do avoids lost
    /// requests.
    package var idle: UInt64 = 300_000
    package static let idleSecondsRange = 1...86_400

    /// From a request's first byte to its answer's last, whatever happens in between.
    package var request: UInt64 = 30_000
    package static let requestSecondsRange = 1...600

    /// After a stop was asked for; zero closes at once.
    ///
    /// Service managers kill after 30 to 90 s.
    package var drain: UInt64 = 10_000
    package static let drainSecondsRange = 0...600
    /// Before that, for balancers to send everybody elsewhere; zero for a server without one.
    package var drainDelay: UInt64 = 0

    /// Wrong passwords that a user may have before checking slows down; 0 for any number.
    ///
    /// As many as NIST SP 800-63B §5.2.2 allows.
    package var passwordFailures = 100
    package static let passwordFailuresRange = 0...1_000_000

    /// How often a client may ask that has no rate of its own; nil for any number.
    ///
    /// No default: how often is too often, only its operator knows.
    package var clientRate: RequestRate?

    /// How many requests of one address may fail client authentication; nil for any number.
    package var addressRate: RequestRate?

    /// The defaults of the configuration.
    package init() {}

    /// The share of one of `reactors`; what does not belong to the whole server stays as it is.
    package func share(of reactors: Int) -> ConnectionSettings {
        var share = self
        share.connections = max(1, connections / reactors)
        share.halfOpenHandshakes = max(1, halfOpenHandshakes / reactors)
        return share
    }

    /// The bounds of a request.
    package var http: HTTPLimits {
        HTTPLimits(headerBytesMax: headerBytes, bodyBytesMax: bodyBytes)
    }

    /// The times of a request.
    package var times: RequestFraming.Times {
        RequestFraming.Times(header: header, body: body, request: request)
    }
}
