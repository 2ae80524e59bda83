// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Connections in their handshake, the oldest first.
///
/// Finished handshakes stay in the list; it is compacted when it is over four times the live count.
struct HalfOpenOrder {
    private var tokens: [Token] = []
    private var head = 0
    /// The number of handshakes under way.
    private(set) var count = 0

    /// The number of the oldest handshakes among which one is evicted: a source with most of the
    /// handshakes is nearly always among them.
    private static let candidatesMax = 16
    /// The number of list entries searched for them.
    private static let reach = 64

    /// Adds a handshake.
    ///
    /// `isOpen` says of a token whether its handshake is still under way.
    mutating func add(_ token: Token, isOpen: (Token) -> Bool) {
        count += 1
        tokens.append(token)
        if tokens.count > max(1024, count * 4) {
            tokens = tokens[head...].filter(isOpen)
            head = 0
        }
    }

    /// Counts the end of a handshake, good or bad.
    mutating func remove() {
        count -= 1
    }

    /// Takes the handshake to evict: of the oldest, the one whose source has the most handshakes
    /// under way, and of equals the oldest.
    ///
    /// `handshakes` returns that number; nil for a token that is past its handshake.
    mutating func evict(handshakes: (Token) -> Int?) -> Token? {
        while head < tokens.count, handshakes(tokens[head]) == nil { head += 1 }
        var chosen: (index: Int, handshakes: Int)?
        var candidates = 0
        for index in head..<min(head + Self.reach, tokens.count) {
            guard candidates < Self.candidatesMax else { break }
            guard let count = handshakes(tokens[index]) else { continue }
            candidates += 1
            if chosen.map({ count > $0.handshakes }) ?? true { chosen = (index, count) }
        }
        guard let index = chosen?.index else { return nil }
        let token = tokens[index]
        // The older ones move up by one place, in their order.
        for place in stride(from: index, to: head, by: -1) { tokens[place] = tokens[place - 1] }
        head += 1
        return token
    }
}
