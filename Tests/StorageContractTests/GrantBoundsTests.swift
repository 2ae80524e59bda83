// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

/// Bounds of grants: which rows go, and who finds room.
struct GrantBoundsTests {
    private typealias Sample = SampleGrant

    private func family(_ number: Int, in store: any CompleteStore) throws -> RefreshFamilyRecord? {
        let key = GrantKey.refreshFamily(Sample.identifier(number))
        guard case .refreshFamily(let family) = try store.find([key])[0] else { return nil }
        return family
    }

    @Test(arguments: StoreKind.all)
    func `of families rotated in one second the older grant goes, then the larger id`(
        kind: StoreKind
    ) throws {
        let store = try kind.open()
        let most = GrantLimits.familiesOfUserMax
        func family(_ number: Int, grantedAt: Int64) -> RefreshFamilyRecord {
            var family = Sample.family(number)
            family.access.subject = "user:x"
            family.access.grantedAt = grantedAt
            family.rotatedAt = 5_000
            return family
        }
        // The last two are as old as each other, and older than all others.
        let all = (0..<most).map { family($0, grantedAt: $0 < most - 2 ? 4_000 : 3_000) }
        _ = try store.perform(all.reversed().map { .addRefreshFamily($0) })
        let old = all.suffix(2).map(\.access.grantID)
        let larger = old[0].lexicographicallyPrecedes(old[1]) ? most - 1 : most - 2
        _ = try store.perform([.addRefreshFamily(family(most, grantedAt: 4_000))])
        #expect(try self.family(larger, in: store) == nil)
        _ = try store.perform([.addRefreshFamily(family(most + 1, grantedAt: 4_000))])
        for number in [most - 2, most - 1] { #expect(try self.family(number, in: store) == nil) }
        // The twin: all others are there.
        for number in Array(0..<most - 2) + [most, most + 1] {
            #expect(try self.family(number, in: store) != nil)
        }
    }

    @Test(arguments: StoreKind.all)
    func `a client may fill no more than its share of pushed requests`(kind: StoreKind) throws {
        let store = try kind.open()
        let (most, least) = (
            GrantLimits.pushedRequestsOfClientMax, GrantLimits.pushedRequestsOfClientMin
        )
        func push(_ count: Int, of client: Int) throws -> Int {
            let writes = (0..<count).map { number in
                var request = Sample.request(client * 10_000 + number)
                request.clientID = "client-\(client)"
                return GrantWrite.push(request)
            }
            return try store.perform(writes).count { $0 == .done }
        }
        // Eight clients have their most, and half of all is used.
        for client in 0..<8 { #expect(try push(most + 1, of: client) == most) }
        #expect(try push(least + 1, of: 8) == least)
        #expect(try push(least, of: 9) == least)
        // The twin: those that have their most get no more.
        #expect(try push(1, of: 10_000) == 1)
        #expect(try push(1, of: 0) == 0)
    }
}
