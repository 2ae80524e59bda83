// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor

/// Names one request: its connection, and a number that counts up with each request there.
///
/// An answer of another thread carries it, so that a late one cannot meet the next request.
struct ExchangeID: Sendable, Hashable {
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

/// The requests of one connection, one after the other, and the one that waits.
struct ExchangeSequence {
    /// The number of the current request.
    private(set) var number: UInt64 = 0
    private var parked: ParkedExchange?

    /// The next request has come.
    mutating func begin() {
        number += 1
        parked = nil
    }

    /// Lets the current request wait; `request` are its bytes, where they are needed again.
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
