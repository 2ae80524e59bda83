// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

/// Codes, refresh tokens, pushed requests and revocations that outlive the server.
struct GrantsTests {
    private typealias Sample = SampleGrant

    private func code(_ number: Int, in store: any CompleteStore) throws -> CodeRecord? {
        guard case .code(let code) = try store.find([.code(Sample.digest(number))])[0] else {
            return nil
        }
        return code
    }

    private func family(_ number: Int, in store: any CompleteStore) throws -> RefreshFamilyRecord? {
        let key = GrantKey.refreshFamily(Sample.identifier(number))
        guard case .refreshFamily(let family) = try store.find([key])[0] else { return nil }
        return family
    }

    private func request(_ number: Int, in store: any CompleteStore) throws -> PushedRequestRecord?
    {
        let key = GrantKey.pushedRequest(Sample.request(number).digest)
        guard case .pushedRequest(let request) = try store.find([key])[0] else { return nil }
        return request
    }

    private func revoked(
        _ store: any CompleteStore,
        after now: Int64 = 0
    ) throws -> Set<RevokedToken> {
        var found: Set<RevokedToken> = []
        try store.forEachRevokedToken(after: now) { found.insert($0) }
        return found
    }

    // MARK: the number of families

    @Test(arguments: StoreKind.all)
    func `of too many families of one client and user the idlest goes`(kind: StoreKind) throws {
        let store = try kind.open()
        let most = GrantLimits.familiesOfUserMax
        func family(_ number: Int, subject: String = "user:x") -> RefreshFamilyRecord {
            var family = Sample.family(number)
            family.access.subject = subject
            family.rotatedAt = 1_000 + Int64(number)
            return family
        }
        let all = (0...most).map { GrantWrite.addRefreshFamily(family($0)) }
        let other = GrantWrite.addRefreshFamily(family(most + 1, subject: "user:y"))
        let results = try store.perform([other] + all)
        #expect(results.allSatisfy { $0 == .done })
        #expect(try self.family(0, in: store) == nil)
        #expect(try self.family(1, in: store) == family(1))
        #expect(try self.family(most, in: store) == family(most))
        #expect(try self.family(most + 1, in: store) != nil)
    }

    // MARK: codes and pushed requests

