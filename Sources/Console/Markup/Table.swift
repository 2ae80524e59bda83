// SPDX-License-Identifier: Apache-2.0
/// A table, whose rows become cards on a narrow screen.
package struct Table {
    /// A column.
    package struct Column {
        let title: String
        var isNumeric = false

        /// A column with this heading; numbers stand to the right.
        package init(_ title: String, isNumeric: Bool = false) {
            (self.title, self.isNumeric) = (title, isNumeric)
        }
    }

    let caption: String
    let columns: [Column]
    let rows: [[HTML]]

    /// A table; each row has a cell for each column, the first of which names the row.
    package init(_ caption: String, _ columns: [Column], _ rows: [[HTML]]) {
        (self.caption, self.columns, self.rows) = (caption, columns, rows)
    }

    /// The table as part of a page.
    ///
    /// The roles are named because browsers forget them where the style makes cards of the rows.
    package var markup: HTML {
        """
        <div class="scroll" role="region" aria-label="\(caption)" tabindex="0">
        <table role="table"><caption>\(caption)</caption>
        <thead role="rowgroup"><tr role="row">\(columns.map(heading))</tr></thead>
        <tbody role="rowgroup">\(rows.map(row))</tbody>
        </table></div>
        """
    }

    private func heading(_ column: Column) -> HTML {
        """
        <th role="columnheader" scope="col"\(if: column.isNumeric, " class=\"number\"")>\
        \(column.title)</th>
        """
    }

    private func row(_ cells: [HTML]) -> HTML {
        let parts = zip(columns, cells).enumerated().map { index, pair -> HTML in
            let (column, content) = pair
            if index == 0 { return "<th role=\"rowheader\" scope=\"row\">\(content)</th>" }
            return """
                <td role="cell" data-label="\(column.title)"\
                \(if: column.isNumeric, " class=\"number\"")><div>\(content)</div></td>
                """
        }
        return "<tr role=\"row\">\(parts)</tr>\n"
    }
}
