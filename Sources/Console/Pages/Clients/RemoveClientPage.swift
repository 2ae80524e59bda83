// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Removes a client, after a page that says what ends with it.
enum RemoveClientPage {
    static func address(_ identifier: String) -> Address {
        Address("clients", named: identifier, "remove")
    }

    static var pages: [ConsolePage] {
        [
            .get("/clients/{client_id}/remove") { request throws(ServerAPIError) in
                .page(try confirm(request))
            },
            .post("/clients/{client_id}/remove") { request throws(ServerAPIError) in
                try remove(request)
            },
        ]
    }

    private static let tagField = "tag"

    private static func confirm(
        _ request: ConsoleRequest,
        isStale: Bool = false
    ) throws(ServerAPIError) -> Page {
        let identifier = request.parameter
        let found = try request.api.get(ServerPath("clients", identifier))
        let stale = Notice(
            .warning,
            """
            <p><strong>Nothing was removed.</strong> Somebody else has changed this client since
            you opened this page. Look again:</p>
            """
        )
        let buttons: HTML = """
            \(Form.hidden(tagField, found.tag ?? ""))
            <div class="buttons">\(Form.dangerousButton("Remove the client"))
            <a class="button second" href="\(ClientPage.address(identifier))">Cancel</a></div>
            """
        return Page(
            "Remove \(found.value["client_name"]?.text ?? identifier)?",
            in: .clients,
            status: isStale ? 412 : 200,
            """
            \(isStale ? stale.markup : nil)
            <section class="card">\(ClientFactsMarkup.markup(found.value))</section>
            <p>Its certificates and its secret go with it, and it gets no token from its next
            request on. Tokens that resource servers check by their signature alone are accepted
            until they end. This cannot be undone; disabling can.</p>
            \(Form(address(identifier), of: request.session, buttons).markup)
            """
        )
    }

    private static func remove(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let path = ServerPath("clients", request.parameter)
        do throws(ServerAPIError) {
            _ = try request.api.delete(path, ifMatch: request.form[tagField] ?? "")
        } catch {
            guard error.problem(412) != nil else { throw error }
            return .page(try confirm(request, isStale: true))
        }
        request.session.note(Notice(.done, "<p>The client was removed.</p>"))
        return .redirect(ClientListPage.address)
    }
}
