// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@testable import Server
@testable import TLS

struct TicketKeyScheduleTests {
    private typealias Moment = TicketKeySchedule.Moment

    private static let secret = [UInt8](repeating: 9, count: 32)
    private static let policies = ["main", "inner"].map { Digest256.of(Array($0.utf8)) }
    private let settings: TLSSettings = {
        var settings = TLSSettings()
        settings.ticketKeyRotation = 60_000
        settings.sessionLifetime = 120
        return settings
    }()

    private func schedule(_ secret: [UInt8]?, _ wall: Int64) throws -> TicketKeySchedule {
        try TicketKeySchedule(secret, Self.policies, settings, Moment(wall: wall, steady: 0))
    }

    private func bytes(_ schedule: TicketKeySchedule) -> [[[UInt8]]] {
        schedule.keys.map { $0.keys.map(\.bytes) }
    }

    @Test func `nodes with one secret have the same keys, each listener others`() throws {
        let one = try schedule(Self.secret, 6_000)
        let two = try schedule(Self.secret, 6_059)
        #expect(bytes(one) == bytes(two))
        #expect(one.keys.count == 2)
        #expect(Set(bytes(one)[0]).isDisjoint(with: bytes(one)[1]))
        // The current one, as many earlier ones as a session lives through, one later.
        #expect(bytes(one)[0].count == 4)
        let other = try schedule([UInt8](repeating: 8, count: 32), 6_000)
        #expect(Set(bytes(one)[0]).isDisjoint(with: bytes(other)[0]))
    }

    @Test(arguments: [6_060, 5_999, 60_000, 0] as [Int64])
    func `keys follow the time of day, whichever way it is set`(wall: Int64) throws {
        var keys = try schedule(Self.secret, 6_000)
        let before = bytes(keys)
        #expect(try !keys.renew(now: Moment(wall: 6_059, steady: 1_000_000_000)))
        #expect(bytes(keys) == before)
        #expect(try keys.renew(now: Moment(wall: wall, steady: 0)))
        #expect(bytes(keys) == bytes(try schedule(Self.secret, wall)))
        #expect(try !keys.renew(now: Moment(wall: wall, steady: 0)))
    }

    @Test func `without a secret keys are random, and rotate by the monotonic clock`() throws {
        var keys = try schedule(nil, 6_000)
        #expect(bytes(keys) != bytes(try schedule(nil, 6_000)))
        let before = bytes(keys)
        #expect(before[0] == before[1])
        #expect(try !keys.renew(now: Moment(wall: 90_000, steady: 59_999)))
        #expect(bytes(keys) == before)
        #expect(try keys.renew(now: Moment(wall: 0, steady: 60_000)))
        #expect(bytes(keys)[0].dropFirst() == before[0][...])
        #expect(try !keys.renew(now: Moment(wall: 0, steady: 119_999)))
    }

    @Test func `another policy or rotation has other keys, on shared secrets only`() throws {
        let now = Moment(wall: 6_000, steady: 0)
        var shared = try schedule(Self.secret, 6_000)
        let before = bytes(shared)
        let changed = [Digest256.of(Array("main, need".utf8)), Self.policies[1]]
        try shared.adopt(changed, settings, now: now)
        #expect(Set(bytes(shared)[0]).isDisjoint(with: before[0]))
        #expect(bytes(shared)[1] == before[1])
        var slower = settings
        slower.ticketKeyRotation = 61_000
        try shared.adopt(Self.policies, slower, now: now)
        #expect(Set(bytes(shared)[1]).isDisjoint(with: before[1]))
        try shared.adopt(Self.policies, settings, now: now)
        #expect(bytes(shared) == before)

        var random = try schedule(nil, 6_000)
        let kept = bytes(random)
        try random.adopt(changed, slower, now: now)
        #expect(bytes(random) == kept)
    }
}
