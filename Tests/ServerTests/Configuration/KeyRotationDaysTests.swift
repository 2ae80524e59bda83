// SPDX-License-Identifier: Apache-2.0
import Testing
import Upkeep

@testable import Server

struct KeyRotationDaysTests {
    @Test(arguments: [0, 7, 90, 3_650])
    func `a schedule of a week and more is taken, and none`(days: Int) throws {
        let configuration = try load("keys: {rotate_days: \(days)}")
        #expect(configuration.tokenKeys.rotationDays == days)
    }

    @Test(arguments: [-1, 1, 6, 3_651])
    func `another one is refused`(days: Int) {
        #expect(throws: ConfigurationError.self) { try load("keys: {rotate_days: \(days)}") }
    }

    @Test func `keys stay where nothing is said`() throws {
        #expect(try load("").tokenKeys.rotationDays == 0)
    }
}
