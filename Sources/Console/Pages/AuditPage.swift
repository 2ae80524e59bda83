// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Text

/// The audit: who changed what and when, and how it was before and after.
enum AuditPage {
    static var pages: [ConsolePage] {
        [.get("/audit") { request throws(ServerAPIError) in try list(request) }]
    }

    /// The entries about one record.
    static func address(kind: String, id: String) -> Address {
        Section.audit.address.with("kind", kind).with("id", id)
    }

    /// Entries of clients that were just made have all their members.
    private static let limit = "25"
    /// The names of the filters, which the address has and the server knows.
    private static let filters = ["kind", "id", "author", "action", "since", "until"]

    private static func list(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let query = request.query
        let before = query.trimmed("before")
        var problem: ServerProblemDetails?
        var found: JSONValue = .null
        do throws(ServerAPIError) {
            var asked: [(name: String, value: String?)] = [("before", before), ("limit", limit)]
            for filter in filters { asked.append((filter, value(of: filter, query))) }
            found = try request.api.get(ServerPath("audit"), query: asked).value
        } catch {
            guard let refused = error.problem(400) else { throw error }
            problem = refused
        }
        let entries = found["entries"]?.elements ?? []
        let first = filters.reduce(Section.audit.address) { $0.with($1, query.trimmed($1)) }
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
                \(filter(query, problem))\(content)
                \(PageLinks.markup(first: before.isEmpty ? nil : first, next: next))
                """
            )
        )
    }

    /// A filter as the server takes it: fields have days, and the server times.
    private static func value(of name: String, _ query: FieldValues) -> String {
        let entered = query.trimmed(name)
        guard days.contains(name), !entered.isEmpty, !entered.contains("T") else { return entered }
        return "\(entered)T00:00:00Z"
    }

    private static let days = ["since", "until"]

    private static func filter(_ query: FieldValues, _ problem: ServerProblemDetails?) -> HTML {
        func field(_ name: String, _ label: String, _ control: FormField.Control) -> FormField {
            var problems = problem?.texts(name) ?? []
            if days.contains(name), !problems.isEmpty {
                problems = ["Give a day, such as 2027-01-31."]
            }
            let values = [query.trimmed(name)]
            return FormField(name, label, control, values: values, problems: problems)
        }
        func choice(_ words: [String], _ any: String) -> FormField.Control {
            .choice([("", any)] + words.map { ($0, capitalized(AuditMarkup.words($0))) })
        }
        return Filter.markup(
            Section.audit.address,
            label: "Search the audit",
            isSet: filters.contains { !query.trimmed($0).isEmpty },
            [
                field("kind", "About", choice(AuditChoices.kinds, "Everything")),
                field("id", "Its id or name", .search),
                field("author", "By", .search),
                field("action", "Change", choice(AuditChoices.actions, "Any")),
                field("since", "From this day on", .day),
                field("until", "Before this day", .day),
            ]
        )
    }

    private static func capitalized(_ words: String) -> String {
        words.prefix(1).uppercased() + words.dropFirst()
    }

    private static func item(_ entry: JSONValue) -> HTML {
        let (kind, id) = (entry["kind"]?.text ?? "", entry["id"]?.text ?? "")
        let title = capitalized(AuditMarkup.words(entry["action"]?.text ?? ""))
        let sequence = entry["sequence"]?.number ?? 0
        let change = AuditMarkup.changes(entry["before"] ?? .null, entry["after"] ?? .null)
        return """
            <li class="card" id="entry-\(sequence)">
            <h2>\(title) \(AuditMarkup.words(kind)) <bdi>\(record(kind, id))</bdi></h2>
            <p class="soft">\(TimeMarkup.moment(entry["time"]?.number ?? 0)) · by \
            \(author(entry["author"]?.text ?? "")) · entry \(sequence)</p>
            <div class="changes">\(change)</div>
            </li>

            """
    }

    /// The author, with a link to all that is theirs.
    private static func author(_ name: String) -> HTML {
        "<a href=\"\(Section.audit.address.with("author", name))\"><bdi>\(name)</bdi></a>"
    }

    /// The record, with a link where it has a page.
    private static func record(_ kind: String, _ id: String) -> HTML {
        switch kind {
        case "client": "<a href=\"\(ClientPage.address(id))\">\(id)</a>"
        case "issuer": "<a href=\"\(IssuerPages.address(id))\">\(id)</a>"
        case "trust_set": "<a href=\"\(TrustSetPages.address(id))\">\(id)</a>"
        case "key": "<a href=\"\(Section.keys.address)\">\(id)</a>"
        default: "\(id)"
        }
    }
}
