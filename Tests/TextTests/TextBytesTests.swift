// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Text

struct TextBytesTests {
    private func are(_ bytes: [UInt8], _ text: String) -> Bool { bytes.span.isText(text) }

    @Test(arguments: ["", "a", "jwt", "tls_client_auth and more than fifteen bytes", "ü"])
    func `bytes are the text that they spell, and no other one`(text: String) {
        let bytes = Array(text.utf8)
        #expect(are(bytes, text))
        #expect(!are(bytes, text + "a"))
        #expect(!are(bytes + [0], text))
        #expect(!are(Array(("b" + text.dropFirst()).utf8), text))
    }

    @Test func `another spelling of the same characters is another text`() {
        #expect(!are(Array("u\u{308}".utf8), "ü"))
    }
}
