// SPDX-License-Identifier: Apache-2.0
internal import Synchronization
package import Text

/// The counts of calls, beside faults.
package enum LoadCounter: Int, Sendable, CaseIterable {
    case tokens
    case refusals
    case handshakesFull
    case handshakesResumed
    case requestsKeptAlive

    /// The number of counters; a test compares it with the cases.
    package static let count = 5

    /// The word for it in answers.
    package var name: String {
        switch self {
        case .tokens: "tokens"
        case .refusals: "refusals"
        case .handshakesFull: "handshakes_full"
        case .handshakesResumed: "handshakes_resumed"
        case .requestsKeptAlive: "requests_kept_alive"
        }
    }
}

/// Counters of calls: of one client, or of one reactor; any writers.
///
/// Atomic additions: a client's connections may be of several reactors. A reactor's own counters
/// are in its own cache, where these cost little.
package final class LoadCounters: Sendable {
    private let counts: InlineArray<5, Atomic<Int>>
    private let faults: InlineArray<17, Atomic<Int>>

    /// All are zero.
    package init() {
        counts = InlineArray { _ in Atomic(0) }
        faults = InlineArray { _ in Atomic(0) }
    }

    /// Counts one.
    package func count(_ counter: LoadCounter) {
        counts[counter.rawValue].wrappingAdd(1, ordering: .relaxed)
    }

    /// Counts a fault that was made.
    package func count(_ fault: FaultKind) {
        faults[fault.index].wrappingAdd(1, ordering: .relaxed)
    }

    /// All of them at some moment around now.
    package var totals: LoadTotals {
        var totals = LoadTotals()
        for counter in LoadCounter.allCases {
            totals.counts[counter.rawValue] = counts[counter.rawValue].load(ordering: .relaxed)
        }
        for fault in FaultKind.allCases {
            totals.faults[fault.index] = faults[fault.index].load(ordering: .relaxed)
        }
        return totals
    }

    /// Sets all to zero; what is counted meanwhile may be lost or stay.
    package func reset() {
        for index in counts.indices { counts[index].store(0, ordering: .relaxed) }
        for index in faults.indices { faults[index].store(0, ordering: .relaxed) }
    }
}

/// Counters as they were read.
package struct LoadTotals: Sendable, Equatable {
    fileprivate var counts = [Int](repeating: 0, count: LoadCounter.count)
    fileprivate var faults = [Int](repeating: 0, count: FaultKind.count)

    /// All are zero.
    package init() {}

    /// The sum of several counters, such as those of all reactors.
    package init(_ counters: [LoadCounters]) {
        for one in counters {
            let totals = one.totals
            for index in counts.indices { counts[index] += totals.counts[index] }
            for index in faults.indices { faults[index] += totals.faults[index] }
        }
    }

    /// One counter.
    package subscript(counter: LoadCounter) -> Int { counts[counter.rawValue] }

    /// The faults of one kind.
    package subscript(fault: FaultKind) -> Int { faults[fault.index] }

    /// `{"tokens": …, …, "faults": {"delay": …}}`; kinds of faults that were not made are left out.
    package var json: JSONValue {
        var members: [String: JSONValue] = [:]
        for counter in LoadCounter.allCases {
            members[counter.name] = .integer(Int64(self[counter]))
        }
        var kinds: [String: JSONValue] = [:]
        for fault in FaultKind.allCases where self[fault] > 0 {
            kinds[fault.name] = .integer(Int64(self[fault]))
        }
        members["faults"] = .object(kinds)
        return .object(members)
    }
}
