// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Seeding

struct OrderedWorkTests {
    private struct WorkError: Error {}

    private func taken(_ count: Int, lot: Int, threads: Int) throws -> [Int] {
        let work = try OrderedWork(count, lot: lot, threads: threads) { { $0 * 2 } }
        var values: [Int] = []
        while let lot = try work.next() { values += lot }
        return values
    }

    @Test(arguments: [(0, 1, 1), (1, 10, 4), (1000, 7, 3), (64, 1, 2)])
    func `values come in their order`(count: Int, lot: Int, threads: Int) throws {
        let values = try taken(count, lot: lot, threads: threads)
        #expect(values == (0..<count).map { $0 * 2 })
    }

    @Test func `the error of a maker comes in its turn`() throws {
        let work = try OrderedWork(100, lot: 10, threads: 2) {
            { if $0 == 25 { throw WorkError() } else { $0 } }
        }
        #expect(try work.next() == Array(0..<10))
        #expect(try work.next() == Array(10..<20))
        #expect(throws: WorkError.self) { try work.next() }
    }

    @Test func `a maker that cannot be made is an error`() throws {
        let work = try OrderedWork(5, lot: 1, threads: 2) { () throws -> OrderedWork<Int>.Maker in
            throw WorkError()
        }
        #expect(throws: WorkError.self) { try work.next() }
    }

    @Test func `work that is not taken to its end ends with its owner`() throws {
        let work = try OrderedWork(1_000_000, lot: 1, threads: 4) { { $0 } }
        #expect(try work.next() == [0])
    }
}
