// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Connections that wait for a reactor's time, a first-in-first-out queue for each kind of work.
///
/// Ended connections stay in their queue until it is their turn, or until they are most of it.
struct WaitingConnections {
    private var queues = TurnBudget.Work.allCases.map { _ in TokenQueue() }
    /// One bit for each queue that may not be empty; the others are skipped.
    private var filled: UInt8 = 0

    /// Whether nothing waits.
    var isEmpty: Bool { filled == 0 }

    /// Queues a connection, which must not be queued already.
    ///
    /// `isOpen` says of a token whether its connection is still there.
    mutating func add(_ token: Token, for work: TurnBudget.Work, isOpen: (Token) -> Bool) {
        queues[work.rawValue].add(token, isOpen: isOpen)
        filled |= 1 << work.rawValue
    }

    /// Takes the first of the most urgent kind that is allowed; the token may be stale.
    mutating func next(
        where isAllowed: (TurnBudget.Work) -> Bool
    ) -> (work: TurnBudget.Work, token: Token)? {
        for index in queues.indices where filled & (1 << index) != 0 {
            guard let work = TurnBudget.Work(rawValue: index), isAllowed(work) else { continue }
            let token = queues[index].next()
            if queues[index].isEmpty { filled &= ~(1 << index) }
            if let token { return (work, token) }
        }
        return nil
    }
}

/// A queue of tokens, first in, first out.
struct TokenQueue {
    private var tokens: [Token] = []
    private var head = 0
    /// The length at which the queue is swept of stale tokens.
    private var countMax = smallest
    private static let smallest = 1024

    var isEmpty: Bool { head == tokens.count }

    /// The length, stale tokens included.
    var places: Int { tokens.count }

    mutating func add(_ token: Token, isOpen: (Token) -> Bool) {
        tokens.append(token)
        guard tokens.count > countMax else { return }
        tokens = tokens[head...].filter(isOpen)
        head = 0
        // Amortised: a sweep at twice the live count is paid for by as many additions.
        countMax = max(Self.smallest, tokens.count * 2)
    }

    mutating func next() -> Token? {
        guard head < tokens.count else { return nil }
        let token = tokens[head]
        head += 1
        if head == tokens.count {
            tokens.removeAll(keepingCapacity: true)
            head = 0
        }
        return token
    }
}
