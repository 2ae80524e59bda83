// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The fields of a form about a client, and the members of its document that they become.
enum ClientFields {
    /// The name of a field is that of its member, so that what is wrong is shown where it was said.
    private static let name = "client_name"
    private static let redirects = "redirect_uris"
    private static let grants = "grant_types"
    private static let scope = "scope"
    private static let audiences = "audiences"
    private static let rate = "rate"
    private static let labels = "labels"
    static let method = "token_endpoint_auth_method"
    private static let trustSet = "trust_set"
    private static let subject = "tls_client_auth_subject_dn"
    private static let spiffeID = "spiffe_id"

    private static let selfSigned = "self_signed_tls_client_auth"
    private static let underCA = "tls_client_auth"
    private static let workload = "spiffe_x509"
    /// How a new client proves itself: the certificate is the rule here.
    private static let methods = [
        (selfSigned, "Its own certificate (self_signed_tls_client_auth)"),
        (underCA, "A certificate under a trusted CA (tls_client_auth)"),
        (workload, "The X.509-SVID of a workload (spiffe_x509)"),
        ("client_secret_basic", "A secret in the header (client_secret_basic)"),
        ("client_secret_post", "A secret in the form (client_secret_post)"),
        ("none", "Nothing: a public client (none)"),
    ]
    static let jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    private static let grantBoxes = [
        ("client_credentials", "client_credentials", "for the client itself"),
        ("password", "password", "for a user whose password the client asks for"),
        (
            "authorization_code", "authorization_code",
            "for a user who signs in here; needs a callback"
        ),
        ("refresh_token", "refresh_token", "new tokens without asking the user again"),
        (
            jwtBearer, "jwt_bearer",
            "for the subject of a JWT of a trusted issuer, which has to name this client"
        ),
        (
            ExchangeFields.grant, "token_exchange",
            "another token for one that it was handed"
        ),
    ]

    /// All members that have a field, for telling the problems of fields from all others.
    static let members =
        [
            name, redirects, grants, scope, audiences, rate, labels, method, "certificates", "jwks",
            "trust_set", "tls_client_auth_subject_dn", "spiffe_id",
        ] + ExchangeFields.members

    /// The values that a new client's form begins with.
    static let beginning = FieldValues([
        (method, selfSigned), (grants, "client_credentials"),
    ])

    // MARK: values

    /// Whether the form is about a client that a certificate authenticates.
    static func usesCertificate(_ form: FieldValues) -> Bool {
        [selfSigned, underCA].contains(form.trimmed(method))
    }

    /// The document of a new client with the certificate that was entered.
    static func document(_ form: FieldValues, _ certificate: EnteredCertificate.Read?) -> JSONValue
    {
        var members = changes(form).filter { $0.value != .null }
        let chosen = form.trimmed(method)
        members[method] = chosen.isEmpty ? nil : .string(chosen)
        switch chosen {
        case underCA:
            let set = form.trimmed(trustSet)
            members[trustSet] = set.isEmpty ? nil : .string(set)
            let entered = form.trimmed(subject)
            let name = entered.isEmpty ? certificate?.facts["subject"]?.text : entered
            members[subject] = name.map { .string($0) }
        case workload:
            for name in [trustSet, spiffeID] {
                let entered = form.trimmed(name)
                members[name] = entered.isEmpty ? nil : .string(entered)
            }
        default: members["certificates"] = certificate.map { .texts([$0.pem]) }
        }
        return .object(members)
    }

