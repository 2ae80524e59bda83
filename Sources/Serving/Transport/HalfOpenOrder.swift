// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Connections in their handshake, the oldest first.
///
/// Finished handshakes stay in the list; it is compacted when it is over four times the live count.
struct HalfOpenOrder {
    private var tokens: [Token] = []
    private var head = 0
    /// How many handshakes are under way.
    private(set) var count = 0

    /// Of so many of the oldest one gives way: a source with most of the handshakes is nearly
    /// always among them.
    private static let candidatesMax = 16
    /// So far the list is looked through for them.
    private static let reach = 64

    /// A handshake has begun.
    ///
    /// `isOpen` tells of a token whether it is still under way.
    mutating func add(_ token: Token, isOpen: (Token) -> Bool) {
        count += 1
        tokens.append(token)
        if tokens.count > max(1024, count * 4) {
            tokens = tokens[head...].filter(isOpen)
            head = 0
        }
    }

    /// A handshake has ended, well or not.
    mutating func remove() {
        count -= 1
    }

    /// Takes the one that gives way: of the oldest, the one whose source has the most handshakes
    /// under way, and of equals the oldest.
    ///
    /// `handshakes` tells how many that are; nil for a token that is past its handshake.
    mutating func takeOne(handshakes: (Token) -> Int?) -> Token? {
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
