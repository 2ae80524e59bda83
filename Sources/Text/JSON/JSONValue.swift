// SPDX-License-Identifier: Apache-2.0
/// A JSON value (RFC 8259) as claims, key sets and registrations need it.
package enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// A number without fraction and exponent that fits.
    case integer(Int64)
    /// Any other number, as it stands in the text.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Reads a whole text; nil where it is not one JSON value, or too deep.
    ///
    /// Strict: a member that stands twice, a lone surrogate or invalid UTF-8 is an error, because
    /// two readers of such a text may see different things.
    package init?(_ text: Span<UInt8>) {
        var reader = JSONReader(text)
        guard let value = try? reader.document() else { return nil }
        self = value
    }

    /// The member of an object; nil where this is none or has no such member.
    package subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The text of a string.
    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Whole seconds since 1970 of a NumericDate (RFC 7519 §2); fractions are cut off.
    package var seconds: Int64? {
        switch self {
        case .integer(let value): return value
        case .number(let text):
            guard let value = Double(text), value.magnitude < 1e15 else { return nil }
            return Int64(value.rounded(.down))
        default: return nil
        }
    }

    /// One string, or an array of strings: the two forms of `aud` (RFC 7519 §4.1.3).
    package var texts: [String]? {
        switch self {
        case .string(let text): return [text]
        case .array(let values):
            let texts = values.compactMap(\.text)
            return texts.count == values.count ? texts : nil
        default: return nil
        }
    }
}
