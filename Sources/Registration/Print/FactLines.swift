// SPDX-License-Identifier: Apache-2.0
/// Facts for people: lines of `name: value`, the values in one column.
package enum FactLines {
    /// The lines of `facts`, without the last newline; no value acts on a terminal.
    package static func text(_ facts: [(String, String)]) -> String {
        let width = (facts.map(\.0.count).max() ?? 0) + 2
        return facts.map { name, value in
            let space = String(repeating: " ", count: width - name.count - 1)
            return name + ":" + space + PrintableText.escaped(value)
        }.joined(separator: "\n")
    }
}
