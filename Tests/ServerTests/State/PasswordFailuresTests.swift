import Cryptography
import Testing

@testable import Server

struct PasswordFailuresTests {
    private let alice = Digest256.of(Array("alice".utf8))
    private let bob = Digest256.of(Array("bob".utf8))

    private func failures(_ count: Int, now: Int64, rowsMax: Int = 100) -> PasswordFailures {
        let failures = PasswordFailures(rowsMax: rowsMax)
        for _ in 0..<count { failures.count(alice, now: now) }
        return failures
    }

    @Test func `up to the number nobody waits, from it on the name does`() {
        let failures = failures(2, now: 1000)
        #expect(failures.secondsToWait(alice, most: 3, now: 1000) == nil)
        failures.count(alice, now: 1000)
        #expect(failures.secondsToWait(alice, most: 3, now: 1000) == 10)
        #expect(failures.secondsToWait(alice, most: 3, now: 1007) == 3)
        #expect(failures.secondsToWait(bob, most: 3, now: 1000) == nil)
    }

    @Test func `one in ten seconds goes on, and a wrong one costs the next ten`() {
        let failures = failures(3, now: 1000)
        for turn in 1...20 {
            let now = 1000 + Int64(turn) * 10
            #expect(failures.secondsToWait(alice, most: 3, now: now - 1) == 1)
            #expect(failures.secondsToWait(alice, most: 3, now: now) == nil)
            failures.count(alice, now: now)
            #expect(failures.secondsToWait(alice, most: 3, now: now) == 10)
        }
    }

    @Test func `the right password clears the count`() {
        let failures = failures(50, now: 1000)
        failures.clear(alice)
        #expect(failures.secondsToWait(alice, most: 3, now: 1000) == nil)
        #expect(failures.names == 0)
    }

    @Test func `a name is forgotten when all of its wrong passwords are old`() {
        let failures = failures(3, now: 1000)
        #expect(failures.secondsToWait(alice, most: 3, now: 1029) == nil)
        #expect(failures.names == 1)
        #expect(failures.secondsToWait(alice, most: 3, now: 1030) == nil)
        #expect(failures.names == 0)
    }

    @Test func `many at once are not older than the first of them`() {
        let failures = failures(3, now: 1000)
        failures.clear(alice)
        failures.count(alice, now: 1009)
        #expect(failures.secondsToWait(alice, most: 1, now: 1010) == 9)
    }

    @Test func `no number counts none`() {
        let failures = failures(1000, now: 1000)
        #expect(failures.secondsToWait(alice, most: 0, now: 1000) == nil)
    }

    @Test func `more names than there is room for put out none that counts`() {
        let failures = failures(3, now: 1000, rowsMax: 10)
        for number in 0..<100 {
            failures.count(Digest256.of(Array("\(number)".utf8)), now: 1000)
        }
        #expect(failures.names == 10)
        #expect(failures.secondsToWait(alice, most: 3, now: 1000) == 10)
        // The others have had their time by now, and give way; alice has not.
        failures.count(bob, now: 1015)
        #expect(failures.names == 2)
        #expect(failures.secondsToWait(alice, most: 2, now: 1015) == 5)
    }

    @Test func `a clock that stands still or goes back does no harm`() {
        let failures = failures(3, now: 1000)
        #expect(failures.secondsToWait(alice, most: 3, now: 990) != nil)
        failures.count(alice, now: 980)
        #expect(failures.secondsToWait(alice, most: 3, now: 1000) == 10)
    }
}
