// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Adds a client: a look at what would come of it, and then its registration.
enum AddClientPage {
    static let address = Address("clients", "add")

    static var pages: [ConsolePage] {
        [
            .get("/clients/add") { request throws(ServerAPIError) in
                let form = try Self.beginning(request)
                let entered = EnteredCertificate(form, now: request.now)
                return .page(page(request, form, Shown(entered: entered)))
            },
            .post("/clients/add") { request throws(ServerAPIError) in try post(request) },
        ]
    }

    /// The name of the buttons' value.
    private static let action = "action"
    private static let registers = "register"

    /// The outcome that the page shows beside the form.
    private struct Shown {
        let entered: EnteredCertificate
        /// The problem for which the server would refuse, or has refused.
        var problem: ServerProblemDetails?
        /// The server's report on the certificate.
        var report: JSONValue?
        var wasChecked = false
    }

    /// A form that another page links to may begin with a certificate and a name.
    ///
    /// A certificate that was refused comes by its thumbprint: some are longer than an address.
    private static func beginning(
        _ request: ConsoleRequest
    ) throws(ServerAPIError) -> FieldValues {
        var form = ClientFields.beginning
        for name in ["client_name", EnteredCertificate.field] {
            if let value = request.query[name] { _ = form.add(name, value) }
        }
        let refused = request.query.trimmed(RefusedCertificate.field)
        if !refused.isEmpty {
            let certificate = try RefusedCertificate(refused, asking: request.api)
            _ = form.add(EnteredCertificate.field, certificate.pem)
        }
        return form
    }

    // MARK: looking and registering

    private static func post(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let form = request.form
        let entered = EnteredCertificate(form, now: request.now)
        let certificate: EnteredCertificate.Read?
        switch entered {
        case .none: certificate = nil
        case .read(let read): certificate = read
        // Nothing is asked of the server before the certificate can be read.
        case .several, .refused:
            return .page(page(request, form, Shown(entered: entered, wasChecked: true), 400))
        }
        let document = ClientFields.document(form, certificate)
        guard form[action] == registers else {
            return .page(try checked(request, entered, document, certificate?.pem))
        }
        return try registered(request, entered, document)
    }

    /// The page with what would come of a registration.
    private static func checked(
        _ request: ConsoleRequest,
        _ entered: EnteredCertificate,
        _ document: JSONValue,
        _ pem: String?
    ) throws(ServerAPIError) -> Page {
        var shown = Shown(entered: entered, wasChecked: true)
        if pem == nil, ClientFields.usesCertificate(request.form) {
            let missing = "There is no certificate. Paste it, or choose a file."
            shown.problem = ServerProblemDetails(
                status: 400,
                detail: "The registration would be refused.",
                findings: [.init(member: "certificates", text: missing)]
            )
        }
        if let pem {
            do throws(ServerAPIError) {
                let question: JSONValue = .object([
                    "client": document, "certificate": .string(pem),
                ])
                shown.report = try request.api.answer(ServerPath("verify"), to: question).value
            } catch {
                guard let problem = error.problem(400) ?? error.problem(409) else { throw error }
                shown.problem = problem
            }
        }
        return page(request, request.form, shown, shown.problem?.status ?? 200)
    }

    private static func registered(
        _ request: ConsoleRequest,
        _ entered: EnteredCertificate,
        _ document: JSONValue
    ) throws(ServerAPIError) -> ConsoleAnswer {
        let key = request.form[ConsoleSession.keyField] ?? ""
        switch request.session.begin(form: key) {
        case .first: break
        case .repeated(let result):
            let text: HTML =
                result == nil
                ? "This form was sent before, and its answer did not come: look for the client."
                : "This form was sent before; the client was added once."
            request.session.note(Notice(.remark, "<p>\(text)</p>"))
            return .redirect(result ?? ClientListPage.address)
        }
        do throws(ServerAPIError) {
            let made = try request.api.post(ServerPath("clients"), document).value
            guard let identifier = made["client_id"]?.text else { throw .unreadable }
            let secret = KeptSecret(client: identifier, secret: made["client_secret"]?.text)
            return .redirect(NewSecretPage.shows(secret, of: key, request.session))
        } catch {
            // Without an answer the client may be there: the form stays used.
            if error.changedNothing { request.session.forget(form: key) }
            guard let problem = error.problem(400) ?? error.problem(409) else { throw error }
            let shown = Shown(entered: entered, problem: problem, wasChecked: true)
            return .page(page(request, request.form, shown, problem.status))
        }
    }

    // MARK: the page

    private static func page(
        _ request: ConsoleRequest,
        _ form: FieldValues,
        _ shown: Shown,
        _ status: Int = 200
    ) -> Page {
        let problem = shown.problem
        let ofCertificate = problem?.texts("certificates", "jwks", "certificate") ?? []
        let fields: HTML = """
            \(Form.hidden(ConsoleSession.keyField, request.session.formKey()))
            \(ClientFields.nameField(form, problem))
            \(CertificateFields.markup(shown.entered, form, problems: ofCertificate))
            \(ClientFields.methodField(form, problem))
            \(ClientFields.caFields(form, problem))
            \(ClientFields.otherFields(form, problem))
            <div class="buttons">
            \(Form.button("Check", name: action, value: "check", isMain: false))
            \(Form.button("Register", name: action, value: registers))
            </div>
            """
        return Page(
            "Add a client",
            in: .clients,
            status: status,
            """
            \(shown.wasChecked ? outcome(shown, request.now) : nil)
            <p>“Check” shows what would come of it, and changes nothing.</p>
            \(Form(address, of: request.session, encoding: .parts, fields).markup)
            """
        )
    }

    private static func outcome(_ shown: Shown, _ now: Int64) -> HTML {
        """
        \(ClientFields.notice(shown.problem))
        \(shown.report.map { VerificationMarkup.markup($0) })
        \(CertificateFields.findings(shown.entered, now: now))
        """
    }
}
