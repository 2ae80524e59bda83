// SPDX-License-Identifier: Apache-2.0
internal import Text

/// A client's certificates: how long they last, when they were used, and how one takes the place of
/// another.
enum CertificatePages {
    /// The address of the list, where certificates are added too.
    static func address(_ identifier: String) -> Address {
        Address("clients", named: identifier, "certificates")
    }

    static var pages: [ConsolePage] {
        [
            .get("/clients/{client_id}/certificates") { request throws(ServerAPIError) in
                .page(try rollOver(request, .none))
            },
            .post("/clients/{client_id}/certificates") { request throws(ServerAPIError) in
                try add(request)
            },
            .get("/clients/{client_id}/certificates/{thumbprint}/remove") {
                request throws(ServerAPIError) in
                .page(try confirm(request))
            },
            .post("/clients/{client_id}/certificates/{thumbprint}/remove") {
                request throws(ServerAPIError) in
                try remove(request)
            },
        ]
    }

    // MARK: the list

    /// The certificates of a client in a table.
    static func table(_ keys: [JSONValue], _ client: JSONValue, _ request: ConsoleRequest) -> HTML {
        let identifier = client["client_id"]?.text ?? ""
        guard takes(client) || !keys.isEmpty else {
            return "<p>This client has no certificates of its own.</p>"
        }
        guard !keys.isEmpty else {
            return EmptyState.markup(
                "There is no certificate",
                "Without one this client gets no token."
            )
        }
        return list(keys, identifier, request.now)
    }

    /// The link to the roll-over; nil for a client that has no certificates of its own.
    static func rollOver(_ keys: [JSONValue], _ client: JSONValue) -> HTML? {
        guard takes(client) || !keys.isEmpty else { return nil }
        let address = address(client["client_id"]?.text ?? "")
        return "<a class=\"button second\" href=\"\(address)\">Add or roll over</a>"
    }

    private static func takes(_ client: JSONValue) -> Bool {
        client[ClientFields.method]?.text == "self_signed_tls_client_auth"
    }

    private static func list(_ keys: [JSONValue], _ identifier: String, _ now: Int64) -> HTML {
        let columns = ["Thumbprint", "Valid until", "First used", "Last used", "Change"]
            .map { Table.Column($0) }
        let rows = keys.map { key -> [HTML] in
            let thumbprint = key["x5t#S256"]?.text ?? ""
            let end = key["not_after"]?.text.flatMap { TimestampText.milliseconds($0) } ?? 0
            let remove = address(identifier, removing: thumbprint)
            return [
                "<code>\(thumbprint)</code>",
                """
                \(TimeMarkup.moment(end / 1000))
                \(TimeMarkup.left(until: end / 1000, from: now))
                """,
                use(key["first_seen"]), use(key["last_seen"]),
                """
                <a href="\(remove)">Remove<span class="unseen"> \(thumbprint)</span></a>
                """,
            ]
        }
        return Table("Certificates", columns, rows).markup
    }

    private static func use(_ value: JSONValue?) -> HTML {
        value?.text.map { TimeMarkup.moment($0) } ?? Badge.plain("never")
    }

    private static func address(_ identifier: String, removing thumbprint: String) -> Address {
        Address("clients", named: identifier, "certificates", thumbprint, "remove")
    }

    // MARK: rolling over

