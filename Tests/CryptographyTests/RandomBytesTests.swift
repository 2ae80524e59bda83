// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

struct RandomBytesTests {
    @Test(arguments: [0, 1, 16, 32, 5_000])
    func `as many bytes come as were asked for`(count: Int) throws {
        #expect(try RandomBytes.make(count).count == count)
    }

    @Test func `no two values are alike`() throws {
        var values: Set<[UInt8]> = []
        for _ in 0..<1_000 { values.insert(try RandomBytes.make(16)) }
        #expect(values.count == 1_000)
    }

    @Test func `filling overwrites every byte, the last one too`() throws {
        var changed = [Bool](repeating: false, count: 33)
        // A byte stays zero by chance once in 256 times; twenty times in a row it does not.
        for _ in 0..<20 {
            var bytes = [UInt8](repeating: 0, count: 33)
            try RandomBytes.fill(&bytes)
            #expect(bytes.count == 33)
            for index in bytes.indices where bytes[index] != 0 { changed[index] = true }
        }
        #expect(!changed.contains(false))
    }

    @Test(arguments: [0, 1, 8, 32, 1_000])
    func `a text has letters and digits only, as many as were asked for`(count: Int) throws {
        let text = try RandomBytes.alphanumeric(count)
        #expect(text.utf8.count == count)
        #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
    }

    @Test func `no character is more likely than another`() throws {
        var counts: [Character: Int] = [:]
        for character in try RandomBytes.alphanumeric(62_000) {
            counts[character, default: 0] += 1
        }
        #expect(counts.count == 62)
        // 1,000 each; seven standard deviations are 220. A plain remainder would give the first
        // eight letters a quarter more than the others.
        #expect(counts.values.allSatisfy { (780...1_220).contains($0) })
    }

    @Test func `a reserve gives what was never given before`() throws {
        var reserve = RandomReserve()
        var values: Set<[UInt8]> = []
        // More than the reserve holds at once, in steps that do not divide it.
        for _ in 0..<2_000 {
            var value: [UInt8] = []
            try reserve.append(17, to: &value)
            #expect(value.count == 17)
            values.insert(value)
        }
        #expect(values.count == 2_000)
    }

    @Test func `a reserve appends, whatever the count`() throws {
        var reserve = RandomReserve()
        var out: [UInt8] = [1, 2, 3]
        for count in 1...64 { try reserve.append(count, to: &out) }
        #expect(out.prefix(3) == [1, 2, 3])
        #expect(out.count == 3 + 64 * 65 / 2)
        // Bytes that were given out are zero in the reserve; a run of them would show here.
        #expect(!out.indices.dropLast(7).contains { out[$0..<$0 + 8].allSatisfy { $0 == 0 } })
    }

    @Test(arguments: [-1, 0, 65])
    func `a reserve is not for large or empty requests`(count: Int) async {
        await #expect(processExitsWith: .failure) { [count = count as Int] in
            var reserve = RandomReserve()
            var out: [UInt8] = []
            try reserve.append(count, to: &out)
        }
    }
}
