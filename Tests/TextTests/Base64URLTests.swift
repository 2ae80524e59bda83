// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing
import Text

struct Base64URLTests {
    private func encode(_ bytes: [UInt8]) -> String {
        String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
    }

    private func decode(_ text: String) -> [UInt8]? {
        Base64URL.decode(Array(text.utf8).span)
    }

    /// RFC 4648 §10 without its padding, and RFC 7515, appendix C.
    static let vectors: [([UInt8], String)] = [
        ([], ""),
        (Array("f".utf8), "Zg"),
        (Array("fo".utf8), "Zm8"),
        (Array("foo".utf8), "Zm9v"),
        (Array("foob".utf8), "Zm9vYg"),
        (Array("fooba".utf8), "Zm9vYmE"),
        (Array("foobar".utf8), "Zm9vYmFy"),
        ([3, 236, 255, 224, 193], "A-z_4ME"),
        ([0xFF, 0xFF, 0xFF], "____"),
        ([0xFB, 0xEF, 0xBE], "----"),
    ]

    @Test(arguments: vectors)
    func `the RFCs' examples come out both ways`(bytes: [UInt8], text: String) {
        #expect(encode(bytes) == text)
        #expect(decode(text) == bytes)
        #expect(Base64URL.encodedCount(bytes.count) == text.utf8.count)
    }

    @Test func `every length is what Foundation makes of it, and comes back`() {
        var random = SeededRandom(seed: 11)
        for count in 0...260 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let expected = Data(bytes).base64EncodedString()
                .replacingOccurrences(of: "+", with: "-")
                .replacingOccurrences(of: "/", with: "_")
                .replacingOccurrences(of: "=", with: "")
            #expect(encode(bytes) == expected)
            #expect(decode(expected) == bytes)
            #expect(Base64URL.encodedCount(count) == expected.utf8.count)
        }
    }

    @Test func `appending leaves what is there`() {
        var out = Array("a.".utf8)
        Base64URL.append(Array("foob".utf8).span, to: &out)
        Base64URL.append([UInt8]().span, to: &out)
        Base64URL.append(Array("fo".utf8).span, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == "a.Zm9vYgZm8")
    }

    @Test func `of all characters only the alphabet's 64 are read`() {
        let alphabet = Set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
        )
        for character in UInt8.min...UInt8.max {
            for place in 0..<4 {
                var text = Array("AAAA".utf8)
                text[place] = character
                let isRead = Base64URL.decode(text.span) != nil
                #expect(isRead == alphabet.contains(character), "\(character) at \(place)")
            }
        }
    }

    @Test(arguments: [
        "Zg==", "Zm8=", "Zm9vYg==", "=", "Zm9v=", "A+z/4ME", " Zm9v", "Zm9v ", "Zm9v\n", "Zm 9v",
        "Zm9v.", "Zm9v\0",
    ])
    func `padding, the other alphabet and white space are refused`(text: String) {
        #expect(decode(text) == nil)
    }

    @Test(arguments: ["A", "Zm9vY", "Zm9vYmFyA"])
    func `a length that no bytes have is refused`(text: String) {
        #expect(decode(text) == nil)
    }

    @Test(arguments: ["Zh", "Zv", "Zm9", "Zm-", "Zm9vYh", "_w", "__8", "A1"])
    func `bits left over are zero or the text is refused`(text: String) {
        // Zm9 and __8 leave two bits, the others four; only a zero remainder has one spelling.
        let isCanonical = decode(text).map(encode) == text
        #expect(isCanonical == ["_w", "__8"].contains(text))
        #expect(isCanonical == (decode(text) != nil))
    }

    @Test func `of all two-character texts one in sixteen is a byte`() {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
        )
        var seen: Set<[UInt8]> = []
        for first in alphabet {
            for second in alphabet {
                if let bytes = Base64URL.decode([first, second].span) { seen.insert(bytes) }
            }
        }
        #expect(seen.count == 256)
    }
}
