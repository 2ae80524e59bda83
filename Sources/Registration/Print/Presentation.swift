// SPDX-License-Identifier: Apache-2.0
package import Text

/// Something that people read as text, and programs as JSON.
package protocol Presentable {
    /// For people, without the last newline; empty where there is nothing to say.
    var text: String { get }
    /// For programs.
    var value: JSONValue { get throws }
}

/// A list, or a thing of several records, in both forms.
package struct Presentation: Presentable, Sendable {
    package let text: String
    package let value: JSONValue

    /// From the lines of the text.
    package init(lines: [String], value: JSONValue) {
        (text, self.value) = (lines.joined(separator: "\n"), value)
    }
}
