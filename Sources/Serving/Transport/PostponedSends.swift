// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import TLS

/// Batches answers in the outbox until the end of the turn.
///
/// Sending wakes the peer, and a peer that wakes once for many answers leaves both of us more time;
/// parsing and signing without system calls in between keeps the caches warm, too.
struct PostponedSends {
    private var sends: [(token: Token, waiting: Postponed)] = []

    /// The size of a batch: at 30 µs for each, half a millisecond.
    private static let countMax = 16

    var isEmpty: Bool { sends.isEmpty }
    /// Whether the batch is full.
    var isFull: Bool { sends.count >= Self.countMax }

    /// Adds the answer of a connection that has none here.
    mutating func add(_ token: Token, _ waiting: Postponed) {
        sends.append((token, waiting))
    }

    /// Takes all, in the order of their writing; `giveBack` returns the array's storage.
    mutating func takeAll() -> [(token: Token, waiting: Postponed)] {
        let all = sends
        sends = []
        return all
    }

    /// Keeps the storage of an array that `takeAll` gave: each turn would allocate another.
    mutating func giveBack(_ all: consuming [(token: Token, waiting: Postponed)]) {
        guard sends.isEmpty else { return }
        all.removeAll(keepingCapacity: true)
        sends = all
    }
}
