// SPDX-License-Identifier: Apache-2.0
package import HTTP

/// Bounds of a local HTTP service.
package enum LocalServiceLimits {
    /// Far more than the people and programs of one machine need, and little memory: at most 30 KB
    /// each, but for content.
    static let connectionsMax = 256
    /// A limit for one source, so that others have room.
    static let perSourceMax = 128
    /// The deadline of a connection, so that a slow peer keeps no place.
    static let connectionMilliseconds: UInt64 = 5_000
    /// The time that an answer may wait for a worker, unless a service has its own.
    package static let lateMilliseconds: UInt64 = 10_000
    /// The time of a lingering close, for the rest of the peer's request.
    static let lingerMilliseconds: UInt64 = 1_000
    /// Requests of one connection.
    static let requestsMax = 64
    /// The interval of the handler's `tick`.
    static let tickMilliseconds: UInt64 = 1_000
    /// The content of all requests that are read or answered at the moment, also of those whose
    /// connection has gone while their work waits: sixteen of the longest.
    static let contentsBytesMax = 16 << 20
    /// All answers that wait for their readers: some of the longest, which have several megabytes.
    static let answersBytesMax = 32 << 20
    /// An answer of this size is always kept: the emergency switch has one, whoever reads nothing.
    static let smallAnswerBytes = 4_096
    /// A request's times: those of its connection, whose end does not move.
    static let times = RequestFraming.Times(
        header: connectionMilliseconds,
        body: connectionMilliseconds,
        request: connectionMilliseconds
    )
    /// A client's document with many certificates has some 100 KB.
    package static let http = HTTPLimits(
        headerBytesMax: 8192,
        targetBytesMax: 2048,
        bodyBytesMax: 1 << 20
    )
}
