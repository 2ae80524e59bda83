// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Seeding

struct SeedParametersTests {
    @Test(arguments: [1, 1_000_000])
    func `so many clients are taken`(count: Int) throws {
        #expect(try SeedParameters(seed: Seed(0), clients: count).clients == count)
    }

    @Test(arguments: [-1, 0, 1_000_001])
    func `too few or too many clients are refused`(count: Int) {
        #expect(throws: SeedError.self) { try SeedParameters(seed: Seed(0), clients: count) }
    }

    @Test(arguments: [-1, 10_001])
    func `too few or too many users are refused`(count: Int) {
        #expect(throws: SeedError.self) {
            try SeedParameters(seed: Seed(0), clients: 1, users: count)
        }
    }

    @Test(arguments: ["", "today", "2026-02-30", "1969-12-31", "9990-01-01", "2026-1-1"])
    func `what is no day, or out of bounds, is refused`(day: String) {
        #expect(throws: SeedError.self) {
            try SeedParameters(seed: Seed(0), clients: 1, notBefore: day)
        }
    }

    @Test(arguments: ["1970-01-01", "2026-01-01", "2028-02-29"])
    func `a day is taken, and is the same again`(day: String) throws {
        let parameters = try SeedParameters(seed: Seed(0), clients: 1, notBefore: day)
        #expect(parameters.notBeforeDay == day)
    }

    @Test func `certificates that are over by now are refused`() throws {
        let parameters = try SeedParameters(seed: Seed(0), clients: 1, notBefore: "2010-01-01")
        let end = parameters.validity.upperBound
        try parameters.requireValidity(at: end)
        #expect(throws: SeedError.self) { try parameters.requireValidity(at: end + 1) }
    }
}
