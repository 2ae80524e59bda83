// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reactor

struct SlabTests {
    private final class Guest {
        let name: Int

        init(_ name: Int = 0) { self.name = name }
    }

    private func add(_ guest: Guest, to slab: inout Slab<Guest>) -> Token {
        let token = slab.reserve()
        slab.fill(token, guest)
        return token
    }

    @Test func `a token names the element that filled its slot`() {
        var slab = Slab<Guest>(capacity: 4)
        let guests = (0..<4).map(Guest.init)
        let tokens = guests.map { add($0, to: &slab) }
        #expect(Set(tokens).count == 4)
        for (token, guest) in zip(tokens, guests) { #expect(slab[token] === guest) }
    }

    @Test func `a token of a slot that was never taken names nothing`() {
        var slab = Slab<Guest>(capacity: 4)
        #expect(slab[0] == nil)
        let token = add(Guest(), to: &slab)
        #expect(slab[token + 1] == nil)
        #expect(slab[token | 1 << 32] == nil)
        // The reactor's own tokens, for its listeners and its mailbox.
        #expect(slab[.max] == nil)
        #expect(slab[0xffff_ffff << 32] == nil)
        #expect(slab.remove(.max) == nil)
        #expect(slab.count == 1)
    }

    @Test func `a reserved slot is taken, but names nothing until it is filled`() {
        var slab = Slab<Guest>(capacity: 1)
        let token = slab.reserve()
        #expect(slab[token] == nil)
        #expect(!slab.hasRoom)
        let guest = Guest()
        slab.fill(token, guest)
        #expect(slab[token] === guest)
    }

    @Test func `a slot that is used again does not answer to its old token`() {
        var slab = Slab<Guest>(capacity: 1)
        let (old, new) = (Guest(1), Guest(2))
        let stale = add(old, to: &slab)
        #expect(slab.remove(stale) === old)
        #expect(slab[stale] == nil)
        let fresh = add(new, to: &slab)
        #expect(fresh != stale)
        #expect(slab[fresh] === new)
        #expect(slab[stale] == nil)
        #expect(slab.remove(stale) == nil)
        #expect(slab[fresh] === new)
    }

    @Test func `every use of a slot has another token`() {
        var slab = Slab<Guest>(capacity: 1)
        var seen: Set<Token> = []
        for _ in 0..<1_000 {
            let token = add(Guest(), to: &slab)
            #expect(token & 0xffff_ffff == 0)
            seen.insert(token)
            slab.remove(token)
        }
        #expect(seen.count == 1_000)
    }

    @Test func `a slot is given up once`() {
        var slab = Slab<Guest>(capacity: 2)
        let token = add(Guest(), to: &slab)
        #expect(slab.remove(token) != nil)
        #expect(slab.remove(token) == nil)
        #expect(slab.count == 0)
        let tokens = [add(Guest(), to: &slab), add(Guest(), to: &slab)]
        #expect(Set(tokens.map { $0 & 0xffff_ffff }).count == 2)
    }

    @Test func `there is room up to the capacity, and again when a slot is given up`() {
        var slab = Slab<Guest>(capacity: 3)
        var tokens: [Token] = []
        for count in 0..<3 {
            #expect(slab.hasRoom && slab.count == count)
            tokens.append(add(Guest(), to: &slab))
        }
        #expect(!slab.hasRoom)
        slab.remove(tokens[1])
        #expect(slab.hasRoom)
        #expect(add(Guest(), to: &slab) & 0xffff_ffff == tokens[1] & 0xffff_ffff)
        #expect(!slab.hasRoom)
    }

    @Test func `a slot beyond the capacity is a mistake that ends the process`() async {
        await #expect(processExitsWith: .failure) {
            var slab = Slab<Mailbox<Int>>(capacity: 1)
            _ = slab.reserve()
            _ = slab.reserve()
        }
    }

    @Test func `a capacity of nothing is a mistake that ends the process`() async {
        await #expect(processExitsWith: .failure) { _ = Slab<Mailbox<Int>>(capacity: 0) }
    }

    @Test func `an element that is removed is let go`() {
        var slab = Slab<Guest>(capacity: 1)
        weak var witness: Guest?
        let token = slab.reserve()
        do {
            let guest = Guest()
            witness = guest
            slab.fill(token, guest)
        }
        #expect(witness != nil)
        slab.remove(token)
        #expect(witness == nil)
    }

    @Test func `all elements are those that were not removed`() {
        var slab = Slab<Guest>(capacity: 8)
        let tokens = (0..<6).map { add(Guest($0), to: &slab) }
        slab.remove(tokens[0])
        slab.remove(tokens[4])
        #expect(slab.all.map(\.name).sorted() == [1, 2, 3, 5])
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `any sequence of changes agrees with a dictionary`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var slab = Slab<Guest>(capacity: 16)
        var (present, gone) = ([Token: Guest](), [Token]())
        for _ in 0..<2_000 {
            if slab.hasRoom, Bool.random(using: &random) {
                let guest = Guest()
                present[add(guest, to: &slab)] = guest
            } else if let token = present.keys.sorted().randomElement(using: &random) {
                #expect(slab.remove(token) === present.removeValue(forKey: token))
                gone.append(token)
            }
            #expect(slab.count == present.count, "seed \(seed)")
            if let stale = gone.randomElement(using: &random) { #expect(slab[stale] == nil) }
        }
        for (token, guest) in present { #expect(slab[token] === guest, "seed \(seed)") }
    }
}
