// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Trusted issuers: other authorization servers whose JWTs count here, and the clients that may
/// present them.
enum IssuerPages {
    /// The page of one issuer.
    static func address(_ name: String) -> Address { Address("issuers", named: name) }

    static var pages: [ConsolePage] {
        [
            .get("/issuers") { request throws(ServerAPIError) in try list(request) },
            .get("/issuers/{name}") { request throws(ServerAPIError) in try one(request) },
        ]
    }

    // MARK: the list

    private static func list(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let issuers = try request.api.get(ServerPath("issuers")).value["issuers"]?.elements ?? []
        let columns = ["Name", "Issuer", "Algorithms", "Keys", "Clients"].map { Table.Column($0) }
        let rows = issuers.map { issuer -> [HTML] in
            let name = issuer["name"]?.text ?? ""
            return [
                "<a href=\"\(address(name))\">\(name)</a>",
                "<code>\(issuer["issuer"]?.text ?? "")</code>",
                "\((issuer["algorithms"]?.list ?? []).joined(separator: ", "))",
                keys(issuer, request.now),
                "\((issuer["clients"]?.list ?? []).count)",
            ]
        }
        let content: HTML =
            issuers.isEmpty
            ? EmptyState.markup(
                "There is no trusted issuer yet",
                """
                A trusted issuer is another authorization server whose JWTs clients exchange for \
                tokens: <code>handfast issuer add</code>, or a file for \
                <code>handfast apply</code>.
                """
            ) : Table("Issuers", columns, rows).markup
        return .page(Page("Issuers", in: .issuers, content))
    }

    /// Whether the keys count, and since when.
    private static func keys(_ issuer: JSONValue, _ now: Int64) -> HTML {
        guard issuer["jwks_uri"] != nil else { return "registered" }
        guard let fetched = issuer["fetched_at"]?.number else {
            return "\(Badge.bad("never fetched"))"
        }
        // A day later the server answers with 503.
        let isOld = now - fetched > 86_400
        let state = isOld ? Badge.bad("too old") : Badge.good("fetched")
        return "\(state) \(TimeMarkup.moment(fetched))"
    }

    // MARK: one issuer

    private static func one(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let name = request.parameter
        let issuer = try request.api.get(ServerPath("issuers", name)).value
        var facts = FactList()
        facts.add("Name", code: issuer["name"]?.text)
        facts.add("Issuer", code: issuer["issuer"]?.text)
        facts.add("Subjects here", code: "\(name):" + (issuer["subjects"]?.text ?? "*"))
        facts.add("Expected audience", text: issuer["audience"]?.text ?? "this server's issuer")
        facts.add("Algorithms", text: (issuer["algorithms"]?.list ?? []).joined(separator: ", "))
        facts.add("Longest lifetime", text: issuer["max_lifetime"]?.number.map { "\($0) s" })
        facts.add("Replay", code: issuer["replay"]?.text)
        facts.add("Audiences of tokens", text: bound(issuer["token_audiences"]))
        facts.add("Scopes of tokens", text: bound(issuer["scopes"]))
        facts.add("Keys at", code: issuer["jwks_uri"]?.text)
        facts.add("Keys", keys(issuer, request.now))
        facts.add("Made", issuer["created_at"]?.number.map { TimeMarkup.moment($0) })
        facts.add("Labels", Badge.labels(issuer["labels"]))
        let set = issuer["jwks"] ?? issuer["fetched_jwks"]
        return .page(
            Page(
                name,
                in: .issuers,
                actions: """
                    <a class="button second" href="\(Section.issuers.address)">All issuers</a>
                    """,
                """
                <section class="card">\(facts.markup)</section>
                <h2 id="keys">Keys</h2>
                <p>\(KeySetMarkup.list(set) ?? "None counts: its JWTs are answered with 503.")</p>
                <h2 id="clients">Clients</h2>
                \(clients(issuer))
                <h2 id="history">History</h2>
                <p><a href="\(AuditPage.address(kind: "issuer", id: name))">Changes of this \
                issuer in the audit</a></p>
                """
            )
        )
    }

    private static func bound(_ list: JSONValue?) -> String {
        let names = list?.list ?? []
        return names.isEmpty ? "those of the client" : names.joined(separator: ", ")
    }

    private static func clients(_ issuer: JSONValue) -> HTML {
        let items = (issuer["clients"]?.list ?? []).map { clientID -> HTML in
            """
            <li><a href="\(ClientPage.address(clientID))"><code>\(clientID)</code></a></li>

            """
        }
        return """
            <p>These clients may present its JWTs, if they are registered for the grant \
            <code>jwt_bearer</code> or <code>token_exchange</code>.</p>
            <ul>\(items)</ul>
            """
    }
}
