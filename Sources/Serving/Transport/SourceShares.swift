// SPDX-License-Identifier: Apache-2.0
/// The recent handshake time of each source address, and the number of its handshakes under way.
///
/// A count-min sketch: a source has a cell in each of two rows, and the lesser one counts. So the
/// memory is bounded under every load, and sources that share one cell do not harm each other;
/// where all cells are full, all sources are treated alike. The cells are chosen by a hash with a
/// key of this process's own, so that a source cannot choose to share another's.
struct SourceShares {
    /// An IPv4 address or an IPv6 network of 64 bits, as its cells.
    struct Source: Equatable, Sendable {
        fileprivate let cells: (Int, Int)

        static func == (a: Source, b: Source) -> Bool { a.cells == b.cells }
    }

    /// In each row: 48 KiB a reactor with both.
    private static let cellsCount = 2048
    /// A source has one part in so many of a reactor's time: some 250 handshakes a second.
    static let divisor: UInt64 = 16
    /// The burst that a source may use before its share is enforced: a few hundred clients behind
    /// one address that come back together.
    static let burstNanoseconds: UInt64 = 50_000_000

    /// Until when a cell's use is paid for (the generic cell rate algorithm, ITU-T I.371), in
    /// monotonic nanoseconds.
    private var paidUntil = [UInt64](repeating: 0, count: cellsCount * 2)
    private var underWay = [Int32](repeating: 0, count: cellsCount * 2)
    private let seed: UInt64

    init(seed: UInt64 = .random(in: 0 ... .max)) {
        self.seed = seed
    }

    /// The source of an address, version 4 mapped into version 6.
    func source(of address: UInt128) -> Source {
        var hasher = Hasher()
        hasher.combine(seed)
        // One host of version 6 has 64 bits to choose from (RFC 4291 §2.5.4).
        hasher.combine(address >> 32 == 0xffff ? address : (address >> 64) << 64)
        let hash = UInt64(truncatingIfNeeded: hasher.finalize())
        let count = UInt64(Self.cellsCount)
        return Source(cells: (Int(hash % count), Int(count + (hash >> 32) % count)))
    }

    // MARK: time

    /// Whether the source has had more than its share.
    func isOver(_ source: Source, now: UInt64) -> Bool {
        paid(source) > now + Self.burstNanoseconds * Self.divisor
    }

    /// A handshake of the source has taken so long.
    mutating func charge(_ source: Source, _ nanoseconds: UInt64, now: UInt64) {
        // Only up to the lesser cell's count: the surplus of the other belongs to another source.
        let until = max(paid(source), now) + nanoseconds * Self.divisor
        paidUntil[source.cells.0] = max(paidUntil[source.cells.0], until)
        paidUntil[source.cells.1] = max(paidUntil[source.cells.1], until)
    }

    private func paid(_ source: Source) -> UInt64 {
        min(paidUntil[source.cells.0], paidUntil[source.cells.1])
    }

    // MARK: handshakes under way

    /// A handshake of the source has begun.
    mutating func begin(_ source: Source) {
        underWay[source.cells.0] += 1
        underWay[source.cells.1] += 1
    }

    /// A handshake of the source has ended, well or not.
    mutating func end(_ source: Source) {
        underWay[source.cells.0] -= 1
        underWay[source.cells.1] -= 1
    }

    /// The number of the source's handshakes under way; more where others share both cells.
    func handshakes(of source: Source) -> Int {
        Int(min(underWay[source.cells.0], underWay[source.cells.1]))
    }
}
