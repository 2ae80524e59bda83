// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Shows a client's key and its new secret, once, with a request that is ready to be sent.
enum NewSecretPage {
    static var pages: [ConsolePage] {
        [.get("/clients/shown-once/{key}") { request throws(ServerAPIError) in try show(request) }]
    }

    /// The address of the page that shows what `key` stands for.
    static func address(_ key: String) -> Address { Address("clients", "shown-once", key) }

    /// Keeps a secret that the form with this key has made; the address of the page that shows it.
    ///
    /// While it was not shown the form leads here again: its first answer may have been lost.
    static func shows(
        _ secret: KeptSecret,
        of form: String,
        _ session: ConsoleSession
    ) -> Address {
        let key = session.keep(secret)
        session.conclude(
            form: form,
            at: ClientPage.address(secret.client),
            secret: (key, address(key))
        )
        return address(key)
    }

    private static func show(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        guard let waiting = request.session.kept(request.parameter) else { return .page(gone) }
        let client = try request.api.get(ServerPath("clients", waiting.client)).value
        let endpoint = TokenEndpointAddress.find(request.api)
        // Taken last: where the server does not answer, the page can be loaded again.
        guard let kept = request.session.take(request.parameter) else { return .page(gone) }
        return .page(page(client, kept, endpoint: endpoint))
    }

    private static let gone = Page(
        "This was shown once",
        in: .clients,
        status: 410,
        """
        <p>The secret is stored as a hash, and nobody can show it again. Where it was not copied,
        make a new one on the page of its client.</p>
        <p><a href="\(ClientListPage.address)">Go on to the clients</a></p>
        """
    )

    private static func page(_ client: JSONValue, _ kept: KeptSecret, endpoint: String) -> Page {
        let name = client["client_name"]?.text ?? kept.client
        var facts = FactList()
        facts.add("Name", text: name)
        facts.add("Client key (client_id)", copied(kept.client, "client key"))
        facts.add("Client secret (client_secret)", kept.secret.map { copied($0, "client secret") })
        let usesSecret = client[ClientFields.method]?.text?.hasPrefix("client_secret") == true
        let remark: HTML =
            switch kept.secret {
            case nil: "<p>This client has no secret: its certificate authenticates it.</p>"
            case _? where usesSecret: "<p>The secret authenticates this client.</p>"
            default:
                """
                <p>The secret is for software that wants one; it does not authenticate this client:
                its certificate does.</p>
                """
            }
        let once = Notice(
            .warning,
            "<p>It is shown once: loading this page again shows nothing.</p>"
        )
        let line = TokenRequestLine.text(of: client, endpoint: endpoint, secret: kept.secret)
        return Page(
            "Copy this now",
            in: .clients,
            """
            \(once.markup)
            <section class="card">\(facts.markup)\(remark)</section>
            <h2 id="line">A first token</h2>
            <p>In the folder of the client’s certificate and key:</p>
            <pre id="curl" data-copy="the command" role="region" tabindex="0"
             aria-label="The command">\(line)</pre>
            <p><a class="button" href="\(ClientPage.address(kept.client))">Go on to the
            client</a></p>
            """
        )
    }

    private static func copied(_ text: String, _ name: String) -> HTML {
        "<code data-copy=\"\(name)\">\(text)</code>"
    }
}

/// The address of the token endpoint, as clients call it.
enum TokenEndpointAddress {
    private static let usual = "https://localhost:9443"

    /// The issuer's, as the server's configuration in effect says it; that of a first start where
    /// the server does not say.
    static func find(_ api: ServerAPI) -> String {
        let document = try? api.get(ServerPath("configuration")).value
        let settings = document?["settings"]?.elements ?? []
        let issuer = settings.first { $0["key"]?.text == "issuer" }?["value"]?.text
        let base = issuer.flatMap { $0.hasPrefix("https://") ? $0 : nil } ?? usual
        return (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/oauth2/token"
    }
}

/// A request for a token as a command.
enum TokenRequestLine {
    /// curl with what the client's first grant and its method need.
    static func text(of client: JSONValue, endpoint: String, secret: String?) -> String {
        let identifier = client["client_id"]?.text ?? ""
        let grants = client["grant_types"]?.list ?? []
        let method = client[ClientFields.method]?.text ?? ""
        let user = "grant_type=password&username=USERNAME&password=PASSWORD"
        let grant =
            grants.contains("client_credentials") || !grants.contains("password")
            ? "grant_type=client_credentials" : user
        var parts = ["curl -k"]
        var data = "\(grant)&client_id=\(identifier)"
        switch method {
        case "client_secret_basic":
            data = grant
            parts.append("-u \(quoted("\(identifier):\(secret ?? "CLIENT_SECRET")"))")
        case "client_secret_post": data += "&client_secret=\(secret ?? "CLIENT_SECRET")"
        default: break
        }
        parts.append("-d \(quoted(data))")
        parts.append("-H \"Content-Type: application/x-www-form-urlencoded\"")
        parts.append("\(quoted(endpoint)) -i")
        if method.contains("tls_client_auth") {
            parts.append("--cert client-certificate.pem --key key.pem")
        }
        return parts.joined(separator: " \\\n  ")
    }

    /// A word of a shell, whatever stands in it.
    private static func quoted(_ text: String) -> String {
        "'" + text.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
    }
}
