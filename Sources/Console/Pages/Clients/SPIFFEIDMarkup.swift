// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The SPIFFE IDs with which the workloads of a client came, in place of certificates, which change
/// every few minutes.
enum SPIFFEIDMarkup {
    /// The IDs in a table, those of the newest uses first.
    static func table(_ uses: [JSONValue]) -> HTML {
        guard !uses.isEmpty else {
            return EmptyState.markup(
                "No workload has come yet",
                "Those that authenticate as this client stand here by their SPIFFE IDs."
            )
        }
        let columns = ["SPIFFE ID", "First used", "Last used"].map { Table.Column($0) }
        let rows = uses.map { use -> [HTML] in
            [
                "<code>\(use["spiffe_id"]?.text ?? "")</code>",
                TimeMarkup.moment(use["first_seen"]?.text ?? ""),
                TimeMarkup.moment(use["last_seen"]?.text ?? ""),
            ]
        }
        return Table("SPIFFE IDs", columns, rows).markup
    }
}
