// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Trust sets: CAs under one name, their revocation lists, and the clients that are under them.
enum TrustSetPages {
    /// The page of one set.
    static func address(_ name: String) -> Address { Address("trust-sets", named: name) }

    static var pages: [ConsolePage] {
        [
            .get("/trust-sets") { request throws(ServerAPIError) in try list(request) },
            .get("/trust-sets/{name}") { request throws(ServerAPIError) in try one(request) },
        ]
    }

    // MARK: the list

    private static func list(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let sets = try request.api.get(ServerPath("trust-sets")).value["trust_sets"]?.elements ?? []
        let columns = ["Name", "CAs", "First end", "Revocation", "Lists"].map { Table.Column($0) }
        let rows = sets.map { set -> [HTML] in
            let name = set["name"]?.text ?? ""
            let cas = cas(set)
            let end = cas.map(\.notAfter).min()
            return [
                "<a href=\"\(address(name))\">\(name)</a>",
                cas.map { "<bdi>\($0.subject)</bdi>" as HTML }.joined("<br>"),
                end.map { TimeMarkup.left(until: $0, from: request.now) } ?? "–",
                "<code>\(set["revocation"]?.text ?? "")</code>",
                "\((set["crl"]?.list ?? []).count)",
            ]
        }
        let content: HTML =
            sets.isEmpty
            ? EmptyState.markup(
                "There is no trust set yet",
                """
                A trust set has CAs that many clients share: <code>handfast trust-set add</code>, \
                or a file for <code>handfast apply</code>.
                """
            ) : Table("Trust sets", columns, rows).markup
        return .page(Page("Trust sets", in: .trustSets, content))
    }

    // MARK: one set

    /// As many clients as are named on the page of a set.
    private static let clientsShown = "25"

    private static func one(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let name = request.parameter
        let set = try request.api.get(ServerPath("trust-sets", name)).value
        let clients = try request.api.get(
            ServerPath("clients"),
            query: [("trust_set", name), ("limit", clientsShown)]
        ).value
        var facts = FactList()
        facts.add("Name", code: set["name"]?.text)
        facts.add("Revocation", code: set["revocation"]?.text)
        facts.add(
            "Certificates of servers accepted until",
            text: set["allow_server_auth_until"]?.text
        )
        facts.add("Trust domain", code: set["trust_domain"]?.text)
        facts.add("SPIFFE bundle", code: set["spiffe_bundle"]?.text)
        if let bundle = set["bundle"] {
            facts.add("Sequence", text: bundle["sequence"]?.number.map { "\($0)" })
            facts.add("Looked at", looked(bundle, set["max_staleness"]?.number, request.now))
        }
        facts.add("Made", set["created_at"]?.number.map { TimeMarkup.moment($0) })
        facts.add("Labels", Badge.labels(set["labels"]))
        return .page(
            Page(
                name,
                in: .trustSets,
                actions: """
                    <a class="button second" href="\(Section.trustSets.address)">All trust sets</a>
                    """,
                """
                <section class="card">\(facts.markup)</section>
                <h2 id="authorities">CAs</h2>
                \(CertificateAuthority.table(cas(set), request.now))
                <h2 id="lists">Revocation lists</h2>
                \(lists(set, request.now))
                <h2 id="clients">Clients</h2>
                \(users(clients, set["clients"]?.number ?? 0))
                <h2 id="history">History</h2>
                <p><a href="\(AuditPage.address(kind: "trust_set", id: name))">Changes of this \
                trust set in the audit</a></p>
                """
            )
        )
    }

    /// The last look at a bundle, and whether it still counts.
    private static func looked(_ bundle: JSONValue, _ seconds: Int64?, _ now: Int64) -> HTML {
        guard let checked = bundle["checked_at"]?.number else { return Badge.bad("never") }
        guard let seconds, abs(now - checked) > seconds else { return TimeMarkup.moment(checked) }
        return "\(TimeMarkup.moment(checked)) \(Badge.bad("too old: its clients are refused"))"
    }

    /// The registered CAs, or those of a bundle.
    private static func cas(_ set: JSONValue) -> [CertificateAuthority] {
        let keys = set["ca_certificates"] ?? set["bundle"]?["ca_certificates"]
        return CertificateAuthority.all(keys?["keys"]?.elements ?? [])
    }

    private static func lists(_ set: JSONValue, _ now: Int64) -> HTML {
        let lists = set["crl_lists"]?.elements ?? []
        guard !lists.isEmpty else {
            return "<p>No revocation list is checked: a revoked certificate is taken.</p>"
        }
        let columns = ["Source", "Issuer", "Entries", "Next update", "State"]
            .map { Table.Column($0) }
        let rows = lists.map { list -> [HTML] in
            let next = list["next_update"]?.number
            let state: HTML
            if let reason = list["reason"]?.text {
                state =
                    list["counts"] == nil
                    ? "\(reason)" : "\(Badge.bad("does not count")) \(reason)"
            } else {
                state = Badge.good("counts")
            }
            return [
                "<code>\(list["source"]?.text ?? "")</code>",
                list["issuer"]?.text.map { "<bdi>\($0)</bdi>" } ?? "–",
                list["entries"]?.number.map { "\($0)" } ?? "–",
                next.map { "\(TimeMarkup.day($0)) \(left(until: $0, from: now))" } ?? "–",
                state,
            ]
        }
        return Table("Revocation lists", columns, rows).markup
    }

    /// Lists are made anew within days: one that ends soon is as it should be.
    private static func left(until next: Int64, from now: Int64) -> HTML {
        TimeMarkup.left(until: next, from: now, urgentDays: 1, warningDays: 1)
    }

    private static func users(_ page: JSONValue, _ count: Int64) -> HTML {
        let clients = page["clients"]?.elements ?? []
        guard !clients.isEmpty else {
            return "<p>No client is under this trust set: it may be removed.</p>"
        }
        let items = clients.map { client -> HTML in
            let identifier = client["client_id"]?.text ?? ""
            let isOn = client["enabled"]?.isTrue == true
            return """
                <li><a href="\(ClientPage.address(identifier))"><bdi>\
                \(client["client_name"]?.text ?? identifier)</bdi></a>\
                \(isOn ? nil : " \(Badge.bad("disabled"))" as HTML)</li>

                """
        }
        let more = count - Int64(clients.count)
        return """
            <p>\(count) \(count == 1 ? "client is" : "clients are") accepted under these CAs.</p>
            <ul>\(items)</ul>
            \(more > 0 ? "<p class=\"soft\">and \(more) more.</p>" as HTML : nil)
            """
    }
}
