// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

@testable import Serving

/// The families of refresh tokens that reactors remember.
struct RecentFamiliesTests {
    private typealias Sample = SampleGrant

    private func id(_ number: Int) -> [UInt8] { Sample.identifier(number) }

    @Test func `writes are followed, and one that failed is forgotten`() {
        let recent = RecentFamilies()
        var family = Sample.family(1, endsAt: 1_000)
        recent.note(.addRefreshFamily(family), .conflict)
        #expect(recent.refreshFamily(id(1)) == nil)
        recent.note(.addRefreshFamily(family), .done)
        #expect(recent.refreshFamily(id(1)) == family)
        recent.note(.extendRefreshFamily(id(1), endsAt: 2_000), .done)
        family.endsAt = 2_000
        #expect(recent.refreshFamily(id(1)) == family)
        let rotation = Sample.rotation(1, 0, endsAt: 3_000)
        recent.note(.rotateRefreshToken(rotation), .done)
        (family.previous, family.current) = (rotation.current, rotation.successor)
        (family.rotatedAt, family.endsAt) = (rotation.rotatedAt, 3_000)
        #expect(recent.refreshFamily(id(1)) == family)
        for result in [GrantWriteResult.conflict, .absent] {
            recent.keep(family)
            recent.note(.rotateRefreshToken(rotation), result)
            #expect(recent.refreshFamily(id(1)) == nil)
            recent.keep(family)
            recent.note(.extendRefreshFamily(id(1), endsAt: 1), result)
            #expect(recent.refreshFamily(id(1)) == nil)
        }
    }

    @Test func `a revocation forgets its family, whatever came of it`() {
        for result in [GrantWriteResult.done, .full] {
            let recent = RecentFamilies()
            recent.keep(Sample.family(1))
            recent.note(.revokeGrant(RevokedToken(id: id(1), until: 1)), result)
            #expect(recent.refreshFamily(id(1)) == nil)
        }
    }

    @Test func `a family that begins with a code is remembered`() {
        let recent = RecentFamilies()
        recent.note(.useCode(Sample.digest(1), at: 1, nil), .done)
        recent.note(.useCode(Sample.digest(1), at: 1, Sample.family(1)), .conflict)
        #expect(recent.refreshFamily(id(1)) == nil)
        recent.note(.useCode(Sample.digest(1), at: 1, Sample.family(1)), .done)
        #expect(recent.refreshFamily(id(1)) == Sample.family(1))
    }

    @Test func `entries are bounded in number and size, and those in use stay`() {
        let recent = RecentFamilies(countMax: 10)
        for number in 0..<100 {
            recent.keep(Sample.family(number))
            recent.note(.extendRefreshFamily(id(0), endsAt: .max), .done)
        }
        let kept = (0..<100).filter { recent.refreshFamily(id($0)) != nil }
        #expect(kept.count <= 20 && kept.contains(99) && kept.contains(0))
        var large = Sample.family(200)
        large.access.scopes = [String(repeating: "x", count: 1_100)]
        recent.keep(large)
        #expect(recent.refreshFamily(id(200)) == nil)
    }
}
