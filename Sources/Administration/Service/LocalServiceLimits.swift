// SPDX-License-Identifier: Apache-2.0
package import HTTP

/// Bounds of every local HTTP service; those of its connections are `LocalConnectionLimits`.
package enum LocalServiceLimits {
    /// The time that an answer may wait for a worker, unless a service has its own.
    package static let lateMilliseconds: UInt64 = 10_000
    /// The time of a lingering close, for the rest of the peer's request.
    static let lingerMilliseconds: UInt64 = 1_000
    /// The interval of the handler's `tick`.
    static let tickMilliseconds: UInt64 = 1_000
    /// The content of all requests that are read or answered at the moment, also of those whose
    /// connection has gone while their work waits: sixteen of the longest.
    static let contentsBytesMax = 16 << 20
    /// All answers that wait for their readers: some of the longest, which have several megabytes.
    static let answersBytesMax = 32 << 20
    /// An answer of this size is always kept: the emergency switch has one, whoever reads nothing.
    static let smallAnswerBytes = 4_096
    /// A client's document with many certificates has some 100 KB.
    package static let http = HTTPLimits(
        headerBytesMax: 8192,
        targetBytesMax: 2048,
        bodyBytesMax: 1 << 20
    )
}
