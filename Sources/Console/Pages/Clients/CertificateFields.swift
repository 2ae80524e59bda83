// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The fields in which a certificate is pasted, dropped or chosen, and what was found in it.
enum CertificateFields {
    /// The fields, with what was entered and its problems; more `problems` are the server's.
    static func markup(
        _ entered: EnteredCertificate,
        _ form: FieldValues,
        problems more: [String] = []
    ) -> HTML {
        var (text, problems) = (form[EnteredCertificate.field] ?? "", more)
        var choice: HTML?
        switch entered {
        case .none: break
        case .read(let read): text = read.pem
        case .several(let found):
            text = ""
            choice = Self.choice(found)
            problems.insert(
                "There are \(found.count) certificates. Choose the client's own below.",
                at: 0
            )
        case .refused(let reason, let mayBeShown):
            if !mayBeShown { text = "" }
            problems.insert(reason, at: 0)
        }
        let area = FormField(
            EnteredCertificate.field,
            "Certificate",
            .area(rows: 8),
            values: [text],
            hint: """
                The client’s own, in PEM: from <code>BEGIN CERTIFICATE</code> to
                <code>END CERTIFICATE</code>. Never its private key.
                """,
            problems: problems,
            isCode: true
        )
        return """
            <div data-drop="\(EnteredCertificate.fileField)">\(area.markup)\(file.markup)</div>
            \(choice)\(password.markup)
            """
    }

    private static let file = FormField(
        EnteredCertificate.fileField,
        "Or a file",
        .file(accept: ".pem,.crt,.cer,.der,.p7b,.p7c,.p12,.pfx,.jks,.jceks"),
        hint: "PEM, DER, PKCS#7, PKCS#12 or a Java keystore; it may be dropped on the text field."
    )

    private static let password = FormField(
        EnteredCertificate.passwordField,
        "Password of the keystore",
        .password,
        hint: "Only for a keystore that needs one. It stays in this console and is not kept."
    )

    private static func choice(_ found: [EnteredCertificate.Read]) -> HTML {
        let options = found.map { read -> (value: String, label: String) in
            let names = [read.alias, read.facts["subject"]?.text, read.facts["not_after"]?.text]
            return (read.pem, names.compactMap { $0 }.joined(separator: " · "))
        }
        return FormField(
            EnteredCertificate.chosenField,
            "Which of them",
            .choice([("", "Choose one")] + options)
        ).markup
    }

    /// The certificate that was found, and whether a client may register it.
    static func findings(_ entered: EnteredCertificate, now: Int64) -> HTML? {
        guard case .read(let read) = entered else { return nil }
        let remarks = read.remarks.map { ("remark", $0) }
        return """
            <section class="card" aria-labelledby="found"><h2 id="found">The certificate</h2>
            \(CertificateMarkup.findings(read.findings + remarks))
            \(CertificateMarkup.facts(read.facts, now: now))</section>

            """
    }
}
