// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

/// Grants that several programs write at once.
struct SharedGrantsTests {
    private typealias Sample = SampleGrant

    @Test(arguments: StoreKind.shared)
    func `another program's revocations are read behind those that are known`(kind: StoreKind)
        throws
    {
        let home = try kind.makeHome()
        let (one, other) = (try home.open(), try home.open())
        let position = try #require(try one.revocationPosition())
        #expect(try one.revocations(after: position).tokens == [])
        let tokens = (0..<3).map { RevokedToken(id: Sample.digest($0), until: 100 + Int64($0)) }
        _ = try other.perform(tokens.map { .revokeToken($0) })
        let found = try one.revocations(after: position)
        #expect(found.tokens == tokens)
        #expect(try one.revocations(after: found.position).tokens == [])
        // A later end comes again, an earlier one does not.
        let later = RevokedToken(id: tokens[0].id, until: 900)
        _ = try other.perform([
            .revokeToken(later), .revokeToken(RevokedToken(id: tokens[1].id, until: 1)),
        ])
        #expect(try one.revocations(after: found.position).tokens == [later])
        #expect(try one.revocationPosition() == one.revocations(after: position).position)
    }

    @Test(arguments: StoreKind.all)
    func `a pushed request gives one code, whichever program asks`(kind: StoreKind) async throws {
        let home = try kind.makeHome()
        let stores = [try home.open(), try home.open()]
        for number in 0..<20 {
            let request = Sample.request(number)
            _ = try stores[0].perform([.push(request)])
            let results = try await withThrowingTaskGroup(of: [GrantWriteResult].self) { group in
                for (index, store) in stores.enumerated() {
                    let code = Sample.code(1_000 + 2 * number + index)
                    group.addTask { try store.perform([.addCode(code, from: request.digest)]) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(results.count { $0 == .done } == 1)
            #expect(results.count { $0 == .conflict } == 1)
        }
    }

    @Test(arguments: StoreKind.shared)
    func `a program whose clock is ahead removes nothing that is needed`(kind: StoreKind) throws {
        let store = try kind.open()
        _ = try store.perform([.addRefreshFamily(Sample.family(1, endsAt: 4_000_000_000))])
        #expect(try store.removeEnded(before: 5_000_000_000, limit: 10) == 0)
        #expect(try store.find([.refreshFamily(Sample.identifier(1))]).first != nil)
    }
}
