// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

/// Inputs that each decoder accepts and refuses: users of one rely on the other's strictness.
struct Base64StrictnessTests {
    /// A spelling, and whether it is read: as Base64 (Basic credentials, `x5c`, PEM,
    /// certificates from proxies) and as Base64url (tokens, JOSE, thumbprints).
    static let spellings: [(String, standard: Bool, url: Bool)] = [
        ("", true, true),
        // Both alphabets, and what one of them lacks.
        ("Zm9v", true, true), ("ab+/", true, false), ("ab-_", false, true),
        ("+/-_", false, false), ("+/-_+/-_", false, false),
        // Padding: needed, refused.
        ("Zg==", true, false), ("Zm8=", true, false), ("Zg", false, true),
        ("Zm8", false, true), ("_w==", false, false), ("_w", false, true),
        ("/w==", true, false), ("/w", false, false),
        // Too much or too little of it, or in the middle.
        ("Zg=", false, false), ("Zg===", false, false),
        ("Zm9v=", false, false), ("Zm9v==", false, false),
        ("Zm9v====", false, false), ("=", false, false),
        ("====", false, false), ("Zg==Zg==", false, false),
        ("Z===", false, false), ("=Zg=", false, false),
        // A length that no bytes have.
        ("Z", false, false), ("Zm9vZ", false, false),
        // Bits left over.
        ("Zh==", false, false), ("Zm9=", false, false), ("Zh", false, false),
        ("Zm9", false, false), ("_x==", false, false),
        // White space and line ends, which PEM takes away before.
        ("Zm 9v", false, false), ("Zm9v\n", false, false),
        ("Zm9v\r\n", false, false), ("Zm9v\tZm9v", false, false),
        (" Zm9v", false, false), ("    ", false, false),
        // Foreign characters.
        ("Zm9.", false, false), ("Zm9\0", false, false),
        ("Zm9é", false, false), ("Zm9:", false, false),
        ("Zm9@", false, false), ("Zm9[", false, false),
        ("Zm9`", false, false), ("Zm9{", false, false),
    ]

    @Test(arguments: spellings)
    func `each decoder has its own strictness`(text: String, standard: Bool, url: Bool) {
        let bytes = Array(text.utf8)
        #expect((Base64.decode(bytes.span) != nil) == standard)
        #expect((Base64URL.decode(bytes.span) != nil) == url)
    }

    @Test func `both alphabets stand for the same bytes`() {
        #expect(Base64.decode(Array("+/+/".utf8).span) == [0xFB, 0xFF, 0xBF])
        #expect(Base64URL.decode(Array("-_-_".utf8).span) == [0xFB, 0xFF, 0xBF])
    }
}
