// SPDX-License-Identifier: Apache-2.0
internal import Text

/// A certificate that the server refused and does not know, found again by its thumbprint.
struct RefusedCertificate {
    /// The certificate in PEM.
    let pem: String
    let thumbprint: String
    /// The client for which it was presented; nil where none was named.
    let client: String?
    private let refusal: JSONValue

    /// The name in the address of the page that adds a client.
    static let field = "refused"

    /// The page on which a client is registered with this certificate.
    static func newClient(_ thumbprint: String) -> Address {
        AddClientPage.address.with(field, thumbprint)
    }

    /// The certificate that a request names by `thumbprint`, and perhaps the `client`.
    init(_ request: ConsoleRequest) throws(ServerAPIError) {
        try self.init(
            request.query.trimmed("thumbprint"),
            client: request.query.trimmed("client"),
            asking: request.api
        )
    }

    /// The certificate of this thumbprint, among the latest refusals.
    init(
        _ thumbprint: String,
        client: String = "",
        asking api: ServerAPI
    ) throws(ServerAPIError) {
        let found = try api.get(
            ServerPath("refusals"),
            query: [("thumbprint", thumbprint), ("limit", "1")]
        ).value
        guard !thumbprint.isEmpty, let refusal = found["refusals"]?.elements.first,
            let pem = refusal["certificate"]?.text
        else {
            throw .problem(
                ServerProblemDetails(
                    status: 404,
                    detail: "This certificate is not among the latest refusals any more, or it is"
                        + " registered by now."
                )
            )
        }
        self.pem = pem
        self.thumbprint = thumbprint
        self.client = client.isEmpty ? refusal["client_id"]?.text : client
        self.refusal = refusal
    }

    /// The page that asks whether the certificate is the client's own.
    ///
    /// A refused request proves nothing of its sender: a client_id is no secret.
    func confirmation(_ request: ConsoleRequest) -> ConsoleAnswer {
        let client = client ?? ""
        var facts = FactList()
        facts.add("Client", code: client)
        facts.add("Subject", text: refusal["subject"]?.text)
        facts.add("Issuer", text: refusal["issuer"]?.text)
        facts.add("Thumbprint", code: thumbprint)
        facts.add("Presented from", code: refusal["peer"]?.text)
        let buttons: HTML = """
            \(Form.hidden("client", client))\(Form.hidden("thumbprint", thumbprint))
            <div class="buttons">\(Form.button("Register the certificate"))
            <a class="button second" href="\(Section.refusals.address)">Cancel</a></div>
            """
        let form = Form(Address("refusals", "register"), of: request.session, buttons)
        return .page(
            Page(
                "Register this certificate?",
                in: .refusals,
                """
                <section class="card">\(facts.markup)</section>
                <p>Whoever has its key gets tokens as this client from then on. Anybody who knows
                the client_id can present a certificate with it: compare the thumbprint with the
                one that the client’s operator names.</p>
                \(form.markup)
                """
            )
        )
    }

    /// Registers the certificate for the client that it was presented for.
    static func register(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let client = request.form.trimmed("client")
        let refused = try RefusedCertificate(
            request.form.trimmed("thumbprint"),
            client: client,
            asking: request.api
        )
        do throws(ServerAPIError) {
            _ = try request.api.post(
                ServerPath("clients", client, "certificates"),
                certificate: refused.pem
            )
        } catch {
            // Of any other failure nothing says that it is not registered: 503 is one that is late.
            guard
                let problem = error.problem(400) ?? error.problem(404) ?? error.problem(409)
            else { throw error }
            let texts = ([problem.detail] + problem.texts(besides: [])).joined(separator: " ")
            request.session.note(
                Notice(.problem, "<p>The certificate was not registered. \(texts)</p>")
            )
            return .redirect(Section.refusals.address.with("client", client))
        }
        request.session.note(
            Notice(
                .done,
                "<p>The certificate <code>\(refused.thumbprint)</code> is registered.</p>"
            )
        )
        return .redirect(ClientPage.address(client))
    }

    /// The page that says why the certificate does not lead to anything.
    func verification(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        guard let client else {
            throw .problem(
                ServerProblemDetails(
                    status: 400,
                    detail: "No client was named with this certificate."
                )
            )
        }
        let report = try request.api.answer(
            ServerPath("verify"),
            to: .object(["client_id": .string(client), "certificate": .string(pem)])
        ).value
        var facts = FactList()
        facts.add("Client", "<a href=\"\(ClientPage.address(client))\"><code>\(client)</code></a>")
        facts.add("Subject", text: report["subject"]?.text)
        facts.add("Thumbprint", code: thumbprint)
        let back = Section.refusals.address.with("client", client)
        let isGood = report["authenticated"]?.isTrue == true
        let register: HTML = """
            <a class="button" href="\(Self.newClient(thumbprint))">Register as a new client</a>

            """
        return .page(
            Page(
                "Verify a refused certificate",
                in: .refusals,
                actions: "<a class=\"button second\" href=\"\(back)\">Back to the refusals</a>",
                """
                <section class="card">\(facts.markup)</section>
                \(VerificationMarkup.markup(report))
                <div class="buttons">
                \(isGood ? nil : register)\
                <a class="button second" href="\(ClientPage.address(client))">Look at the client</a>
                </div>
                """
            )
        )
    }
}
