// SPDX-License-Identifier: Apache-2.0
internal import Text

/// A client as it is registered, in the words of Documentation/clients.md.
///
/// A value that nobody has set stands there as the default that it is.
enum ClientFactsMarkup {
    /// All of it in one list.
    static func markup(_ client: JSONValue) -> HTML {
        var facts = FactList()
        let isEnabled = client["enabled"]?.isTrue == true
        facts.add("State", isEnabled ? Badge.good("enabled") : Badge.bad("disabled"))
        for group in groups(client) { group.write(&facts) }
        return facts.markup
    }

    /// A card for each part of it.
    static func cards(_ client: JSONValue) -> HTML {
        let cards = groups(client).map { group -> HTML in
            var facts = FactList()
            group.write(&facts)
            return """
                <section class="card" aria-labelledby="\(group.id)">
                <h2 id="\(group.id)">\(group.title)</h2>
                \(facts.markup)</section>

                """
        }
        return "<div class=\"groups\">\n\(cards)</div>"
    }

    private struct Group {
        let id: String
        let title: String
        let write: (inout FactList) -> Void
    }

    private static func groups(_ client: JSONValue) -> [Group] {
        [
            Group(id: "facts", title: "Registration") { registration(client, &$0) },
            Group(id: "authentication", title: "Authentication") { authentication(client, &$0) },
            Group(id: "requests", title: "Requests") { requests(client, &$0) },
            Group(id: "tokens", title: "Tokens") { tokens(client, &$0) },
        ]
    }

    // MARK: parts

    private static func registration(_ client: JSONValue, _ facts: inout FactList) {
        facts.add("Client key (client_id)", copied(client["client_id"]?.text ?? ""))
        facts.add("Labels", Badge.labels(client["labels"]) ?? soft("none"))
        facts.add("Registered", moment(client["client_id_issued_at"]))
        facts.add("Tokens count from", moment(client["tokens_valid_from"]))
    }

    private static func authentication(_ client: JSONValue, _ facts: inout FactList) {
        let method = client[ClientFields.method]?.text ?? ""
        facts.add("Method", code: method)
        for kind in ["dn", "san_dns", "san_uri", "san_ip", "san_email"] {
            let name = kind == "dn" ? "subject_dn" : kind
            facts.add("Subject (\(name))", code: client["tls_client_auth_\(name)"]?.text)
        }
        facts.add("SPIFFE ID", code: client["spiffe_id"]?.text)
        facts.add("Trust set", client["trust_set"]?.text.map(trustSet))
        let own = client["ca_certificates"]?["keys"]?.elements.count ?? 0
        facts.add("CAs of its own", own > 0 ? "\(own)" : nil)
        // Of a client whose certificates are its keys they have a list of their own.
        if method != "self_signed_tls_client_auth" {
            facts.add("Keys (jwks)", KeySetMarkup.list(client["jwks"]))
        }
        if let uri = client["jwks_uri"]?.text {
            facts.add("Keys from (jwks_uri)", code: uri)
            facts.add(
                "Keys that were fetched",
                KeySetMarkup.list(client["fetched_jwks"]) ?? Badge.warning("none yet")
            )
        }
        if method.hasSuffix("_jwt") {
            let algorithm = client["token_endpoint_auth_signing_alg"]?.text
            facts.add("Assertions signed with", value(algorithm, orDefault: "any that is known"))
        }
    }

    private static func requests(_ client: JSONValue, _ facts: inout FactList) {
        let grants = client["grant_types"]?.list ?? []
        facts.add("Grants", codes(grants))
        facts.add("Callback URLs", codes(client["redirect_uris"]?.list ?? []))
        let scopes = (client["scope"]?.text ?? "").split(separator: " ").map(String.init)
        facts.add("Scopes", codes(scopes))
        let audiences = client["audiences"]?.list ?? []
        facts.add(
            "Audiences",
            audiences.isEmpty ? soft("the server’s (default)") : codes(audiences)
        )
        let isPushed = client["require_pushed_authorization_requests"]?.isTrue == true
        if isPushed || grants.contains("authorization_code") {
            facts.add(
                "Pushed requests (PAR)",
                isPushed ? "required" : soft("not required (default)")
            )
        }
        exchange(client, grants, &facts)
        let rate = client["rate"]?.text.map { "\($0) s" }
        let isPublic = client[ClientFields.method]?.text == "none"
        facts.add("Rate", isPublic ? soft("none") : value(rate, orDefault: "the server’s"))
        activity(client["activity"], &facts)
        facts.add(
            "Introspection",
            client["may_introspect"]?.isTrue == true
                ? "tokens of all clients" : soft("its own tokens (default)")
        )
    }

