// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Asks the server whether a certificate would authenticate a client, and why not.
enum VerifyClientPage {
    static func address(_ identifier: String) -> Address {
        Address("clients", named: identifier, "verify")
    }

    static var pages: [ConsolePage] {
        [
            .post("/clients/{client_id}/verify") { request throws(ServerFailure) in
                .page(try verify(request))
            }
        ]
    }

    /// The form, on the page of a client and below its own result.
    static func form(
        _ identifier: String,
        _ entered: EnteredCertificate,
        _ request: ConsoleRequest,
        problems: [String] = []
    ) -> HTML {
        let fields = CertificateFields.markup(entered, request.form, problems: problems)
        return Form(
            address(identifier),
            of: request.session,
            encoding: .parts,
            label: "Verify a certificate",
            """
            \(fields)<div class="buttons">\(Form.button("Verify", isMain: false))</div>
            """
        ).markup
    }

    /// One click to what is missing most often.
    private static func register(
        _ read: EnteredCertificate.Read,
        _ report: JSONValue,
        _ identifier: String,
        _ request: ConsoleRequest
    ) -> HTML? {
        guard report["decided_by"]?.text == "registered", read.isRegistrable else { return nil }
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

    private static func verify(_ request: ConsoleRequest) throws(ServerFailure) -> Page {
        let identifier = request.parameter
        let entered = EnteredCertificate(request.form, now: request.now)
        var result: HTML?
        var problems: [String] = []
        switch entered {
        case .none: problems = ["Paste a certificate, or choose a file."]
        case .several, .refused: break
        case .read(let read):
            let question: JSONValue = .object([
                "client_id": .string(identifier), "certificate": .string(read.pem),
            ])
            do throws(ServerFailure) {
                let report = try request.api.answer(ServerPath("verify"), to: question).value
                let offer = register(read, report, identifier, request)
                result = "\(VerificationMarkup.markup(report))\(offer)"
            } catch {
                guard let problem = error.problem(400) else { throw error }
                problems = problem.texts(besides: [])
            }
        }
        return Page(
            "Would a certificate authenticate this client?",
            in: .clients,
            status: result == nil ? 400 : 200,
            """
            <p>The client is
            <a href="\(ClientPage.address(identifier))"><code>\(identifier)</code></a>.</p>
            \(result)
            \(CertificateFields.findings(entered, now: request.now))
            <h2 id="again">Verify a certificate</h2>
            \(form(identifier, entered, request, problems: problems))
            """
        )
    }
}
