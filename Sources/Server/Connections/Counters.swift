// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor
internal import Synchronization

/// A reactor's own numbers, read by others at any time.
final class Counters: Sendable {
    let connections = Atomic<Int>(0)
    let handshakes = Atomic<Int>(0)
    let resumptions = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    let tokens = Atomic<Int>(0)
    let refusals = Atomic<Int>(0)
    /// The same and more, for each listener.
    let listeners: [ListenerCounters]
    /// How long requests took, in the order of `MeasuredEndpoint`.
    let latencies: [LatencyHistogram]

    init(listeners: Int = 1) {
        self.listeners = (0..<listeners).map { _ in ListenerCounters() }
        latencies = MeasuredEndpoint.allCases.map { _ in LatencyHistogram() }
    }
}

/// One reactor's numbers of one listener.
final class ListenerCounters: Sendable {
    /// There are fewer, and a test says so.
    static let grantsMax = 8
    static let methodsMax = 8
    /// There are fewer kinds of failures, and a test says so.
    static let failuresMax = 16

    let handshakes = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    /// By grant and method.
    let tokens: InlineArray<64, Atomic<Int>>
    /// By `HandshakeFailure.index`.
    let failures: InlineArray<16, Atomic<Int>>
    /// By check; a refusal has its line in the log, and what this costs is lost in that.
    let refusals = Lock([Check: Int]())

    init() {
        tokens = InlineArray { _ in Atomic(0) }
        failures = InlineArray { _ in Atomic(0) }
    }

    /// Counts a token.
    func count(_ token: IssuedToken) {
        tokens[Self.index(token.grant, token.method)].add(1)
    }

    /// Where the tokens of a grant and a method are counted.
    static func index(_ grant: Grant, _ method: ClientAuthenticationMethod) -> Int {
        (grant.position % grantsMax) * methodsMax + method.position
    }
}

/// The endpoints whose latency is told apart.
enum MeasuredEndpoint: String, CaseIterable {
    case token
    case introspection
    case other

    /// Where it stands among all.
    var index: Int {
        switch self {
        case .token: 0
        case .introspection: 1
        case .other: 2
        }
    }
}

/// How often a time was within each bound; one writer.
final class LatencyHistogram: Sendable {
    /// Nanoseconds: from what a request costs at least to the longest that one may take.
    static let bounds = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
        10_000_000_000,
    ]

    /// One for each bound, and one for what is beyond all; not cumulative.
    let counts: InlineArray<17, Atomic<Int>>
    /// Nanoseconds of all together.
    let sum = Atomic<Int>(0)

    init() {
        counts = InlineArray { _ in Atomic(0) }
    }

    /// Takes note of one request's time.
    func record(nanoseconds: Int) {
        var index = 0
        // Few steps: most requests take less than a millisecond.
        while index < Self.bounds.count, nanoseconds > Self.bounds[index] { index += 1 }
        counts[index].add(1)
        sum.add(nanoseconds)
    }
}

extension Atomic<Int> {
    /// One writer only: no locked instruction is needed.
    func add(_ amount: Int) {
        store(load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}
