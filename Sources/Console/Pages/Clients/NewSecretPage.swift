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
        let remark = remark(on: kept.secret, of: client[ClientFields.method]?.text ?? "")
        let once = Notice(
            .warning,
            "<p>It is shown once: loading this page again shows nothing.</p>"
        )
        let line = TokenRequestLine.markup(of: client, endpoint: endpoint, secret: kept.secret)
        return Page(
            "Copy this now",
            in: .clients,
            """
            \(once.markup)
            <section class="card">\(facts.markup)\(remark)</section>
            <h2 id="line">A first token</h2>
            \(line)
            <p><a class="button" href="\(ClientPage.address(kept.client))">Go on to the
            client</a></p>
            """
        )
    }

    private static func remark(on secret: String?, of method: String) -> HTML {
        switch secret {
        case nil where method == "none": "<p>This client is public: it has no secret.</p>"
        case nil where method == "private_key_jwt":
            "<p>This client has no secret: its key authenticates it.</p>"
        case nil: "<p>This client has no secret: its certificate authenticates it.</p>"
        case _? where method.hasPrefix("client_secret"):
            "<p>The secret authenticates this client.</p>"
        default:
            """
            <p>The secret is for software that wants one; it does not authenticate this client:
            its certificate does.</p>
            """
        }
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
