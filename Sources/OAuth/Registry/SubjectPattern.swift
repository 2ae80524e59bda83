// SPDX-License-Identifier: Apache-2.0
/// A pattern of subjects in which each `*` stands for any characters, or none.
///
/// Compared byte for byte, as the subjects of JWTs are (RFC 7519 §2).
public struct SubjectPattern: Sendable, Hashable {
    /// The pattern as it was written.
    public let text: String
    private let bytes: [UInt8]

    /// The bytes of a pattern.
    public static let bytesMax = 256

    /// A pattern; nil where it is empty, too long, or has control characters.
    public init?(_ text: String) {
        guard (1...Self.bytesMax).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else { return nil }
        self.text = text
        bytes = Array(text.utf8)
    }

    /// Whether it is a pattern of this subject.
    ///
    /// Goes back to the last `*` alone, so that the steps are at most the product of the lengths.
    public func matches(_ subject: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        var (passed, inPattern) = (0, 0)
        var lastStar: (inPattern: Int, at: Int)?
        while passed < subject.count {
            if inPattern < bytes.count, bytes[inPattern] == star {
                lastStar = (inPattern, passed)
                inPattern += 1
            } else if inPattern < bytes.count, bytes[inPattern] == subject[passed] {
                passed += 1
                inPattern += 1
            } else if let before = lastStar {
                // The star takes one character more.
                lastStar = (before.inPattern, before.at + 1)
                (passed, inPattern) = (before.at + 1, before.inPattern + 1)
            } else {
                return false
            }
        }
        return bytes[inPattern...].allSatisfy { $0 == star }
    }
}
