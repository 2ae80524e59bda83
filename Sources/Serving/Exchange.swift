// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth
internal import Reactor
internal import Telemetry

/// One request, from its header to its answer: all that a connection knows of it, and no byte of
/// it.
///
/// A connection has one that each request begins anew; HTTP/1.1 answers requests in their order.
struct Exchange {
    /// Counts up with each request of the connection.
    private(set) var number: UInt64 = 0
    /// The client certificate that the proxy forwarded; nil without one.
    var forwarded: ForwardedPeer?
    /// The CORS fields of the answer.
    var crossOrigin = CrossOrigin.unknown
    /// The endpoint that its latency counts for.
    var endpoint = MeasuredEndpoint.other
    /// The path of its endpoint, as the program has it; empty where there is none.
    var path = ""
    /// Whether it has waited for keys: it does so once.
    var hasWaitedForKeys = false
    private var parked: ParkedExchange?

    /// The next request has come, or the current one is decided once more.
    mutating func begin() {
        number += 1
        parked = nil
        forwarded = nil
        forget()
    }

    /// The request has its answer.
    mutating func end() {
        hasWaitedForKeys = false
    }

    /// Forgets what the request was: its answer is one that any request gets.
    mutating func forget() {
        crossOrigin = .unknown
        endpoint = .other
        path = ""
    }

    /// Lets the request wait; `request` are its bytes, where they are needed again.
    mutating func park(_ continuation: Continuation, _ request: [UInt8]) {
        parked = ParkedExchange(number, continuation, request)
    }

    /// The request that waits for an answer with this number; nil for one that comes too late.
    ///
    /// A request is taken once.
    mutating func take(_ number: UInt64) -> ParkedExchange? {
        guard let found = parked, found.number == number else { return nil }
        parked = nil
        return found
    }
}

/// Names one request: its connection, and a number that counts up with each request there.
///
/// An answer of another thread carries it, so that a late one cannot meet the next request.
package struct ExchangeID: Sendable, Hashable {
    let connection: Token
    let number: UInt64
}

/// A request that waits for a need to be met.
final class ParkedExchange {
    let number: UInt64
    let continuation: Continuation
    /// The request, whole, where it is decided once more from its first byte; else empty.
    let request: [UInt8]

    init(_ number: UInt64, _ continuation: Continuation, _ request: [UInt8]) {
        self.number = number
        self.continuation = continuation
        self.request = request
    }
}
