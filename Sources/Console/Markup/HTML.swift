// SPDX-License-Identifier: Apache-2.0
/// Markup, in which every text is escaped.
///
/// Markup comes from literals of the program alone: their type is `StaticString`, which no text of
/// a running program has, so that a text that is taken for markup does not compile. An interpolated
/// text is escaped for content and for quoted attributes; attributes are always quoted.
package struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
    /// The markup.
    package fileprivate(set) var text: String

    /// Markup that stands in the program.
    package init(stringLiteral literal: StaticString) {
        text = literal.description
    }

    /// Markup that stands in the program, with what is put in.
    package init(stringInterpolation interpolation: Interpolation) {
        text = interpolation.text
    }

    /// A text as content.
    package init(escaping content: String) {
        text = MarkupText.shown(content)
    }

    /// The literal parts of markup, and what is put in between them.
    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        /// Room for the markup that is to come.
        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        /// Markup that stands in the program.
        package mutating func appendLiteral(_ literal: StaticString) {
            text += literal.description
        }

        /// A text, escaped; characters that would make it look like another one are replaced.
        package mutating func appendInterpolation(_ content: String) {
            text += MarkupText.shown(content)
        }

        /// The value of a form's field, escaped and otherwise as it is, because it is sent back.
        package mutating func appendInterpolation(value: String) {
            text += MarkupText.exact(value)
        }

        /// A number.
        package mutating func appendInterpolation(_ number: some FixedWidthInteger) {
            text += "\(number)"
        }

        /// An address of the console.
        package mutating func appendInterpolation(_ address: Address) {
            text += MarkupText.exact(address.text)
        }

        /// Markup, as it is.
        package mutating func appendInterpolation(_ markup: HTML) {
            text += markup.text
        }

        /// Markup, as it is; nothing without any.
        package mutating func appendInterpolation(_ markup: HTML?) {
            if let markup { text += markup.text }
        }

        /// Markup, one after the other.
        package mutating func appendInterpolation(_ parts: [HTML]) {
            for part in parts { text += part.text }
        }

        /// Markup that stands in the program, where the condition holds.
        package mutating func appendInterpolation(if condition: Bool, _ literal: StaticString) {
            if condition { text += literal.description }
        }
    }
}

extension HTML {
    /// A sentence of the server or of a reader, in which names of programs stand between backticks.
    package init(sentence: String) {
        let parts = sentence.split(separator: "`", omittingEmptySubsequences: false)
        guard parts.count % 2 == 1 else {
            self.init(escaping: sentence)
            return
        }
        let pieces = parts.enumerated().map { index, part -> HTML in
            index % 2 == 0 ? HTML(escaping: String(part)) : "<code>\(String(part))</code>"
        }
        self = pieces.joined()
    }
}

extension [HTML] {
    /// All parts, with `separator` between them.
    package func joined(_ separator: HTML = "") -> HTML {
        var all: HTML = ""
        all.text = map(\.text).joined(separator: separator.text)
        return all
    }
}

/// Texts in markup.
private enum MarkupText {
    /// A text that people read: as `exact`, and control and formatting characters are replaced,
    /// which would let a name look like another one.
    static func shown(_ text: String) -> String {
        exact(text) { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar != "\n" && scalar != "\t"
            case .format: true
            default: false
            }
        }
    }

    /// A text as it is, for content and for quoted attributes.
    ///
    /// NUL is in no document (HTML §13.2.3.5).
    static func exact(_ text: String) -> String {
        exact(text) { $0 == "\0" }
    }

    private static func exact(
        _ text: String,
        _ isReplaced: (Unicode.Scalar) -> Bool
    ) -> String {
        var out = ""
        out.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case _ where !scalar.isASCII || scalar.value < 0x20 || scalar.value == 0x7f:
                out.unicodeScalars.append(isReplaced(scalar) ? "\u{FFFD}" : scalar)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
