// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Changes a client's registration, if nobody else has meanwhile.
enum EditClientPage {
    /// The address of the form about a client.
    static func address(_ identifier: String) -> Address {
        Address("clients", named: identifier, "edit")
    }

    static var pages: [ConsolePage] {
        [
            .get("/clients/{client_id}/edit") { request throws(ServerAPIError) in
                let found = try request.api.get(ServerPath("clients", request.parameter))
                return .page(page(request, ClientFields.values(found.value), tag: found.tag))
            },
            .post("/clients/{client_id}/edit") { request throws(ServerAPIError) in
                try save(request)
            },
        ]
    }

    /// The field with the tag of the registration that the form was filled with.
    private static let tagField = "tag"

    private static func save(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let (path, form) = (ServerPath("clients", request.parameter), request.form)
        let found = try request.api.get(path)
        guard let tag = form[tagField], tag == found.tag else { return stale(request, found) }
        var changes = ClientFields.changes(form)
        if ClientFields.isUnderCA(ClientFields.values(found.value)) {
            changes.merge(ClientFields.caChanges(form)) { $1 }
        }
        // A merge patch takes away what it names as null (RFC 7396).
        let kept = ClientFields.labels(form)
        var labels = kept.mapValues { JSONValue.string($0) }
        for label in (found.value["labels"] ?? .null).members where kept[label.name] == nil {
            labels[label.name] = .null
        }
        changes["labels"] = .object(labels)
        do throws(ServerAPIError) {
            _ = try request.api.patch(path, .object(changes), ifMatch: tag)
        } catch {
            if error.problem(412) != nil { return stale(request, try request.api.get(path)) }
            guard let problem = error.problem(400) ?? error.problem(409) else { throw error }
            return .page(page(request, form, tag: tag, problem: problem))
        }
        request.session.note(Notice(.done, "<p>The changes are saved.</p>"))
        return .redirect(ClientPage.address(request.parameter))
    }

    /// Somebody else was first: what is there now, and what was entered, to be sent again.
    private static func stale(
        _ request: ConsoleRequest,
        _ found: ServerAPI.Document
    ) -> ConsoleAnswer {
        let now: HTML = """
            \(Notice(
                .warning,
                """
                <p><strong>Nothing was changed.</strong> Somebody else has changed this client
                since you opened the form.</p>
                """
            ).markup)
            <section class="card" aria-labelledby="now"><h2 id="now">What is there now</h2>
            \(ClientFactsMarkup.markup(found.value))</section>
            <p><a href="\(address(request.parameter))">Begin with what is there now</a>, or save
            what you have entered over it:</p>
            """
        return .page(page(request, request.form, tag: found.tag, above: now, status: 412))
    }

    private static func page(
        _ request: ConsoleRequest,
        _ form: FieldValues,
        tag: String?,
        problem: ServerProblemDetails? = nil,
        above: HTML? = nil,
        status: Int = 200
    ) -> Page {
        let back = ClientPage.address(request.parameter)
        let fields: HTML = """
            \(Form.hidden(tagField, tag ?? ""))
            \(ClientFields.nameField(form, problem))
            \(caSection(form, problem))\(ClientFields.otherFields(form, problem))
            <div class="buttons">\(Form.button("Save"))
            <a class="button second" href="\(back)">Cancel</a></div>
            """
        return Page(
            "Edit \(form.trimmed("client_name"))",
            in: .clients,
            status: problem?.status ?? status,
            """
            \(above)
            \(ClientFields.notice(problem))
            \(Form(address(request.parameter), of: request.session, fields).markup)
            """
        )
    }

    /// For clients under a CA; the method itself stays what it is.
    private static func caSection(_ form: FieldValues, _ problem: ServerProblemDetails?) -> HTML? {
        guard ClientFields.isUnderCA(form) else { return nil }
        return """
            \(Form.hidden(ClientFields.method, form.trimmed(ClientFields.method)))
            \(ClientFields.caFields(form, problem))
            """
    }
}