    /// The members that a client's form changes: null for what is taken away.
    static func changes(_ form: FieldValues) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            name: .string(form.trimmed(name)),
            redirects: .texts(lines(form, redirects)),
            grants: .texts(form.all(grants)),
            scope: .string(words(form.trimmed(scope)).joined(separator: " ")),
            audiences: .texts(lines(form, audiences)),
            labels: .object(Self.labels(form).mapValues { .string($0) }),
        ]
        if form[rate] != nil {
            let entered = form.trimmed(rate)
            members[rate] = entered.isEmpty ? .null : .string(entered)
        }
        return members.merging(ExchangeFields.changes(form)) { $1 }
    }

    /// The members that a form changes of a client under a CA: what is empty is taken away.
    static func caChanges(_ form: FieldValues) -> [String: JSONValue] {
        guard isUnderCA(form) else { return [:] }
        let name = form.trimmed(method) == workload ? spiffeID : subject
        return [trustSet, name].reduce(into: [:]) { members, name in
            let entered = form.trimmed(name)
            members[name] = entered.isEmpty ? .null : .string(entered)
        }
    }

    /// Whether the form is about a client under a CA, or under a trust domain.
    static func isUnderCA(_ form: FieldValues) -> Bool {
        [underCA, workload].contains(form.trimmed(method))
    }

    /// The labels of a form: a line each, `name=value`.
    static func labels(_ form: FieldValues) -> [String: String] {
        lines(form, labels).reduce(into: [:]) { labels, line in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            labels[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
        }
    }

    /// The values of a form that shows a client as it is registered.
    static func values(_ client: JSONValue) -> FieldValues {
        func lined(_ texts: [String]) -> String { texts.joined(separator: "\n") }
        let labelLines = (client[labels] ?? .null).members.map {
            "\($0.name)=\($0.value.text ?? "")"
        }
        return FieldValues(
            [
                (name, client[name]?.text ?? ""),
                (redirects, lined(client[redirects]?.list ?? [])),
                (scope, client[scope]?.text ?? ""),
                (audiences, lined(client[audiences]?.list ?? [])),
                (rate, client[rate]?.text ?? ""),
                (labels, lined(labelLines)),
                (method, client[method]?.text ?? ""),
                (trustSet, client[trustSet]?.text ?? ""), (subject, client[subject]?.text ?? ""),
                (spiffeID, client[spiffeID]?.text ?? ""),
            ] + ExchangeFields.values(client)
                + (client[grants]?.list ?? []).map { (grants, $0) }
        )
    }

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// The lines of a field, without white space around them and without empty ones.
    static func lines(_ form: FieldValues, _ name: String) -> [String] {
        (form[name] ?? "").split(separator: "\n").compactMap { line in
            let bare = line.drop(while: \.isWhitespace)
            guard let end = bare.lastIndex(where: { !$0.isWhitespace }) else { return nil }
            return String(bare[...end])
        }
    }

    // MARK: markup

    /// The name, which comes first.
    static func nameField(_ form: FieldValues, _ problem: ServerProblemDetails?) -> HTML {
        FormField(
            name,
            "Name",
            values: form.all(name),
            hint: "For people; such as the name of the program and its place.",
            problems: problem?.texts(name) ?? [],
            isRequired: true
        ).markup
    }

    /// How a new client proves itself.
    static func methodField(_ form: FieldValues, _ problem: ServerProblemDetails?) -> HTML {
        FormField(
            method,
            "Authentication",
            .choice(methods),
            values: form.all(method),
            problems: problem?.texts(method) ?? []
        ).markup
    }

    /// For clients under a CA.
    static func caFields(_ form: FieldValues, _ problem: ServerProblemDetails?) -> HTML {
        let isOpen = isUnderCA(form)
        let set = FormField(
            "trust_set",
            "Trust set",
            values: form.all("trust_set"),
            hint: "The name of the CAs under which the certificate is accepted.",
            problems: problem?.texts("trust_set", "ca_certificates") ?? [],
            isCode: true
        )
        let subject = FormField(
            "tls_client_auth_subject_dn",
            "Subject",
            values: form.all("tls_client_auth_subject_dn"),
            hint: "Such as <code>CN=gateway,O=Example</code>; empty for the certificate’s own.",
            problems: problem?.texts("tls_client_auth_subject_dn") ?? [],
            isCode: true
        )
        let workload = FormField(
            spiffeID,
            "SPIFFE ID",
            values: form.all(spiffeID),
            hint: """
                Of a workload, in place of a subject; such as
                <code>spiffe://example.org/billing</code>, or <code>spiffe://example.org/ns/*</code>
                for all below a path. The trust set is that of its trust domain.
                """,
            problems: problem?.texts(spiffeID) ?? [],
            isCode: true
        )
        return """
            <details class="field"\(if: isOpen, " open")><summary>For a certificate under a trusted
            CA, or a workload</summary>
            \(set.markup)\(subject.markup)\(workload.markup)</details>

            """
    }

    /// The fields that every form has.
    static func otherFields(_ form: FieldValues, _ problem: ServerProblemDetails?) -> HTML {
        func field(
            _ name: String,
            _ label: String,
            _ control: FormField.Control = .area(rows: 2),
            _ hint: HTML? = nil
        ) -> HTML {
            FormField(
                name,
                label,
                control,
                values: form.all(name),
                hint: hint,
                problems: problem?.texts(name) ?? [],
                isCode: true
            ).markup
        }
        let callback: HTML = """
            One a line. Where users are sent back to; <code>http</code> for their own machine only.
            """
        let budget: HTML = """
            How often it may ask: requests in so many seconds, such as <code>100/60</code>; empty
            for the server’s.
            """
        let label: HTML = "One a line, <code>name=value</code>; such as <code>team=payments</code>."
        return """
            \(field(redirects, "Callback URLs", .area(rows: 2), callback))
            \(field(grants, "Grants", .boxes(grantBoxes)))
            \(field(scope, "Scopes", .line, "Separated by spaces; those that it may ask for."))
            \(field(audiences, "Audiences", .area(rows: 2), "One a line. For whom tokens are."))
            \(ExchangeFields.markup(form, problem))\(field(rate, "Rate", .line, budget))
            \(field(labels, "Labels", .area(rows: 2), label))
            """
    }

    /// The problems that are of no field, above the form.
    static func notice(_ problem: ServerProblemDetails?) -> HTML? {
        guard let problem else { return nil }
        let others = problem.texts(besides: members)
        let lines = others.map { "<li>\(HTML(sentence: $0))</li>\n" as HTML }
        let list: HTML? = lines.isEmpty ? nil : "<ul>\(lines)</ul>"
        return Notice(
            .problem,
            "<p><strong>Nothing was changed.</strong> \(problem.detail)</p>\(list)"
        ).markup
    }
}
