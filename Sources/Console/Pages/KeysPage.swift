// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The keys that sign and seal tokens, and the form that makes a new one.
enum KeysPage {
    static var pages: [ConsolePage] {
        [
            .get("/keys") { request throws(ServerAPIError) in try list(request) },
            .get("/keys/rotate") { request throws(ServerAPIError) in confirmation(request) },
            .post("/keys/rotate") { request throws(ServerAPIError) in try rotate(request) },
        ]
    }

    /// Kinds of keys that can be made, by the words of the server.
    private static let kinds = ["ES256", "ES384", "EdDSA", "PS256", "RS256", "A256GCM"]

    private static func list(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let keys = try request.api.get(ServerPath("keys")).value["keys"]?.elements ?? []
        let columns = ["kid", "Kind", "State", "Active from", "Until", "Made"]
            .map { Table.Column($0) }
        let groups = kinds.filter { kind in keys.contains { $0["kind"]?.text == kind } }
        let others = keys.compactMap { $0["kind"]?.text }.filter { !kinds.contains($0) }
        let sections = (groups + Set(others).sorted()).map { kind -> HTML in
            let rows = keys.filter { $0["kind"]?.text == kind }.reversed().map(row)
            let address = Address("keys", "rotate").with("kind", kind)
            return """
                <section>
                <h2 id="keys-\(kind)">\(title(kind))</h2>
                \(Table(title(kind), columns, Array(rows)).markup)
                <p><a class="button second" href="\(address)">Make a new \(kind) key</a></p>
                </section>

                """
        }
        return .page(
            Page(
                "Keys",
                in: .keys,
                """
                <p class="soft">A new key is published before it is used, and the old one stays \
                published until what it signed has expired. The keys themselves never leave the \
                server.</p>
                \(sections)
                """
            )
        )
    }

    private static func title(_ kind: String) -> String {
        kind == "A256GCM" ? "Sealing tokens (A256GCM)" : "Signing tokens (\(kind))"
    }

    private static func row(_ key: JSONValue) -> [HTML] {
        let state = key["state"]?.text ?? ""
        let badge =
            switch state {
            case "active": Badge.good(state)
            case "next": Badge.warning(state)
            default: Badge.plain(state)
            }
        func moment(_ name: String) -> HTML {
            key[name]?.number.map { TimeMarkup.moment($0) } ?? "–"
        }
        return [
            "<code>\(key["kid"]?.text ?? "")</code>", "<code>\(key["kind"]?.text ?? "")</code>",
            badge, moment("active_from"), moment("retired_at"), moment("created_at"),
        ]
    }

    /// Asks before anything is made, because it cannot be taken back.
    private static func confirmation(
        _ request: ConsoleRequest,
        status: Int = 200,
        problems: [String] = []
    ) -> ConsoleAnswer {
        let isSent = !request.form.trimmed("kind").isEmpty
        let asked = isSent ? request.form.trimmed("kind") : request.query.trimmed("kind")
        let kind = kinds.contains(asked) ? asked : kinds[0]
        let minutes = isSent ? request.form.trimmed("minutes") : "5"
        let field = FormField(
            "minutes",
            "Minutes until it is used",
            values: [minutes],
            hint: """
                Resource servers read the JWK Set anew in this time. 0 uses the key at once.
                """,
            problems: problems,
            isRequired: true
        )
        let form = Form(
            Address("keys", "rotate"),
            of: request.session,
            """
            \(Form.hidden(ConsoleSession.keyField, request.session.formKey()))
            \(Form.hidden("kind", kind))\(field.markup)
            <div class="buttons">\(Form.button("Make the key"))\
            <a class="button second" href="\(Section.keys.address)">Leave the keys as they are</a>
            </div>
            """
        )
        return .page(
            Page(
                "Make a new \(kind) key",
                in: .keys,
                status: status,
                """
                <div class="card">
                <p>The server will use the new key from then on, and no other one of this kind. \
                Tokens that were signed or sealed before stay valid.</p>
                \(form.markup)
                </div>
                """
            )
        )
    }

    private static func rotate(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let kind = request.form.trimmed("kind")
        let text = request.form.trimmed("minutes")
        // A week at most, which the server judges.
        guard text.utf8.count <= 6, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let minutes = Int64(text)
        else {
            return confirmation(request, status: 400, problems: ["Give a number of minutes."])
        }
        let key = request.form[ConsoleSession.keyField] ?? ""
        if case .repeated(let result) = request.session.begin(form: key) {
            let text: HTML =
                result == nil
                ? "This form was sent before, and its answer did not come: look for the key."
                : "This form was sent before; the key was made once."
            request.session.note(Notice(.remark, "<p>\(text)</p>"))
            return .redirect(Section.keys.address)
        }
        let made: JSONValue
        do throws(ServerAPIError) {
            made = try request.api.post(
                ServerPath("keys"),
                .object(["kind": .string(kind), "active_in": .integer(minutes * 60)])
            ).value
        } catch {
            // Without an answer the key may be there: the form stays used.
            if error.changedNothing { request.session.forget(form: key) }
            guard let problem = error.problem(400) else { throw error }
            let texts = problem.texts(besides: [])
            return confirmation(
                request,
                status: 400,
                problems: texts.isEmpty ? [problem.detail] : texts
            )
        }
        request.session.conclude(form: key, at: Section.keys.address)
        let kid = made["kid"]?.text ?? ""
        request.session.note(Notice(.done, "<p>The key <code>\(kid)</code> was made.</p>"))
        return .redirect(Section.keys.address)
    }
}
