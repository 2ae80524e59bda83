// SPDX-License-Identifier: Apache-2.0
internal import Text

/// A client as it is registered.
enum ClientFactsMarkup {
    static func markup(_ client: JSONValue, _ now: Int64) -> HTML {
        var facts = FactList()
        facts.add("Client key (client_id)", copied(client["client_id"]?.text ?? ""))
        facts.add("Authentication", code: client[ClientFields.method]?.text)
        facts.add("Grants", codes(client["grant_types"]?.list ?? []))
        facts.add("Callback URLs", codes(client["redirect_uris"]?.list ?? []))
        let scopes = (client["scope"]?.text ?? "").split(separator: " ").map(String.init)
        facts.add("Scopes", codes(scopes))
        facts.add("Audiences", codes(client["audiences"]?.list ?? []))
        for kind in ["dn", "san_dns", "san_uri", "san_ip", "san_email"] {
            let name = kind == "dn" ? "subject_dn" : kind
            facts.add("Subject (\(name))", code: client["tls_client_auth_\(name)"]?.text)
        }
        facts.add("Trust set", code: client["trust_set"]?.text)
        facts.add("Keys from", code: client["jwks_uri"]?.text)
        facts.add("Tokens", text: tokens(client))
        facts.add("Labels", Badge.labels(client["labels"]))
        facts.add("Registered", moment(client["client_id_issued_at"]))
        facts.add("Tokens count from", moment(client["tokens_valid_from"]))
        return facts.markup
    }

    private static func copied(_ text: String) -> HTML {
        "<code data-copy=\"the client key\">\(text)</code>"
    }

    private static func codes(_ list: [String]) -> HTML {
        guard !list.isEmpty else { return "<span class=\"soft\">none</span>" }
        return list.map { "<code>\($0)</code>" as HTML }.joined("<br>")
    }

    private static func tokens(_ client: JSONValue) -> String {
        let format = client["access_token_format"]?.text ?? "jwt"
        let isBound = client["tls_client_certificate_bound_access_tokens"]?.isTrue == true
        let lifetime = client["access_token_lifetime"]?.number.map { ", valid for \($0) s" } ?? ""
        return "\(format), \(isBound ? "bound to the certificate" : "not bound")\(lifetime)"
    }

    private static func moment(_ value: JSONValue?) -> HTML? {
        value?.number.map { TimeMarkup.moment($0) }
    }
}
