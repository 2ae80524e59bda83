// SPDX-License-Identifier: Apache-2.0
/// Slots for live connections, addressed by tokens that go stale when a slot is used again.
///
/// The lookup is inlinable: each event makes one, and from another module it would not be
/// specialised.
public struct Slab<Element: AnyObject> {
    @usableFromInline
    internal var elements: [Element?] = []
    @usableFromInline
    internal var generations: [UInt32] = []
    private var free: [UInt32] = []

    /// The most slots there may be.
    public let capacity: Int

    /// The number of slots in use.
    public private(set) var count = 0

    /// A slab of at most `capacity` slots; they are made as they are needed.
    public init(capacity: Int) {
        precondition(capacity > 0 && capacity < Int(UInt32.max))
        self.capacity = capacity
    }

    /// Whether another element fits.
    public var hasRoom: Bool { count < capacity }

    /// Reserves a slot, which `fill` fills at once.
    ///
    /// Needs room.
    public mutating func reserve() -> Token {
        precondition(hasRoom)
        let index: Int
        if let reused = free.popLast() {
            index = Int(reused)
        } else {
            index = elements.count
            elements.append(nil)
            generations.append(0)
        }
        count += 1
        return Token(generations[index]) << 32 | Token(index)
    }

    /// Puts the element into the slot that was reserved for it.
    public mutating func fill(_ token: Token, _ element: Element) {
        elements[Int(token & 0xffff_ffff)] = element
    }

    /// The element that `token` names; nil when its slot has been given up since.
    @inlinable
    public subscript(token: Token) -> Element? {
        let index = Int(token & 0xffff_ffff)
        guard index < elements.count, generations[index] == UInt32(token >> 32) else { return nil }
        return elements[index]
    }

    /// Gives the slot up; the token is stale from now on.
    @discardableResult
    public mutating func remove(_ token: Token) -> Element? {
        guard let element = self[token] else { return nil }
        let index = Int(token & 0xffff_ffff)
        elements[index] = nil
        // One generation is kept for the reactor's own tokens, which have all bits set.
        generations[index] = (generations[index] &+ 1) % (UInt32.max - 1)
        free.append(UInt32(index))
        count -= 1
        return element
    }

    /// All elements, for draining.
    public var all: [Element] { elements.compactMap { $0 } }
}
