// SPDX-License-Identifier: Apache-2.0
import Network
import OAuth
import Testing

@testable import Serving

/// Buckets of addresses: whose failures count together, and which are forgotten.
struct AddressFailuresTests {
    private let two: RequestRate

    init() throws { two = try #require(RequestRate("2/60")) }

    private func address(_ text: String) throws -> InternetAddress {
        try #require(InternetAddress(text))
    }

    @Test func `beyond the rate an address waits, and others do not`() throws {
        let failures = AddressFailures()
        let (one, other) = (try address("192.0.2.1"), try address("192.0.2.2"))
        for _ in 0..<2 { #expect(failures.charge(one, two, now: 0) == nil) }
        for _ in 0..<5 { #expect(failures.charge(one, two, now: 0) == 30) }
        #expect(failures.charge(other, two, now: 0) == nil)
        #expect(failures.charge(one, two, now: 30_000_000_000) == nil)
        #expect(failures.charge(one, two, now: 30_000_000_000) == 30)
        #expect(failures.count == 2)
    }

    @Test func `an IPv6 network of 64 bits is one address, and its neighbour another`() throws {
        let failures = AddressFailures()
        #expect(failures.charge(try address("2001:db8:0:1::1"), two, now: 0) == nil)
        #expect(failures.charge(try address("2001:db8:0:1:ffff::2"), two, now: 0) == nil)
        #expect(failures.charge(try address("2001:db8:0:1::3"), two, now: 0) == 30)
        #expect(failures.charge(try address("2001:db8:0:2::1"), two, now: 0) == nil)
    }

    @Test func `a mapped address is that of IPv4, and no network of IPv6`() throws {
        let plain = AddressFailures.key(try address("192.0.2.1"))
        #expect(AddressFailures.key(try address("::ffff:192.0.2.1")) == plain)
        #expect(AddressFailures.key(try address("::ffff:192.0.2.2")) != plain)
        #expect(AddressFailures.key(try address("::1")) != plain)
        #expect(AddressFailures.key(try address("::1")) == AddressFailures.key(try address("::2")))
    }

    @Test func `when the table is full the address goes that failed longest ago`() throws {
        let failures = AddressFailures(addressesMax: 3)
        let one = try #require(RequestRate("1/60"))
        func charge(_ number: UInt32) -> Bool {
            failures.charge(.version4(number), one, now: 0) == nil
        }
        #expect(charge(1) && charge(2) && charge(3))
        // The first one is the newest again.
        #expect(!charge(1))
        #expect(charge(4) && failures.count == 3)
        #expect(!charge(1) && !charge(3) && !charge(4))
        // The second one was forgotten, and takes the place of the first one, now the oldest.
        #expect(charge(2))
        #expect(!charge(3) && !charge(4) && !charge(2))
        #expect(charge(1))
    }

    @Test func `the table is that of a model, whatever comes`() throws {
        var random = SystemRandomNumberGenerator()
        for size in [1, 2, 3, 8] {
            let failures = AddressFailures(addressesMax: size)
            let one = try #require(RequestRate("1/60"))
            var known: [UInt32] = []
            for _ in 0..<2_000 {
                let number = UInt32.random(in: 1...12, using: &random)
                let isKnown = known.contains(number)
                known.removeAll { $0 == number }
                known.append(number)
                if known.count > size { known.removeFirst() }
                let isAllowed = failures.charge(.version4(number), one, now: 0) == nil
                #expect(isAllowed == !isKnown)
            }
            #expect(failures.count == size)
        }
    }

    @Test func `as many addresses are kept as is said, and no more`() {
        let failures = AddressFailures()
        for number in 0..<70_000 as Range<UInt32> {
            _ = failures.charge(.version4(number), two, now: 0)
        }
        #expect(failures.count == 65_536)
    }
}
