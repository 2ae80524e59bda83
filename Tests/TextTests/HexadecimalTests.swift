// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

struct HexadecimalTests {
    @Test func `hexadecimal is lower case with two digits a byte`() {
        #expect(Hexadecimal.text([0x00, 0x0F, 0xA0, 0xFF]) == "000fa0ff")
        #expect(Hexadecimal.text([]) == "")
    }

    @Test func `of all characters only digits of either case have a value`() {
        for character in UInt8.min...UInt8.max {
            let expected = Int(String(decoding: [character], as: UTF8.self), radix: 16)
            #expect(Hexadecimal.value(of: character).map { Int($0) } == expected)
        }
    }
}
