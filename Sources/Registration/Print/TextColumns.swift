// SPDX-License-Identifier: Apache-2.0
/// A table for people: cells at least as wide as their column, two spaces between them.
package struct TextColumns: Sendable {
    private let columns: [(heading: String, width: Int)]

    package init(_ columns: [(heading: String, width: Int)]) {
        self.columns = columns
    }

    /// The first line.
    package var heading: String { line(columns.map(\.heading)) }

    /// A line of `cells`, none of which acts on a terminal.
    ///
    /// The last is not filled up, and those beyond the columns stand as they are.
    package func line(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = PrintableText.escaped(cell)
            line += index == 0 ? text : "  " + text
            guard index < cells.count - 1 else { break }
            let width = index < columns.count ? columns[index].width : 0
            line += String(repeating: " ", count: max(0, width - text.count))
        }
        return line
    }
}
