internal import Reactor

/// Connections in their handshake, the oldest first.
///
/// The list keeps the tokens of those that are past it until it is much longer than it need be.
struct HalfOpenOrder {
    private var tokens: [Token] = []
    private var head = 0
    /// How many handshakes are under way.
    private(set) var count = 0

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

    /// The token that was added longest ago and not taken yet; it may be past its handshake.
    mutating func takeOldest() -> Token? {
        guard head < tokens.count else { return nil }
        head += 1
        return tokens[head - 1]
    }
}