    @Test(arguments: StoreKind.all)
    func `every row comes back as it was kept, for the next server too`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        var used = Sample.code(3)
        used.usedAt = 1_010
        var rotated = Sample.family(3)
        rotated.previous = Sample.token(3, 9)
        let token = RevokedToken(id: Sample.digest(4), until: 3_000)
        let results = try store.perform([
            .push(Sample.request(1)), .addCode(Sample.code(1), from: nil),
            .addCode(Sample.code(2), from: nil), .addCode(used, from: nil),
            .addRefreshFamily(Sample.family(1)), .addRefreshFamily(Sample.family(2)),
            .addRefreshFamily(rotated), .revokeToken(token),
        ])
        #expect(results == Array(repeating: .done, count: 8))
        for store in [store, try home.open()] {
            // In the order of the keys, and nothing for one that is absent.
            let keys: [GrantKey] = [
                .code(Sample.digest(3)), .refreshFamily(Sample.identifier(3)),
                .refreshFamily(Sample.identifier(9)), .code(Sample.digest(1)),
                .pushedRequest(Sample.request(1).digest), .code(Sample.digest(9)),
                .pushedRequest(Sample.request(9).digest), .refreshFamily(Sample.identifier(1)),
                .code(Sample.digest(2)), .refreshFamily(Sample.identifier(2)),
                .code(Sample.digest(1)),
            ]
            #expect(
                try store.find(keys) == [
                    .code(used), .refreshFamily(rotated), nil, .code(Sample.code(1)),
                    .pushedRequest(Sample.request(1)), nil, nil, .refreshFamily(Sample.family(1)),
                    .code(Sample.code(2)), .refreshFamily(Sample.family(2)),
                    .code(Sample.code(1)),
                ]
            )
            #expect(try revoked(store) == [token])
        }
        #expect(try store.find([]).isEmpty && store.perform([]).isEmpty)
    }

    @Test(arguments: StoreKind.all)
    func `what is there already is not kept twice`(kind: StoreKind) throws {
        let store = try kind.open()
        let writes: [GrantWrite] = [
            .push(Sample.request(1)), .addCode(Sample.code(1), from: nil),
            .addRefreshFamily(Sample.family(1)),
        ]
        #expect(try store.perform(writes) == [.done, .done, .done])
        var other = (Sample.request(1), Sample.code(1), Sample.family(1))
        other.0.clientID = "other"
        other.1.access.clientID = "other"
        other.2.access.clientID = "other"
        let again: [GrantWrite] = [
            .push(other.0), .addCode(other.1, from: nil), .addRefreshFamily(other.2),
        ]
        #expect(try store.perform(again) == [.conflict, .conflict, .conflict])
        #expect(try request(1, in: store) == Sample.request(1))
        #expect(try code(1, in: store) == Sample.code(1))
        #expect(try family(1, in: store) == Sample.family(1))
    }

    @Test(arguments: StoreKind.all)
    func `a pushed request gives one code`(kind: StoreKind) throws {
        let store = try kind.open()
        let origin = Sample.request(1).digest
        let results = try store.perform([
            .push(Sample.request(1)), .push(Sample.request(2)),
            .addCode(Sample.code(1), from: origin), .addCode(Sample.code(2), from: origin),
            .addCode(Sample.code(3), from: Sample.request(9).digest),
        ])
        #expect(results == [.done, .done, .done, .conflict, .conflict])
        #expect(try store.perform([.addCode(Sample.code(4), from: origin)]) == [.conflict])
        #expect(try request(1, in: store) == nil && request(2, in: store) != nil)
        #expect(try code(1, in: store) == Sample.code(1))
        for number in 2...4 { #expect(try code(number, in: store) == nil) }
        // A code that is there already uses no request up.
        let second = Sample.request(2)
        #expect(
            try store.perform([.addCode(Sample.code(1), from: second.digest)]) == [.conflict]
        )
        #expect(try request(2, in: store) == second)
    }

    @Test(arguments: StoreKind.all)
    func `a code is used once, and its family begins with the use`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        let digest = Sample.digest(1)
        // Made and used in one group, of two uses in it the first one wins.
        let results = try store.perform([
            .useCode(digest, at: 1_001, Sample.family(1)),
            .addCode(Sample.code(1), from: nil),
            .useCode(digest, at: 1_002, Sample.family(1)),
            .useCode(digest, at: 1_003, Sample.family(2)),
            .useCode(digest, at: 1_004, nil),
        ])
        #expect(results == [.absent, .done, .done, .conflict, .conflict])
        var used = Sample.code(1)
        used.usedAt = 1_002
        used.keptUntil = 1_002 + used.access.tokenLifetime
        for store in [store, try home.open()] {
            #expect(try store.perform([.useCode(digest, at: 1_005, nil)]) == [.conflict])
            #expect(try code(1, in: store) == used)
            #expect(try family(1, in: store) == Sample.family(1))
            #expect(try family(2, in: store) == nil)
        }
    }

    @Test(arguments: StoreKind.all)
    func `a use without a family keeps none, and one whose family is there is not made`(
        kind: StoreKind
    ) throws {
        let store = try kind.open()
        let results = try store.perform([
            .addCode(Sample.code(1), from: nil), .useCode(Sample.digest(1), at: 1_001, nil),
            .addCode(Sample.code(2), from: nil), .addRefreshFamily(Sample.family(2)),
            .useCode(Sample.digest(2), at: 1_001, Sample.family(2)),
        ])
        #expect(results == [.done, .done, .done, .done, .conflict])
        #expect(try code(1, in: store)?.usedAt == 1_001)
        #expect(try family(1, in: store) == nil)
        #expect(try code(2, in: store) == Sample.code(2))
    }

    // MARK: refresh tokens

    @Test(arguments: StoreKind.all)
    func `a refresh token is replaced by one successor`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        var rival = Sample.rotation(1, 0)
        rival.successor = Sample.token(1, 99)
        let results = try store.perform([
            .rotateRefreshToken(Sample.rotation(1, 0)), .addRefreshFamily(Sample.family(1)),
            .rotateRefreshToken(Sample.rotation(1, 0)), .rotateRefreshToken(rival),
            .rotateRefreshToken(Sample.rotation(1, 1)),
        ])
        #expect(results == [.absent, .done, .done, .conflict, .done])
        var expected = Sample.family(1)
        expected.current = Sample.token(1, 2)
        expected.previous = Sample.token(1, 1)
        (expected.rotatedAt, expected.endsAt) = (2_001, 6_001)
        for store in [store, try home.open()] {
            for turn in 0...1 {
                let again = GrantWrite.rotateRefreshToken(Sample.rotation(1, turn))
                #expect(try store.perform([again]) == [.conflict])
            }
            #expect(try family(1, in: store) == expected)
        }
        #expect(try store.perform([.rotateRefreshToken(Sample.rotation(2, 0))]) == [.absent])
    }

    @Test(arguments: StoreKind.all)
    func `a family that is used without rotation ends later`(kind: StoreKind) throws {
        let store = try kind.open()
        let results = try store.perform([
            .extendRefreshFamily(Sample.identifier(1), endsAt: 7_000),
            .addRefreshFamily(Sample.family(1)), .addRefreshFamily(Sample.family(2)),
            .extendRefreshFamily(Sample.identifier(1), endsAt: 8_000),
        ])
        #expect(results == [.absent, .done, .done, .done])
        #expect(try family(1, in: store) == Sample.family(1, endsAt: 8_000))
        #expect(try family(2, in: store) == Sample.family(2))
    }

    // MARK: revocation

    @Test(arguments: StoreKind.all)
    func `a revoked grant has no family, and its tokens are known for longest`(kind: StoreKind)
        throws
    {
        let home = try kind.makeHome()
        let store = try home.open()
        let (first, other) = (Sample.identifier(1), Sample.identifier(8))
        let results = try store.perform([
            .addRefreshFamily(Sample.family(1)), .addRefreshFamily(Sample.family(2)),
            .revokeGrant(RevokedToken(id: first, until: 3_000)),
            .rotateRefreshToken(Sample.rotation(1, 0)),
            .revokeGrant(RevokedToken(id: first, until: 2_000)),
            // There is no such family; its tokens may live.
            .revokeGrant(RevokedToken(id: other, until: 2_000)),
            .revokeGrant(RevokedToken(id: other, until: 2_500)),
            .revokeToken(RevokedToken(id: Sample.digest(1), until: 2_700)),
            .revokeToken(RevokedToken(id: Sample.digest(1), until: 2_600)),
        ])
        #expect(results == [.done, .done, .done, .absent] + Array(repeating: .done, count: 5))
        let expected: Set = [
            RevokedToken(id: first, until: 3_000), RevokedToken(id: other, until: 2_500),
            RevokedToken(id: Sample.digest(1), until: 2_700),
        ]
        for store in [store, try home.open()] {
            #expect(try revoked(store) == expected)
            #expect(try family(1, in: store) == nil)
            #expect(try family(2, in: store) == Sample.family(2))
        }
        #expect(try revoked(store, after: 2_699).count == 2)
        #expect(try revoked(store, after: 2_700) == [RevokedToken(id: first, until: 3_000)])
        #expect(try revoked(store, after: 3_000).isEmpty)
    }

    // MARK: removal

    @Test(arguments: StoreKind.all)
    func `rows that have ended go, a piece at a time, and no others`(kind: StoreKind) throws {
        let store = try kind.open()
        let ended = (0..<10).flatMap { number -> [GrantWrite] in
            [
                .addCode(Sample.code(number, keptUntil: 1_999), from: nil),
                .push(Sample.request(number, expiresAt: 1_999)),
                .addRefreshFamily(Sample.family(number, endsAt: 1_999)),
                .revokeToken(RevokedToken(id: Sample.digest(number), until: 1_999)),
            ]
        }
        let living: [GrantWrite] = [
            .addCode(Sample.code(20, keptUntil: 2_000), from: nil),
            .push(Sample.request(20, expiresAt: 2_000)),
            .addRefreshFamily(Sample.family(20, endsAt: 2_000)),
            .revokeToken(RevokedToken(id: Sample.digest(20), until: 2_000)),
        ]
        let results = try store.perform(ended + living)
        #expect(results.count == 44 && results.allSatisfy { $0 == .done })
        #expect(try store.removeEnded(before: 1_999, limit: 100) == 0)
        #expect(try store.removeEnded(before: 2_000, limit: 0) == 0)
        for expected in [15, 15, 10, 0] {
            #expect(try store.removeEnded(before: 2_000, limit: 15) == expected)
        }
        #expect(try revoked(store) == [RevokedToken(id: Sample.digest(20), until: 2_000)])
        for number in 0..<10 {
            #expect(try code(number, in: store) == nil && family(number, in: store) == nil)
            #expect(try request(number, in: store) == nil)
        }
        #expect(try code(20, in: store) == Sample.code(20, keptUntil: 2_000))
        #expect(try family(20, in: store) == Sample.family(20, endsAt: 2_000))
        #expect(try request(20, in: store) == Sample.request(20, expiresAt: 2_000))
        #expect(try store.removeEnded(before: 2_001, limit: 15) == 4)
        // A row that is gone is used by nothing.
        #expect(
            try store.perform([
                .useCode(Sample.digest(20), at: 1, nil),
                .rotateRefreshToken(Sample.rotation(20, 0)),
            ]) == [.absent, .absent]
        )
    }

    // MARK: transactions

    @Test(arguments: StoreKind.all)
    func `a group with a record that breaks a rule of the store is not kept at all`(
        kind: StoreKind
    ) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        _ = try store.perform([.addCode(Sample.code(1), from: nil)])
        var (code, family, request) = (Sample.code(2), Sample.family(2), Sample.request(2))
        code.digest.removeLast()
        family.current.append(1)
        request.clientID = ""
        let token = RevokedToken(id: [1, 2, 3], until: 1)
        let broken: [GrantWrite] = [
            .addCode(code, from: nil), .addRefreshFamily(family), .push(request),
            .revokeToken(token), .revokeGrant(token),
        ]
        for write in broken {
            let refused = storeError {
                _ = try store.perform([
                    .useCode(Sample.digest(1), at: 1_001, Sample.family(1)),
                    .push(Sample.request(3)), write, .addRefreshFamily(Sample.family(4)),
                ])
            }
            #expect(refused?.kind == .invalid)
            for store in [store, try home.open()] {
                #expect(try self.code(1, in: store) == Sample.code(1))
                #expect(try self.family(1, in: store) == nil && self.family(4, in: store) == nil)
                #expect(try self.request(3, in: store) == nil)
            }
        }
        #expect(try revoked(store).isEmpty)
        #expect(
            try store.perform([.useCode(Sample.digest(1), at: 1_001, Sample.family(1))]) == [.done]
        )
    }

    @Test(arguments: StoreKind.all)
    func `grants are no change that a registry hears of`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let before = try store.changes(after: .start)
        _ = try store.perform([
            .addCode(Sample.code(1), from: nil),
            .useCode(Sample.digest(1), at: 1, Sample.family(1)),
            .revokeGrant(RevokedToken(id: Sample.identifier(1), until: 9)),
        ])
        _ = try store.removeEnded(before: 9_000, limit: 100)
        #expect(try store.changes(after: .start) == before)
    }
}
