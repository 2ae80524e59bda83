// SPDX-License-Identifier: Apache-2.0
/// The name of a header field, with the aliases under which some servers read it.
public struct FieldName: Sendable, Hashable, CustomStringConvertible {
    /// How a name in a request relates to this one.
    enum Spelling: Sendable {
        /// The same name; case does not count (RFC 9110 §5.1).
        case exact
        /// Another name that some server or gateway would read as this one.
        case alias
    }

    /// The name in lower case.
    public let description: String

    /// No field in use has a longer name, and a scanner keeps the lengths of names in one word.
    static let bytesMax = 63

    /// A name as RFC 9110 §5.1 wants it; nil for an empty one, a long one, or other characters.
    public init?(_ text: String) {
        guard (1...Self.bytesMax).contains(text.utf8.count),
            text.utf8.allSatisfy(Characters.isToken)
        else { return nil }
        self.init(known: text)
    }

    /// A name from this program's source.
    public init(known text: String) {
        description = String(decoding: text.utf8.map(ASCII.lowered), as: UTF8.self)
    }

    /// How a field's name relates to this one; nil when it is another name.
    ///
    /// CGI and its successors (RFC 3875 §4.1.18) turn every hyphen, and some of them every
    /// character but letters and digits, into an underscore: a proxy that removes `Client-Cert`
    /// lets `Client_Cert` pass, and the server behind it reads both as one.
    func spelling(_ name: Range<Int>, _ bytes: Span<UInt8>) -> Spelling? {
        let own = description.utf8Span.span
        guard name.count == own.count else { return nil }
        var spelling = Spelling.exact
        for index in own.indices {
            let theirs = ASCII.lowered(bytes[name.lowerBound + index])
            if theirs == own[index] { continue }
            guard !Self.isAlphanumeric(theirs), !Self.isAlphanumeric(own[index]) else { return nil }
            spelling = .alias
        }
        return spelling
    }

    /// Whether the field has this name or an alias of it.
    public func isName(of field: HeaderField, _ bytes: Span<UInt8>) -> Bool {
        spelling(field.name, bytes) != nil
    }

    /// Whether the two are one name where all punctuation is equal.
    func isAlias(of other: FieldName) -> Bool {
        let text = other.description.utf8Span.span
        return spelling(0..<text.count, text) != nil
    }

    private static func isAlphanumeric(_ lowered: UInt8) -> Bool {
        Characters.isDigit(lowered)
            || lowered >= UInt8(ascii: "a") && lowered <= UInt8(ascii: "z")
    }
}
