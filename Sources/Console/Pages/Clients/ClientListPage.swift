// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The list of clients, which is the console's first page; all that it shows stands in its address.
enum ClientListPage {
    static let address = Address("clients")

    static var pages: [ConsolePage] {
        [
            .get("/") { request throws(ServerAPIError) in try list(request) },
            .get("/clients") { request throws(ServerAPIError) in try list(request) },
        ]
    }

    /// A page of people: more is a search.
    private static let limit = 50
    private static let filters = ["q", "label", "method", "enabled", "expires_before"]

    private static let methods = [
        ("", "Any"), ("self_signed_tls_client_auth", "Own certificate"),
        ("tls_client_auth", "Certificate under a CA"), ("spiffe_x509", "X.509-SVID"),
        ("private_key_jwt", "Signed assertion"),
        ("client_secret_basic", "Secret"), ("client_secret_post", "Secret in the form"),
        ("client_secret_jwt", "Assertion with a secret"), ("none", "None (public)"),
    ]

    private static func list(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let query = request.query
        let isFiltered = filters.contains { query[$0]?.isEmpty == false }
        let found: JSONValue
        var problem: ServerProblemDetails?
        do throws(ServerAPIError) {
            found = try request.api.get(ServerPath("clients"), query: asked(query)).value
        } catch {
            // A filter that the server does not understand, at its field.
            guard let refused = error.problem(400) else { throw error }
            (found, problem) = (.null, refused)
        }
        let clients = found["clients"]?.elements ?? []
        let rows = clients.map { row($0, request.now) }
        let columns = ["Client", "State", "Authentication", "Certificates", "Labels"]
            .map { Table.Column($0) }
        let list =
            rows.isEmpty
            ? empty(isFiltered: isFiltered, problem)
            : Table("Clients", columns, rows).markup
        let next = found["next"]?.text.map { here(query).with("after", $0) }
        let first = query["after"]?.isEmpty == false ? here(query) : nil
        return .page(
            Page(
                "Clients",
                in: .clients,
                status: problem?.status ?? 200,
                actions: "<a class=\"button\" href=\"\(AddClientPage.address)\">Add a client</a>",
                """
                \(filter(query, problem, isSet: isFiltered))
                \(list)
                \(PageLinks.markup(first: first, next: next))
                """
            )
        )
    }

    private static func asked(_ query: FieldValues) -> [(name: String, value: String?)] {
        let day = query["expires_before"].flatMap { $0.isEmpty ? nil : "\($0)T00:00:00Z" }
        return [
            ("q", query["q"]), ("label", query["label"]), ("method", query["method"]),
            ("enabled", query["enabled"]), ("expires_before", day),
            ("limit", "\(limit)"), ("after", query["after"]),
        ]
    }

    /// The first page of what the query asks for.
    private static func here(_ query: FieldValues) -> Address {
        filters.reduce(address) { $0.with($1, query[$1]) }
    }

    private static func filter(
        _ query: FieldValues,
        _ problem: ServerProblemDetails?,
        isSet: Bool
    ) -> HTML {
        func field(_ name: String, _ label: String, _ control: FormField.Control) -> FormField {
            FormField(
                name,
                label,
                control,
                values: query.all(name),
                problems: problem.map { Self.texts(of: name, in: $0) } ?? []
            )
        }
        let states = [("", "Any"), ("true", "Enabled"), ("false", "Disabled")]
        return Filter.markup(
            address,
            label: "Search for clients",
            isSet: isSet,
            [
                field("q", "Name, id, subject or thumbprint", .search),
                field("label", "Label", .line),
                field("method", "Authentication", .choice(methods)),
                field("enabled", "State", .choice(states)),
                field("expires_before", "Certificate ends before", .day),
            ]
        )
    }

    /// The server asks for a time, and the field for a day.
    private static func texts(of name: String, in problem: ServerProblemDetails) -> [String] {
        let texts = problem.texts(name)
        guard name == "expires_before", !texts.isEmpty else { return texts }
        return ["Give a day, such as 2027-01-31."]
    }

    private static func row(_ client: JSONValue, _ now: Int64) -> [HTML] {
        let identifier = client["client_id"]?.text ?? ""
        let name = client["client_name"]?.text ?? identifier
        return [
            """
            <a href="\(ClientPage.address(identifier))"><bdi>\(name)</bdi></a><br>\
            <code class="soft">\(identifier)</code>
            """,
            client["enabled"]?.isTrue == true ? Badge.good("enabled") : Badge.bad("disabled"),
            method(client["token_endpoint_auth_method"]?.text ?? ""),
            certificates(client, now),
            Badge.labels(client["labels"]) ?? "",
        ]
    }

    /// In the words of the filter.
    private static func method(_ name: String) -> HTML {
        methods.first { $0.0 == name }.map { "\($0.1)" } ?? "<code>\(name)</code>"
    }

    private static func certificates(_ client: JSONValue, _ now: Int64) -> HTML {
        let count = client["certificate_count"]?.number ?? 0
        guard count > 0 else {
            let method = client["token_endpoint_auth_method"]?.text
            return switch method {
            case "self_signed_tls_client_auth": Badge.warning("none")
            case "tls_client_auth": "<span class=\"soft\">by its subject</span>"
            case "spiffe_x509": "<span class=\"soft\">by its SPIFFE ID</span>"
            default: "<span class=\"soft\">none</span>"
            }
        }
        let end = client["first_certificate_ends"]?.number
        let left = end.map { TimeMarkup.left(until: $0, from: now) }
        return count == 1 ? "\(left)" : "\(count), the first: \(left)"
    }

    private static func empty(isFiltered: Bool, _ problem: ServerProblemDetails?) -> HTML {
        if problem != nil {
            return EmptyState.markup("Nothing was searched for", "Correct the marked field.")
        }
        if isFiltered {
            return EmptyState.markup("No client is like that", "Leave a part of the search out.")
        }
        return EmptyState.markup(
            "There is no client yet",
            "A client is a program that asks this server for tokens, with its certificate.",
            action: "<a class=\"button\" href=\"\(AddClientPage.address)\">Add a client</a>"
        )
    }
}
