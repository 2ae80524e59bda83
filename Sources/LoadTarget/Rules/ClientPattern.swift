// SPDX-License-Identifier: Apache-2.0
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
    ///
    /// Goes back to the last `*` alone, so that the steps are at most the product of the lengths.
    package func matches(_ clientID: String) -> Bool {
        if isExact { return text == clientID }
        let id = Array(clientID.utf8)
        var (at, inPattern) = (0, 0)
        var lastStar: (inPattern: Int, at: Int)?
        while at < id.count {
            if inPattern < bytes.count, bytes[inPattern] == UInt8(ascii: "*") {
                lastStar = (inPattern, at)
                inPattern += 1
            } else if inPattern < bytes.count, bytes[inPattern] == id[at] {
                at += 1
                inPattern += 1
            } else if let star = lastStar {
                // The star takes one character more.
                lastStar = (star.inPattern, star.at + 1)
                (at, inPattern) = (star.at + 1, star.inPattern + 1)
            } else {
                return false
            }
        }
        return bytes[inPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
