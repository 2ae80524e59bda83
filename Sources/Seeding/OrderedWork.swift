// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Values that several threads make and one takes, in the order of their numbers.
///
/// Threads are at most a few lots ahead of the taker, which bounds the memory.
final class OrderedWork<Value: Sendable>: Sendable {
    /// Makes the value with a number; one thread's own.
    typealias Maker = (Int) throws -> Value

    private struct State {
        /// The first lot that no thread has begun.
        var begun = 0
        /// The first lot that was not taken.
        var taken = 0
        var made: [Int: Result<[Value], any Error>] = [:]
        var isStopped = false
    }

    /// Enough that no thread waits while the taker writes a lot to the disk.
    private static var lotsAheadMax: Int { 8 }

    private let state = Lock(State())
    private let threads = Lock<[Thread]>([])
    private let lots: Int

    /// Starts `threads` threads that make `count` values, `lot` of them at a time.
    ///
    /// Each thread has a maker of its own, which `maker` makes there.
    init(
        _ count: Int,
        lot: Int,
        threads: Int = ProcessSettings.processors,
        maker: @escaping @Sendable () throws -> Maker
    ) throws(SystemError) {
        precondition(count >= 0 && lot > 0 && threads > 0)
        lots = (count + lot - 1) / lot
        for index in 0..<min(threads, lots) {
            let (state, lots) = (state, lots)
            do throws(SystemError) {
                let thread = try Thread.start("seed-\(index)") {
                    let make = Result { try maker() }
                    while let number = Self.begin(state, lots) {
                        let numbers = number * lot..<min((number + 1) * lot, count)
                        let made = Result { try numbers.map(try make.get()) }
                        state.withLock { $0.made[number] = made }
                        state.signal(all: true)
                    }
                }
                self.threads.withLock { $0.append(thread) }
            } catch {
                stop()
                throw error
            }
        }
    }

    deinit { stop() }

    /// The values of the next lot; nil after the last one.
    ///
    /// Throws what a maker has thrown, and then makes no more.
    func next() throws -> [Value]? {
        guard state.withLock({ $0.taken < lots }) else { return nil }
        let made = state.wait { state in
            let made = state.made.removeValue(forKey: state.taken)
            if made != nil { state.taken += 1 }
            return made
        }
        state.signal(all: true)
        if case .failure = made { stop() }
        return try made.get()
    }

    /// Ends the threads after the lots that they are at.
    private func stop() {
        state.withLock { $0.isStopped = true }
        state.signal(all: true)
        for thread in threads.takeAll() { thread.join() }
    }

    /// The number of a lot to begin, when there is room for it; nil when there is none left.
    private static func begin(_ state: Lock<State>, _ lots: Int) -> Int? {
        let number: Int? = state.wait { state -> Int?? in
            if state.isStopped || state.begun == lots { return .some(nil) }
            guard state.begun < state.taken + lotsAheadMax else { return nil }
            state.begun += 1
            return state.begun - 1
        }
        return number
    }
}
