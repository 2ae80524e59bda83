// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Cryptography
internal import HTTP
internal import Text

/// Asks the server whether a certificate would authenticate a client, and why not.
///
/// The certificate stands in the page's address, which can be loaded again and passed on. Only
/// whoever has entered it here is offered to register it: a link to somebody else's certificate
/// proves nothing of its sender.
enum VerifyClientPage {
    /// The form.
    static func address(_ identifier: String) -> Address {
        Address("clients", named: identifier, "verify")
    }

    static var pages: [ConsolePage] {
        [
            .get("/clients/{client_id}/verify") { request throws(ServerAPIError) in
                try show(request)
            },
            .post("/clients/{client_id}/verify") { request throws(ServerAPIError) in
                try enter(request)
            },
        ]
    }

    /// The name in the address of the certificate, which is DER in Base64url there.
    private static let field = "der"

    /// The address of a certificate's result; nil where it is longer than the console reads.
    private static func address(
        _ identifier: String,
        of read: EnteredCertificate.Read
    ) -> Address? {
        let encoded = Base64URL.encode(read.der.span)
        let whole = address(identifier).with(field, String(decoding: encoded, as: UTF8.self))
        return whole.text.utf8.count <= LocalServiceLimits.http.targetBytesMax ? whole : nil
    }

    /// The form alone, or with the result of the certificate that the address has.
    private static func show(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let text = request.query.trimmed(field)
        guard !text.isEmpty else {
            // A page of a client that is not there would end in a refusal of its form.
            _ = try request.api.get(ServerPath("clients", request.parameter))
            return .page(page(request, .none))
        }
        var form = FieldValues()
        guard let der = Base64URL.decode(text.utf8Span.span),
            let certificate = try? Certificate(der: der)
        else {
            let problem = "The address has no certificate. Paste it here, or choose a file."
            return .page(page(request, .none, problems: [problem], 400))
        }
        _ = form.add(EnteredCertificate.field, certificate.pem)
        return .page(try verified(request, EnteredCertificate(form, now: request.now)))
    }

    /// Leads what was entered to the address of its result.
    private static func enter(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let entered = EnteredCertificate(request.form, now: request.now)
        if case .read(let read) = entered {
            request.session.noteEntered(Digest256.of(read.der))
            // Remarks on a keystore are shown at once: the address has the certificate alone.
            if read.remarks.isEmpty, let result = address(request.parameter, of: read) {
                return .redirect(result)
            }
        }
        return .page(try verified(request, entered))
    }

    // MARK: the result

    private static func verified(
        _ request: ConsoleRequest,
        _ entered: EnteredCertificate
    ) throws(ServerAPIError) -> Page {
        let identifier = request.parameter
        switch entered {
        case .none:
            let missing = "Paste a certificate, or choose a file."
            return page(request, entered, problems: [missing], 400)
        case .several, .refused: return page(request, entered, 400)
        case .read(let read):
            let question: JSONValue = .object([
                "client_id": .string(identifier), "certificate": .string(read.pem),
            ])
            do throws(ServerAPIError) {
                let report = try request.api.answer(ServerPath("verify"), to: question).value
                let offer = register(read, report, identifier, request)
                let result: HTML = "\(VerificationMarkup.markup(report))\(offer)"
                return page(request, entered, result: result)
            } catch {
                guard let problem = error.problem(400) else { throw error }
                return page(request, entered, problems: problem.texts(besides: []), 400)
            }
        }
    }

    private static func page(
        _ request: ConsoleRequest,
        _ entered: EnteredCertificate,
        result: HTML? = nil,
        problems: [String] = [],
        _ status: Int = 200
    ) -> Page {
        let identifier = request.parameter
        let fields = CertificateFields.markup(entered, request.form, problems: problems)
        let form = Form(
            address(identifier),
            of: request.session,
            encoding: .parts,
            label: "Verify a certificate",
            "\(fields)<div class=\"buttons\">\(Form.button("Verify"))</div>"
        )
        let again: HTML = "<h2 id=\"again\">Verify another one</h2>"
        return Page(
            "Would a certificate authenticate this client?",
            in: .clients,
            status: status,
            """
            <p>The client is
            <a href="\(ClientPage.address(identifier))"><code>\(identifier)</code></a>. Nothing is
            changed here.</p>
            \(result)
            \(CertificateFields.findings(entered, now: request.now))
            \(result == nil ? nil : again)
            \(form.markup)
            """
        )
    }

    /// One click to what is missing most often.
    private static func register(
        _ read: EnteredCertificate.Read,
        _ report: JSONValue,
        _ identifier: String,
        _ request: ConsoleRequest
    ) -> HTML? {
        guard report["decided_by"]?.text == "registered", read.isRegistrable else { return nil }
        guard request.session.hasEntered(Digest256.of(read.der)) else {
            return "<p>To register it, enter it below: this address came with it.</p>"
        }
        return Form(
            CertificatePages.address(identifier),
            of: request.session,
            label: "Register this certificate",
            """
            \(Form.hidden(EnteredCertificate.field, read.pem))
            <div class="buttons">\(Form.button("Register this certificate for the client"))</div>
            """
        ).markup
    }
}
