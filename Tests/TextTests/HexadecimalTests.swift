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

    @Test func `bytes are read of an even number of digits, and of nothing else`() {
        func bytes(_ text: String) -> [UInt8]? { Hexadecimal.bytes(text.utf8) }
        #expect(bytes("000fA0ff") == [0x00, 0x0F, 0xA0, 0xFF])
        #expect(bytes("") == [])
        for text in ["0", "0g", "00f", "0 0f", "0x0f", "é0"] { #expect(bytes(text) == nil) }
    }
}
