// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Makes a client a new secret, which is shown once.
enum SecretPages {
    static func address(_ identifier: String) -> Address {
        Address("clients", named: identifier, "secret")
    }

    static var pages: [ConsolePage] {
        [
            .get("/clients/{client_id}/secret") { request throws(ServerAPIError) in
                .page(try confirm(request))
            },
            .post("/clients/{client_id}/secret") { request throws(ServerAPIError) in
                try make(request)
            },
        ]
    }

    private static func confirm(_ request: ConsoleRequest) throws(ServerAPIError) -> Page {
        let identifier = request.parameter
        let client = try request.api.get(ServerPath("clients", identifier)).value
        let key = Form.hidden(ConsoleSession.keyField, request.session.formKey())
        let buttons: HTML = """
            \(key)<div class="buttons">\(Form.button("Make a new secret"))
            <a class="button second" href="\(ClientPage.address(identifier))">Cancel</a></div>
            """
        return Page(
            "A new secret for \(client["client_name"]?.text ?? identifier)?",
            in: .clients,
            """
            <p>The old secret ends at once. The new one is shown once.</p>
            \(Form(address(identifier), of: request.session, buttons).markup)
            """
        )
    }

    private static func make(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let identifier = request.parameter
        let key = request.form[ConsoleSession.keyField] ?? ""
        if case .repeated(let result) = request.session.begin(form: key) {
            let text: HTML =
                result == nil
                ? "This form was sent before, and its answer did not come. Make another secret."
                : "This form was sent before; the secret was made once."
            request.session.note(Notice(.remark, "<p>\(text)</p>"))
            return .redirect(result ?? ClientPage.address(identifier))
        }
        let made: JSONValue
        do throws(ServerAPIError) {
            made = try request.api.post(ServerPath("clients", identifier, "secret")).value
        } catch {
            if error.changedNothing { request.session.forget(form: key) }
            throw error
        }
        let secret = KeptSecret(client: identifier, secret: made["client_secret"]?.text)
        return .redirect(NewSecretPage.shows(secret, of: key, request.session))
    }
}