    /// Requests beyond the client's rate, and tokens beyond its need, at the server that was asked.
    private static func activity(_ activity: JSONValue?, _ facts: inout FactList) {
        guard let activity else { return }
        let slowed = activity["slowed_down"]?.number ?? 0
        let last = activity["last_slowed_down"]?.text.map { ", last \($0)" } ?? ""
        facts.add("Slowed down (429)", text: slowed > 0 ? "\(slowed) times\(last)" : nil)
        let early = activity["tokens_issued_early"]?.number ?? 0
        facts.add("Tokens before they were needed", text: early > 0 ? "\(early)" : nil)
    }

    /// Token exchange, where the client may use it.
    private static func exchange(
        _ client: JSONValue,
        _ grants: [String],
        _ facts: inout FactList
    ) {
        guard grants.contains(ExchangeFields.grant) else { return }
        facts.add("Own audiences", codes(client["own_audiences"]?.list ?? []))
        let isNamed = client["exchange_mode"]?.text != "impersonate"
        facts.add(
            "Exchanged tokens",
            isNamed ? soft("name it as the actor (default)") : "name no actor (impersonate)"
        )
        let takesBound = client["exchange_bound_tokens"]?.isTrue == true
        facts.add(
            "Exchanges bound tokens",
            takesBound ? "of others too" : soft("of its own certificate (default)")
        )
    }

    private static func tokens(_ client: JSONValue, _ facts: inout FactList) {
        let format = client["access_token_format"]?.text ?? "jwt"
        facts.add("Form", code: format)
        let isBound = client["tls_client_certificate_bound_access_tokens"]?.isTrue == true
        facts.add("Bound", isBound ? "to the certificate" : "to no certificate")
        let algorithm = client["access_token_signing_alg"]?.text
        if format == "jwt" || algorithm != nil {
            facts.add("Signed with", value(algorithm, orDefault: "ES256"))
        }
        facts.add("Lifetime", span(client["access_token_lifetime"], orDefault: "the server’s"))
        let window = client["access_token_reuse_window"]?.number ?? 0
        facts.add(
            "Reuse window",
            window > 0 ? "\(TimeMarkup.span(window))" : soft("none (default)")
        )
        let claims = (client["access_token_claims"] ?? .null).members
        facts.add(
            "Static claims",
            claims.isEmpty
                ? soft("none (default)") : codes(claims.map { "\($0.name)=\($0.value.json)" })
        )
        refresh(client, &facts)
    }

    private static func refresh(_ client: JSONValue, _ facts: inout FactList) {
        let rotation = client["refresh_token_rotation"]
        let (lifetime, idle) = ("refresh_token_lifetime", "refresh_token_idle_lifetime")
        let isUsed = client["grant_types"]?.list.contains("refresh_token") == true
        let isSet = [rotation, client[lifetime], client[idle]].contains { $0 != nil }
        guard isUsed || isSet else {
            facts.add("Refresh tokens", soft("none, without that grant"))
            return
        }
        facts.add(
            "Refresh tokens replaced",
            value(rotation.map { $0.isTrue ? "on" : "off" }, orDefault: "by the server’s rule")
        )
        facts.add("Refresh tokens end", span(client[lifetime], orDefault: "the server’s"))
        facts.add("Without use they end", span(client[idle], orDefault: "the server’s"))
    }

    // MARK: values

    private static func copied(_ text: String) -> HTML {
        "<code data-copy=\"the client key\">\(text)</code>"
    }

    private static func soft(_ text: StaticString) -> HTML {
        "<span class=\"soft\">\(HTML(stringLiteral: text))</span>"
    }

    private static func trustSet(_ name: String) -> HTML {
        "<a href=\"\(TrustSetPages.address(name))\">\(name)</a>"
    }

    private static func value(_ text: String?, orDefault standard: StaticString) -> HTML {
        text.map { "<code>\($0)</code>" }
            ?? "<span class=\"soft\">\(HTML(stringLiteral: standard)) (default)</span>"
    }

    private static func span(_ seconds: JSONValue?, orDefault standard: StaticString) -> HTML {
        seconds?.number.map { "\(TimeMarkup.span($0))" } ?? value(nil, orDefault: standard)
    }

    private static func codes(_ list: [String]) -> HTML {
        guard !list.isEmpty else { return soft("none") }
        return list.map { "<code>\($0)</code>" as HTML }.joined("<br>")
    }

    private static func moment(_ value: JSONValue?) -> HTML? {
        value?.number.map { TimeMarkup.moment($0) }
    }
}