    private static func rollOver(
        _ request: ConsoleRequest,
        _ entered: EnteredCertificate,
        problem: ServerProblemDetails? = nil
    ) throws(ServerAPIError) -> Page {
        let identifier = request.parameter
        let client = try request.api.get(ServerPath("clients", identifier)).value
        let path = ServerPath("clients", identifier, "certificates")
        let keys = try request.api.get(path).value["keys"]?.elements ?? []
        let status =
            switch entered {
            case .refused, .several: 400
            default: problem?.status ?? 200
            }
        let texts = problem?.texts(besides: []) ?? []
        let said = problem.map { texts.isEmpty ? [$0.detail] : texts } ?? []
        let fields = CertificateFields.markup(entered, request.form, problems: said)
        let name = client["client_name"]?.text ?? identifier
        return Page(
            "Certificates of \(name)",
            in: .clients,
            status: status,
            """
            <p>A client may have two certificates for a time, so that it never stands without
            one:</p>
            <ol class="steps">
            <li><strong>Add the new one</strong> here. The old one stays valid.</li>
            <li><strong>Give it to the client</strong>, and watch “Last used” of the new one change
            below (load this page again). \(progress(keys))</li>
            <li><strong>Remove the old one</strong>, once it is not used any more.</li>
            </ol>
            \(keys.isEmpty ? nil : list(keys, identifier, request.now))
            <h2 id="add">Add a certificate</h2>
            \(Form(
                address(identifier),
                of: request.session,
                encoding: .parts,
                "\(fields)<div class=\"buttons\">\(Form.button("Add the certificate"))</div>"
            ).markup)
            <p><a href="\(ClientPage.address(identifier))">Back to the client</a></p>
            """
        )
    }

    /// Where the roll-over stands, as far as uses tell.
    private static func progress(_ keys: [JSONValue]) -> HTML? {
        guard keys.count > 1 else { return nil }
        let used = keys.filter { $0["last_seen"]?.text != nil }.count
        let state = "\(used) of \(keys.count) have been used so far"
        return used == keys.count ? Badge.good(state) : Badge.warning(state)
    }

    private static func add(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let identifier = request.parameter
        let entered = EnteredCertificate(request.form, now: request.now)
        guard case .read(let read) = entered else {
            let missing =
                if case .none = entered {
                    ServerProblemDetails(
                        status: 400,
                        detail: "Paste a certificate, or choose a file."
                    )
                } else {
                    nil as ServerProblemDetails?
                }
            return .page(try rollOver(request, entered, problem: missing))
        }
        let path = ServerPath("clients", identifier, "certificates")
        do throws(ServerAPIError) {
            _ = try request.api.post(path, certificate: read.pem)
        } catch {
            guard let problem = error.problem(400) ?? error.problem(409) else { throw error }
            return .page(try rollOver(request, entered, problem: problem))
        }
        request.session.note(
            Notice(.done, "<p>The certificate was added. Both are accepted now.</p>")
        )
        return .redirect(address(identifier))
    }

    // MARK: removing

    private static func confirm(
        _ request: ConsoleRequest,
        problem: ServerProblemDetails? = nil
    ) throws(ServerAPIError) -> Page {
        let (identifier, thumbprint) = (request.parameters[0], request.parameters[1])
        let path = ServerPath("clients", identifier, "certificates")
        let keys = try request.api.get(path).value["keys"]?.elements ?? []
        guard let key = keys.first(where: { $0["x5t#S256"]?.text == thumbprint }) else {
            throw .problem(
                ServerProblemDetails(
                    status: 404,
                    detail: "The client has no such certificate any more."
                )
            )
        }
        var facts = FactList()
        facts.add("Thumbprint", code: thumbprint)
        facts.add("Valid until", key["not_after"]?.text.map { TimeMarkup.moment($0) })
        facts.add("Last used", use(key["last_seen"]))
        let buttons: HTML = """
            <div class="buttons">\(Form.dangerousButton("Remove the certificate"))
            <a class="button second" href="\(address(identifier))">Cancel</a></div>
            """
        let action = address(identifier, removing: thumbprint)
        return Page(
            "Remove this certificate?",
            in: .clients,
            status: problem?.status ?? 200,
            """
            \(problem.map { ClientFields.notice($0) } ?? nil)
            <section class="card">\(facts.markup)</section>
            <p>The client gets no token with it from its next request on.</p>
            \(Form(action, of: request.session, buttons).markup)
            """
        )
    }

    private static func remove(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let (identifier, thumbprint) = (request.parameters[0], request.parameters[1])
        do throws(ServerAPIError) {
            _ = try request.api.delete(
                ServerPath("clients", identifier, "certificates", thumbprint)
            )
        } catch {
            guard let problem = error.problem(400) ?? error.problem(409) else { throw error }
            return .page(try confirm(request, problem: problem))
        }
        request.session.note(Notice(.done, "<p>The certificate was removed.</p>"))
        return .redirect(address(identifier))
    }
}
