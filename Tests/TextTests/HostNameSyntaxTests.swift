// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Text

@Suite struct HostNameSyntaxTests {
    @Test(arguments: ["a", "A9", "9a", "a-b", "a--b", String(repeating: "x", count: 63)])
    func `a label is taken`(_ label: String) {
        #expect(HostNameSyntax.isLabel(label[...]))
    }

    @Test(arguments: ["", "-a", "a-", "-", "a_b", "a b", "ä", String(repeating: "x", count: 64)])
    func `another text is no label`(_ label: String) {
        #expect(!HostNameSyntax.isLabel(label[...]))
    }

    @Test func `classes have these characters of ASCII and no byte besides`() {
        let all = (UInt8.min...UInt8.max)
        let digits = Array("0123456789".utf8)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        #expect(all.filter(\.isDigit) == digits)
        #expect(all.filter(\.isLetterOrDigit) == digits + letters)
        #expect(all.filter(\.isHexadecimalDigit) == digits + Array("ABCDEFabcdef".utf8))
    }
}
