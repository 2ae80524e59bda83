// SPDX-License-Identifier: Apache-2.0
import Network
import Testing

@testable import Serving

struct PasswordFailuresTests {
    private let alice = 1
    private let bob = 2

    /// One password that is checked at once and is wrong; how long to wait where it may not be.
    private func guess(
        _ failures: PasswordFailures,
        _ name: Int,
        limit: Int = 3,
        now: Int64,
        password: Int = .random(in: 1 ... .max)
    ) -> Int64? {
        if let wait = failures.begin(name, limit: limit, now: now) { return wait }
        failures.end(name, wrong: password, limit: limit, now: now)
        return nil
    }

    private func failures(_ count: Int, rowsMax: Int = 100) -> PasswordFailures {
        let failures = PasswordFailures(rowsMax: rowsMax)
        for _ in 0..<count { #expect(guess(failures, alice, limit: count, now: 1000) == nil) }
        return failures
    }

    @Test func `up to the number nobody waits, from it on the name does`() {
        let failures = failures(2)
        #expect(guess(failures, alice, now: 1000) == nil)
        #expect(guess(failures, alice, now: 1000) == 10)
        #expect(guess(failures, alice, now: 1007) == 3)
        #expect(guess(failures, bob, now: 1000) == nil)
    }

    @Test func `one in ten seconds goes on, and a wrong one costs the next ten`() {
        let failures = failures(3)
        for turn in 1...20 {
            let now = 1000 + Int64(turn) * 10
            #expect(guess(failures, alice, now: now - 1) == 1)
            #expect(guess(failures, alice, now: now) == nil)
            #expect(guess(failures, alice, now: now) == 10)
        }
    }

    @Test func `the right password takes nothing off, and adds nothing`() {
        let failures = failures(2)
        for _ in 0..<50 {
            #expect(failures.begin(alice, limit: 3, now: 1000) == nil)
            failures.end(alice, wrong: nil, limit: 3, now: 1000)
        }
        #expect(guess(failures, alice, now: 1000) == nil)
        #expect(guess(failures, alice, now: 1000) == 10)
    }

    @Test func `many right ones at once are not held up`() {
        let failures = PasswordFailures()
        for _ in 0..<500 { #expect(failures.begin(alice, limit: 3, now: 1000) == nil) }
        for _ in 0..<500 { failures.end(alice, wrong: nil, limit: 3, now: 1000) }
        #expect(failures.names == 0)
    }

    @Test func `many wrong ones at once get no further than the number, and cost no more`() {
        let failures = failures(2)
        #expect(failures.begin(alice, limit: 3, now: 1000) == nil)
        // One is being checked: another may turn out to be one too many.
        #expect(failures.begin(alice, limit: 3, now: 1000) == 1)
        failures.end(alice, wrong: 7, limit: 3, now: 1000)
        #expect(guess(failures, alice, now: 1009) == 1)
        #expect(guess(failures, alice, now: 1010) == nil)

        let burst = PasswordFailures()
        for _ in 0..<500 { #expect(burst.begin(alice, limit: 3, now: 1000) == nil) }
        for number in 0..<500 { burst.end(alice, wrong: number, limit: 3, now: 1000) }
        #expect(guess(burst, alice, now: 1009) == 1)
        #expect(guess(burst, alice, now: 1010) == nil)
    }

    @Test func `the same wrong password again is no guess`() {
        let failures = PasswordFailures()
        for _ in 0..<50 { #expect(guess(failures, alice, now: 1000, password: 5) == nil) }
        #expect(guess(failures, alice, now: 1000, password: 6) == nil)
        for _ in 0..<50 { #expect(guess(failures, alice, now: 1000, password: 5) == nil) }
        #expect(guess(failures, alice, now: 1000, password: 7) == nil)
        #expect(guess(failures, alice, now: 1000, password: 5) == 10)
    }

    @Test func `a name is forgotten when all of its wrong passwords are old`() {
        let failures = failures(3)
        #expect(failures.begin(alice, limit: 3, now: 1029) == nil)
        failures.end(alice, wrong: nil, limit: 3, now: 1029)
        #expect(failures.names == 1)
        #expect(failures.begin(alice, limit: 3, now: 1030) == nil)
        failures.end(alice, wrong: nil, limit: 3, now: 1030)
        #expect(failures.names == 0)
    }

    @Test func `no number counts none, and lowering it later does not lock anybody out`() {
        let failures = PasswordFailures()
        for _ in 0..<1000 { #expect(guess(failures, alice, limit: 0, now: 1000) == nil) }
        #expect(failures.names == 0)
        for _ in 0..<1000 { #expect(guess(failures, alice, limit: 5000, now: 1000) == nil) }
        #expect(guess(failures, alice, limit: 3, now: 1000) == 10)
        #expect(guess(failures, alice, limit: 3, now: 1010) == nil)
    }

    @Test func `more names than there is room for put out none that counts`() {
        let failures = failures(3, rowsMax: 10)
        for name in 100..<200 { #expect(guess(failures, name, now: 1000) == nil) }
        #expect(failures.names == 10)
        #expect(guess(failures, alice, now: 1000) == 10)
        // The others have had their time by now, and give way; alice has not.
        #expect(guess(failures, bob, now: 1015) == nil)
        #expect(failures.names == 2)
        #expect(guess(failures, alice, limit: 2, now: 1015) == 5)
    }

    @Test func `a clock that stands still or goes back does no harm`() {
        let failures = failures(3)
        #expect(guess(failures, alice, now: 990) != nil)
        #expect(guess(failures, alice, now: 1000) == 10)
    }

    @Test func `a network is an address, or what a household gets`() {
        func network(_ text: String) -> UInt128? {
            InternetAddress(text).map { PasswordNeed.network($0) }
        }
        #expect(network("192.0.2.1") != network("192.0.2.2"))
        #expect(network("::ffff:192.0.2.1") == network("192.0.2.1"))
        #expect(network("2001:db8:1:2::1") == network("2001:db8:1:2:3::9"))
        #expect(network("2001:db8:1:200::1") == network("2001:db8:1:2ff::1"))
        #expect(network("2001:db8:1:200::1") != network("2001:db8:1:300::1"))
        // Over a Unix socket.
        #expect(network("::") == 0)
    }
}
