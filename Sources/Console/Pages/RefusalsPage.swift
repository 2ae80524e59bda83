// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Text

/// The latest refusals, each with what can be done about it.
enum RefusalsPage {
    static var pages: [ConsolePage] {
        [
            .get("/refusals") { request throws(ServerAPIError) in try list(request) },
            .get("/refusals/verify") { request throws(ServerAPIError) in
                try RefusedCertificate(request).verification(request)
            },
            .get("/refusals/register") { request throws(ServerAPIError) in
                try RefusedCertificate(request).confirmation(request)
            },
            .post("/refusals/register") { request throws(ServerAPIError) in
                try RefusedCertificate.register(request)
            },
        ]
    }

    private static let limits = ["25", "50", "100", "500"]
    private static let standardLimit = "50"

    private static func list(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let (client, check) = (request.query.trimmed("client"), request.query.trimmed("check"))
        let asked = request.query.trimmed("limit")
        let limit = limits.contains(asked) ? asked : standardLimit
        let found = try request.api.get(
            ServerPath("refusals"),
            query: [("client", client), ("check", check), ("limit", limit)]
        ).value
        let refusals = found["refusals"]?.elements ?? []
        let items = refusals.map { RefusalItem($0).markup }
        let isFiltered = !client.isEmpty || !check.isEmpty
        let content: HTML =
            items.isEmpty
            ? EmptyState.markup(
                isFiltered ? "Nothing like that was refused" : "Nothing was refused",
                "The server keeps its latest refusals in memory, until it is started again.",
                action: isFiltered
                    ? "<a href=\"\(Section.refusals.address)\">Show all refusals</a>" : nil
            ) : "<ol class=\"events\" id=\"refusals\">\(items)</ol>"
        let more: HTML? =
            found["more"]?.isTrue == true
            ? "<p class=\"soft\">There are older ones: choose a higher number, or one client.</p>"
            : nil
        return .page(
            Page(
                "Refusals",
                in: .refusals,
                "\(filter(client: client, check: check, limit: limit))\(content)\(more)"
            )
        )
    }

    private static func filter(client: String, check: String, limit: String) -> HTML {
        let checks = [(value: "", label: "Any")] + RefusalQuery.checks.map { ($0, $0) }
        return Filter.markup(
            Section.refusals.address,
            label: "Which refusals",
            isSet: !client.isEmpty || !check.isEmpty || limit != standardLimit,
            [
                FormField("client", "client_id as presented", .search, values: [client]),
                FormField("check", "Check", .choice(checks), values: [check]),
                FormField(
                    "limit",
                    "How many",
                    .choice(limits.map { ($0, $0) }),
                    values: [limit]
                ),
            ]
        )
    }
}

/// One refusal of the list.
private struct RefusalItem {
    private let refusal: JSONValue

    init(_ refusal: JSONValue) {
        self.refusal = refusal
    }

    var markup: HTML {
        let check = refusal["check"]?.text ?? ""
        let meaning = refusal["meaning"]?.text ?? refusal["error_description"]?.text ?? check
        let time = refusal["time"]?.text.map { TimeMarkup.moment($0) }
        return """
            <li class="card">
            <h2>\(meaning)</h2>
            <p class="soft">\(time) · \(Badge.plain(check))\(client)\(origin)</p>
            \(refusal["remedy"]?.text.map { "<p>\(HTML(sentence: $0))</p>\n" as HTML })\
            \(facts)
            \(actions)
            </li>

            """
    }

    private var client: HTML? {
        refusal["client_id"]?.text.map { id in
            // One that is not registered has no page.
            let name: HTML =
                !isKnown
                ? "<code>\(id)</code>"
                : "<a href=\"\(ClientPage.address(id))\"><code>\(id)</code></a>"
            return """
                 · client \(name) (<a href="\(Section.refusals.address.with("client", id))">its \
                refusals</a>)
                """
        }
    }

    /// Whether the client that was named is registered, as far as the check tells.
    private var isKnown: Bool { refusal["check"]?.text != "client-unknown" }

    private var origin: HTML {
        let peer = refusal["peer"]?.text ?? ""
        let port = refusal["port"]?.number.map { "\($0)" }
        let whole = port.map { peer.contains(":") ? "[\(peer)]:\($0)" : "\(peer):\($0)" } ?? peer
        let listener = refusal["listener"]?.text ?? ""
        return " · from <code>\(whole)</code> · listener <code>\(listener)</code>"
    }

    private var facts: HTML {
        var facts = FactList()
        facts.add("Subject", text: refusal["subject"]?.text)
        facts.add("Issuer", text: refusal["issuer"]?.text)
        if let from = refusal["not_before"]?.text, let to = refusal["not_after"]?.text {
            facts.add("Valid", "\(TimeMarkup.moment(from)) to \(TimeMarkup.moment(to))")
        }
        facts.add("Thumbprint", code: refusal["thumbprint"]?.text)
        if let registered = refusal["registered"] {
            facts.add(
                "Registered",
                registered.isTrue ? "yes, for this client" : "not for this client"
            )
        }
        facts.add("Endpoint", code: refusal["endpoint"]?.text)
        facts.add("Told to the client", text: told)
        facts.add("Reason", text: refusal["reason"]?.text)
        facts.add("Detail", text: refusal["detail"]?.text)
        if let alert = refusal["alert"]?.text {
            facts.add(
                "Alert",
                "<code>\(alert)</code>, sent by the \(refusal["alert_sender"]?.text ?? "")"
            )
        }
        facts.add("Came to", text: refusal["progress"]?.text)
        facts.add("Failure", code: refusal["failure"]?.text)
        return facts.markup
    }

    private var told: String? {
        guard let error = refusal["error"]?.text else { return nil }
        return [error, refusal["error_description"]?.text].compactMap { $0 }.joined(separator: ": ")
    }

    /// For certificates that are not registered, which alone come along.
    private var actions: HTML? {
        guard let thumbprint = refusal["thumbprint"]?.text, refusal["certificate"] != nil else {
            return nil
        }
        let client = refusal["client_id"]?.text
        // Said of clients that registered certificates authenticate: to others none can be added.
        let isUnregistered = refusal["registered"] != nil
        let buttons: [HTML?] = [
            isUnregistered ? client.map { add(thumbprint, to: $0) } : nil,
            isUnregistered || !isKnown ? newClient(thumbprint) : nil,
            client.map { verification(thumbprint, of: $0) },
        ]
        let shown = buttons.compactMap { $0 }
        return shown.isEmpty ? nil : "<div class=\"buttons\">\n\(shown)</div>\n"
    }

    private func newClient(_ thumbprint: String) -> HTML {
        """
        <a class="button second" href="\(RefusedCertificate.newClient(thumbprint))">Register \
        as a new client</a>

        """
    }

    private func verification(_ thumbprint: String, of client: String) -> HTML {
        let verify = Address("refusals", "verify").with("thumbprint", thumbprint)
            .with("client", client)
        return "<a class=\"button second\" href=\"\(verify)\">Verify this one</a>\n"
    }

    private func add(_ thumbprint: String, to client: String) -> HTML {
        let confirmation = Address("refusals", "register").with("thumbprint", thumbprint)
            .with("client", client)
        return """
            <a class="button second" href="\(confirmation)">Register this one for \(client)</a>

            """
    }
}
