// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Everything about one client, and what can be done with it.
enum ClientPage {
    /// The page of a client.
    static func address(_ identifier: String) -> Address { Address("clients", named: identifier) }

    static var pages: [ConsolePage] {
        [
            .get("/clients/{client_id}") { request throws(ServerAPIError) in
                try show(request)
            }
        ]
    }

    private static let historyLimit = 20

    private static func show(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let identifier = request.parameter
        let client = try request.api.get(ServerPath("clients", identifier))
        let certificates = try request.api.get(ServerPath("clients", identifier, "certificates"))
        let history = try request.api.get(
            ServerPath("audit"),
            query: [("kind", "client"), ("id", identifier), ("limit", "\(historyLimit)")]
        )
        let cas = try cas(client.value, request)
        let keys = certificates.value["keys"]?.elements ?? []
        let uses = certificates.value["spiffe_ids"]?.elements
        let all = Section.audit.address.with("kind", "client").with("id", identifier)
        let entries = history.value["entries"]?.elements ?? []
        let name = client.value["client_name"]?.text ?? identifier
        return .page(
            Page(
                name,
                in: .clients,
                actions: actions(client.value, request.session),
                """
                \(ClientFactsMarkup.cards(client.value))
                \(certificatesMarkup(keys, uses, client.value, request))
                \(cas)
                <div class="buttons">\(CertificatePages.rollOver(keys, client.value))
                <a class="button second" href="\(VerifyClientPage.address(identifier))">Verify a
                certificate</a></div>
                <h2 id="token">A token</h2>
                \(tokenLine(client.value, request.api))
                <h2 id="history">History</h2>
                \(AuditMarkup.table(entries, "Changes, newest first"))
                <p><a href="\(all)">All changes of this client</a></p>
                \(end(client.value, request.session))
                """
            )
        )
    }

    private static func certificatesMarkup(
        _ keys: [JSONValue],
        _ uses: [JSONValue]?,
        _ client: JSONValue,
        _ request: ConsoleRequest
    ) -> HTML {
        if let uses {
            return """
                <h2 id="workloads">Workloads</h2>
                \(SPIFFEIDMarkup.table(uses))
                """
        }
        return """
            <h2 id="certificates">Certificates</h2>
            \(CertificatePages.table(keys, client, request))
            """
    }

    /// The CAs under which the client's subject is accepted; nil where no subject is registered.
    private static func cas(
        _ client: JSONValue,
        _ request: ConsoleRequest
    ) throws(ServerAPIError) -> HTML? {
        let method = client[ClientFields.method]?.text ?? ""
        let isUnderCA = ["tls_client_auth", "spiffe_x509"].contains(method)
        guard isUnderCA || client["ca_certificates"] != nil else { return nil }
        let path = ServerPath("clients", request.parameter, "certificates")
        let found = try request.api.get(path, query: [("ca", "true")]).value
        let all = CertificateAuthority.all(found["keys"]?.elements ?? [])
        let origin: HTML =
            client["trust_set"]?.text.map { name in
                """
                Its subject is accepted under the CAs of the trust set
                <a href="\(TrustSetPages.address(name))">\(name)</a>.
                """
            } ?? "Its subject is accepted under these CAs of its own."
        return """
            <h2 id="authorities">CAs</h2>
            <p>\(origin)</p>
            \(all.isEmpty ? nil : CertificateAuthority.table(all, request.now))
            """
    }

    private static func actions(_ client: JSONValue, _ session: ConsoleSession) -> HTML {
        let identifier = client["client_id"]?.text ?? ""
        let isEnabled = client["enabled"]?.isTrue == true
        let word = isEnabled ? "disable" : "enable"
        let label = isEnabled ? "Disable" : "Enable"
        let state = isEnabled ? Badge.good("enabled") : Badge.bad("disabled")
        return """
            \(state)
            <a class="button second" href="\(EditClientPage.address(identifier))">Edit</a>
            \(Form(
                Address("clients", named: identifier, word),
                of: session,
                label: label,
                Form.button(label, isMain: false)
            ).markup)
            """
    }

    private static func tokenLine(_ client: JSONValue, _ api: ServerAPI) -> HTML {
        let endpoint = TokenEndpointAddress.find(api)
        return TokenRequestLine.markup(of: client, endpoint: endpoint, secret: nil)
    }

    /// Changes that cannot be undone stand last.
    private static func end(_ client: JSONValue, _ session: ConsoleSession) -> HTML {
        let identifier = client["client_id"]?.text ?? ""
        let method = client[ClientFields.method]?.text ?? ""
        let renews = method != "none"
        let secret: HTML = """
            <a class="button second" href="\(SecretPages.address(identifier))">New secret</a>
            """
        return """
            <h2 id="end">Secret and end</h2>
            <div class="buttons">\(renews ? secret : nil)
            <a class="button second" href="\(RemoveClientPage.address(identifier))">Remove this
            client</a></div>
            """
    }
}
