// SPDX-License-Identifier: Apache-2.0
/// The latest entries of a bounded number: a ring, whose slots are reserved with the first one.
struct LatestEntries<Entry> {
    private let capacity: Int
    /// The entry of number n stands at n modulo the capacity.
    private var entries: [Entry] = []
    /// The number of the next entry.
    private(set) var next = 0

    /// An empty ring of at least one slot.
    init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// The number of the oldest entry that is kept.
    var oldest: Int { next - entries.count }

    /// The entry of a number from `oldest` to before `next`.
    subscript(number: Int) -> Entry { entries[number % capacity] }

    /// Adds an entry; returns the one whose slot it took.
    mutating func append(_ entry: Entry) -> Entry? {
        defer { next += 1 }
        guard entries.count == capacity else {
            if entries.isEmpty { entries.reserveCapacity(capacity) }
            entries.append(entry)
            return nil
        }
        let slot = next % capacity
        let overwritten = entries[slot]
        entries[slot] = entry
        return overwritten
    }

    /// A piece of a reading, newest first; `end` is where the next one goes on, nil at the oldest.
    struct Step {
        let entries: [Entry]
        let end: Int?
    }

    /// The entries before the number `before` that match, at most `room` of the next `look`.
    ///
    /// Entries that were overwritten since the last step are passed over.
    func step(before: Int, look: Int, room: Int, where matches: (Entry) -> Bool) -> Step {
        let newest = min(before, next) - 1
        let end = max(oldest, newest - look + 1)
        var found: [Entry] = []
        for number in stride(from: newest, through: end, by: -1) where found.count < room {
            let entry = self[number]
            if matches(entry) { found.append(entry) }
        }
        return Step(entries: found, end: end > oldest ? end : nil)
    }
}
