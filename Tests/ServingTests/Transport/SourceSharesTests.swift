// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Serving

struct SourceSharesTests {
    private static let millisecond: UInt64 = 1_000_000

    private func version4(_ number: UInt128) -> UInt128 { 0xffff_0000_0000 | number }

    @Test func `a source may take its burst, and then its share of the time`() {
        var shares = SourceShares(seed: 1)
        let source = shares.source(of: version4(1))
        var now: UInt64 = 5_000_000_000
        for _ in 0..<50 { shares.charge(source, Self.millisecond, now: now) }
        #expect(!shares.isOver(source, now: now))
        shares.charge(source, Self.millisecond, now: now)
        #expect(shares.isOver(source, now: now))
        // A millisecond is paid for after sixteen.
        now += 15 * Self.millisecond
        #expect(shares.isOver(source, now: now))
        now += Self.millisecond
        #expect(!shares.isOver(source, now: now))
        // Less than a sixteenth of the time is never over.
        for _ in 0..<10_000 {
            now += 20 * Self.millisecond
            shares.charge(source, Self.millisecond, now: now)
            #expect(!shares.isOver(source, now: now))
        }
    }

    @Test func `one source's use is not another's`() {
        var shares = SourceShares(seed: 2)
        let flooding = shares.source(of: version4(7))
        for _ in 0..<10_000 { shares.charge(flooding, Self.millisecond, now: 1) }
        #expect(shares.isOver(flooding, now: 1))
        let others = (1000..<3000).map { shares.source(of: version4($0)) }
        // One that shares both cells comes once in two thousand runs.
        #expect(others.count { shares.isOver($0, now: 1) } < 2)
    }

    @Test func `many sources that each flood do not fill the cells of the others`() {
        var shares = SourceShares(seed: 3)
        for number in 0..<200 as Range<UInt128> {
            let source = shares.source(of: version4(number))
            for _ in 0..<100 { shares.charge(source, Self.millisecond, now: 1) }
        }
        let others = (1000..<3000).map { shares.source(of: version4($0)) }
        // Both cells of one are hit with (200/2048)² ≈ 1 %.
        #expect(others.count { shares.isOver($0, now: 1) } < 60)
    }

    @Test func `a network of version 6 is one source, and an address of version 4`() {
        let shares = SourceShares(seed: 4)
        let network: UInt128 = 0x2001_0db8_0000_0001 << 64
        #expect(shares.source(of: network | 1) == shares.source(of: network | 0xffff_ffff_ffff))
        #expect(shares.source(of: network) != shares.source(of: network + (1 << 64)))
        #expect(shares.source(of: version4(1)) != shares.source(of: version4(2)))
        // ::1 and the like are no addresses of version 4.
        #expect(shares.source(of: 1) == shares.source(of: 2))
    }

    @Test func `which sources share cells differs from process to process`() {
        let (one, other) = (SourceShares(seed: 5), SourceShares(seed: 6))
        let same = (0..<100).count {
            one.source(of: version4($0)) == other.source(of: version4($0))
        }
        #expect(same == 0)
    }

    @Test func `handshakes under way are counted, and taken back`() {
        var shares = SourceShares(seed: 7)
        let (one, other) = (shares.source(of: version4(1)), shares.source(of: version4(2)))
        for _ in 0..<5 { shares.begin(one) }
        shares.begin(other)
        #expect(shares.handshakes(of: one) == 5)
        #expect(shares.handshakes(of: other) == 1)
        for _ in 0..<5 { shares.end(one) }
        #expect(shares.handshakes(of: one) == 0)
        #expect(shares.handshakes(of: other) == 1)
    }
}
