// SPDX-License-Identifier: Apache-2.0
internal import Text

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
    public func matches(_ subject: [UInt8]) -> Bool { Wildcard.matches(bytes, subject) }
}
