// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The audit: who changed what and when, and how it was before and after.
enum AuditPage {
    static var pages: [ConsolePage] {
        [.get("/audit") { request throws(ServerFailure) in try list(request) }]
    }

    /// The entries about one record.
    static func address(kind: String, id: String) -> Address {
        Section.audit.address.with("kind", kind).with("id", id)
    }

    private static let kinds: [(value: String, label: String)] = [
        ("", "Everything"), ("client", "A client"), ("user", "A user"),
        ("trust_set", "A trust set"), ("key", "A key"), ("admin_token", "An admin token"),
    ]
    private static let limit = "50"

    private static func list(_ request: ConsoleRequest) throws(ServerFailure) -> ConsoleAnswer {
        let query = request.query
        let (kind, id) = (query.trimmed("kind"), query.trimmed("id"))
        let before = query.trimmed("before")
        var problem: ServerProblem?
        var found: JSONValue = .null
        do throws(ServerFailure) {
            found = try request.api.get(
                ServerPath("audit"),
                query: [("kind", kind), ("id", id), ("before", before), ("limit", limit)]
            ).value
        } catch {
            guard let refused = error.problem(400) else { throw error }
            problem = refused
        }
        let entries = found["entries"]?.elements ?? []
        let first = Section.audit.address.with("kind", kind).with("id", id)
        let next = found["next"]?.number.map { first.with("before", "\($0)") }
        let content: HTML
        if problem != nil {
            content = EmptyState.markup("Nothing was looked for", "Correct the marked field.")
        } else if entries.isEmpty {
            content = EmptyState.markup(
                "No entry is like that",
                "Each change is written down here."
            )
        } else {
            content = "<ol class=\"events\" id=\"entries\">\(entries.map(item))</ol>"
        }
        return .page(
            Page(
                "Audit",
                in: .audit,
                status: problem?.status ?? 200,
                """
                <p class="soft">Newest first. The entries are chained: <code>handfast audit \
                verify</code> finds what was changed, removed or moved, and <code>handfast audit \
                head</code> prints where the chain stands, to be kept elsewhere.</p>
                \(filter(kind, id, problem))\(content)
                \(PageLinks.markup(first: before.isEmpty ? nil : first, next: next))
                """
            )
        )
    }

    private static func filter(_ kind: String, _ id: String, _ problem: ServerProblem?) -> HTML {
        Filter.markup(
            Section.audit.address,
            label: "Search the audit",
            isSet: !kind.isEmpty || !id.isEmpty,
            [
                FormField(
                    "kind",
                    "About",
                    .choice(kinds),
                    values: [kind],
                    problems: problem?.texts("kind") ?? []
                ),
                FormField(
                    "id",
                    "Its client_id, name or kid",
                    .search,
                    values: [id],
                    problems: problem?.texts("id") ?? []
                ),
            ]
        )
    }

    private static func item(_ entry: JSONValue) -> HTML {
        let (kind, id) = (entry["kind"]?.text ?? "", entry["id"]?.text ?? "")
        let action = AuditMarkup.words(entry["action"]?.text ?? "")
        let title = action.prefix(1).uppercased() + action.dropFirst()
        let sequence = entry["sequence"]?.number ?? 0
        let change = AuditMarkup.changes(entry["before"] ?? .null, entry["after"] ?? .null)
        return """
            <li class="card" id="entry-\(sequence)">
            <h2>\(title) \(AuditMarkup.words(kind)) <bdi>\(record(kind, id))</bdi></h2>
            <p class="soft">\(TimeMarkup.moment(entry["time"]?.number ?? 0)) · by <bdi>\
            \(entry["author"]?.text ?? "")</bdi> · entry \(sequence)</p>
            <div class="changes">\(change)</div>
            </li>

            """
    }

    /// The record, with a link where it has a page.
    private static func record(_ kind: String, _ id: String) -> HTML {
        switch kind {
        case "client": "<a href=\"\(ClientPage.address(id))\">\(id)</a>"
        case "trust_set": "<a href=\"\(TrustSetPages.address(id))\">\(id)</a>"
        case "key": "<a href=\"\(Section.keys.address)\">\(id)</a>"
        default: "\(id)"
        }
    }
}
