// SPDX-License-Identifier: Apache-2.0
/// A timer wheel: deadlines in coarse steps, one entry for each connection.
///
/// An entry does not move when a connection's deadline does: the owner answers with the next
/// deadline when the entry comes due, so that a request on a kept-alive connection costs the wheel
/// nothing.
struct TimerWheel {
    /// Deadlines are kept to within one step, in milliseconds.
    let stepMilliseconds: UInt64
    private static let slotCount = 1024

    private var slots: [[Token]] = Array(repeating: [], count: slotCount)
    private var step: UInt64
    private(set) var count = 0
    /// A lower bound of the steps that have entries; searched again only after it has come.
    private var soonest: UInt64 = .max

    /// A wheel without entries; a smaller step is more exact, and reaches less far.
    init(now: UInt64, stepMilliseconds: UInt64 = 50) {
        precondition(stepMilliseconds > 0)
        self.stepMilliseconds = stepMilliseconds
        step = now / stepMilliseconds
    }

    /// Milliseconds after which an entry is never early: somewhat less than a turn of the wheel.
    var reachMilliseconds: UInt64 { 1_000 * stepMilliseconds }

    /// Asks for `token` to come due at `deadline`, or earlier where that is beyond the wheel's
    /// reach of 1,023 steps.
    mutating func add(_ token: Token, deadline: UInt64) {
        let wanted = deadline / stepMilliseconds + 1
        let at = min(max(wanted, step + 1), step + UInt64(Self.slotCount) - 1)
        slots[Int(at % UInt64(Self.slotCount))].append(token)
        soonest = min(soonest, at)
        count += 1
    }

    /// Takes the entries that have come due.
    ///
    /// Linear in them and in the steps that have passed.
    mutating func due(now: UInt64) -> [Token] {
        let target = now / stepMilliseconds
        guard target > step else { return [] }
        guard count > 0 else {
            step = target
            return []
        }
        var due: [Token] = []
        // After a long pause one turn round the wheel has seen every slot.
        let turns = min(target - step, UInt64(Self.slotCount))
        for offset in 1...turns {
            let slot = Int((step + offset) % UInt64(Self.slotCount))
            guard !slots[slot].isEmpty else { continue }
            due.append(contentsOf: slots[slot])
            slots[slot].removeAll(keepingCapacity: slots[slot].count <= 64)
        }
        step = target
        count -= due.count
        return due
    }

    /// Milliseconds until the next entry can come due; nil when there is none.
    mutating func delay(now: UInt64) -> Int? {
        guard count > 0 else { return nil }
        if soonest <= step {
            soonest =
                (step + 1..<step + UInt64(Self.slotCount)).first {
                    !slots[Int($0 % UInt64(Self.slotCount))].isEmpty
                } ?? step
        }
        let at = soonest * stepMilliseconds
        return at > now ? Int(at - now) : 0
    }
}
