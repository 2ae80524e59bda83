// SPDX-License-Identifier: Apache-2.0
import Reactor
import Storage
import Testing

@testable import Serving

struct GroupQueueTests {
    @Test func `items come in their order, in groups that are bounded, and all before the end`()
        throws
    {
        let queue = GroupQueue<Int>(countMax: 1_000, groupMax: 7)
        let groups = Lock([[Int]]())
        for number in 0..<100 { #expect(queue.add(number)) }
        try queue.start("groups") {
            while let group = queue.take() { groups.withLock { $0.append(group) } }
        }
        for number in 100..<150 { #expect(queue.add(number)) }
        queue.stop()
        let taken = groups.withLock { $0 }
        #expect(taken.flatMap { $0 } == Array(0..<150))
        #expect(taken.allSatisfy { 1...7 ~= $0.count } && taken.first?.count == 7)
        // Nothing is taken any more, and a second end is none.
        #expect(!queue.add(1))
        queue.stop()
    }

    @Test func `a queue takes as many items as it may have`() {
        let queue = GroupQueue<Int>(countMax: 3, groupMax: 2)
        #expect((0..<5).map { queue.add($0) } == [true, true, true, false, false])
        #expect(queue.take() == [0, 1])
        #expect(queue.add(5))
        #expect(queue.take(within: 0) == [2, 5])
        #expect(queue.take(within: 1) == [])
        queue.stop()
        #expect(queue.take(within: 1) == nil && queue.take() == nil)
    }

    @Test(arguments: [[], [0], [6], [2, 3], [0, 1, 2, 3, 4, 5, 6]])
    func `an element that fails a group fails alone`(bad: [Int]) {
        var calls: [[Int]] = []
        func handle(_ group: [Int]) throws(StoreError) -> [Int] {
            calls.append(group)
            if group.contains(where: bad.contains) { throw StoreError(.invalid, "bad") }
            return group.map { $0 * 10 }
        }
        let results = Array(0..<7).results(halvedBy: .invalid, handle)
        #expect(results.map { try? $0.get() } == (0..<7).map { bad.contains($0) ? nil : $0 * 10 })
        // Each element was in one group that went well, or alone in one that did not.
        let good = calls.filter { !$0.contains(where: bad.contains) }.flatMap { $0 }
        #expect(good == (0..<7).filter { !bad.contains($0) })
    }

    @Test func `a group that fails for another reason fails as a whole, and once`() {
        var calls = 0
        func handle(_ group: [Int]) throws(StoreError) -> [Int] {
            calls += 1
            throw StoreError(.full, "the disk is full")
        }
        let results = [1, 2, 3].results(halvedBy: .invalid, handle)
        #expect(results.count == 3 && results.allSatisfy { (try? $0.get()) == nil })
        #expect(calls == 1)
        #expect([Int]().results(halvedBy: .full) { _ in [Int]() }.isEmpty)
    }
}
