// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// Bounds of the connections of one service.
package struct LocalConnectionLimits: Sendable {
    /// Connections at once.
    let connectionsMax: Int
    /// Of one source, so that others have room.
    let perSourceMax: Int
    /// The deadline of a connection, so that a slow peer keeps no place.
    let milliseconds: UInt64
    /// Requests of one connection.
    let requestsMax: Int
    /// Whether a connection with an admitted request is evicted after all others; only where
    /// admission takes a credential.
    let keepsAdmitted: Bool
    /// The sizes of a request.
    let http: HTTPLimits

    /// A request's times: those of its connection, whose end does not move.
    var times: RequestFraming.Times {
        RequestFraming.Times(header: milliseconds, body: milliseconds, request: milliseconds)
    }

    /// For people and programs of one machine: far more than they need, and little memory, at most
    /// 30 KB each, but for content.
    package static let administrators = LocalConnectionLimits(
        connectionsMax: 256,
        perSourceMax: 128,
        milliseconds: 5_000,
        requestsMax: 64,
        keepsAdmitted: true,
        http: LocalServiceLimits.http
    )
    /// For probes, which ask once and go: a request has no content, and its connection, handshake
    /// included, has two seconds.
    package static let probes = LocalConnectionLimits(
        connectionsMax: 64,
        perSourceMax: 32,
        milliseconds: 2_000,
        requestsMax: 1,
        keepsAdmitted: false,
        http: HTTPLimits(headerBytesMax: 8192, targetBytesMax: 2048, bodyBytesMax: 0)
    )
}
