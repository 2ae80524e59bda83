// SPDX-License-Identifier: Apache-2.0
internal import Text

/// An id of a client, or a pattern of ids in which each `*` stands for any characters, or none.
package struct ClientPattern: Sendable, Equatable {
    /// As long as a client's id may be.
    static let bytesMax = 128
    /// The pattern of every client.
    package static let everyClient = ClientPattern(unchecked: "*")

    /// The pattern as it was written.
    package let text: String
    private let bytes: [UInt8]
    private let isExact: Bool

    /// A pattern; nil where no client's id could match it, for its length or its characters.
    init?(_ text: String) {
        // The characters of a client_id (RFC 6749 appendix A.1), without what JSON escapes.
        let good = text.utf8.allSatisfy { 0x20...0x7E ~= $0 && $0 != 0x22 && $0 != 0x5C }
        guard good, (1...Self.bytesMax).contains(text.utf8.count) else { return nil }
        self.init(unchecked: text)
    }

    private init(unchecked text: String) {
        self.text = text
        bytes = Array(text.utf8)
        isExact = !bytes.contains(UInt8(ascii: "*"))
    }

    /// Whether it is a pattern of this id.
    package func matches(_ clientID: String) -> Bool {
        isExact ? text == clientID : Wildcard.matches(bytes, Array(clientID.utf8))
    }
}
