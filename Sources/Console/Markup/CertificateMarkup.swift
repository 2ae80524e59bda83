// SPDX-License-Identifier: Apache-2.0
package import Text

/// Certificates as people read them.
package enum CertificateMarkup {
    /// The facts of a certificate, as `handfast certificate inspect --json` says them.
    package static func facts(_ facts: JSONValue, now: Int64) -> HTML {
        var list = FactList()
        list.add("Subject", text: facts["subject"]?.text)
        let issuer = facts["issuer"]?.text
        list.add("Issuer", text: facts["self_issued"]?.isTrue == true ? "itself" : issuer)
        let names = facts["alternative_names"]?.list ?? []
        list.add("Alternative names", names.isEmpty ? nil : lines(names))
        list.add("Valid", validity(facts, now))
        let bits = facts["key_bits"]?.number ?? 0
        list.add(
            "Key",
            text: facts["key"]?.text.map { bits > 0 ? "\($0), \(bits) bits" : $0 }
        )
        list.add("Signature", text: facts["signature_algorithm"]?.text)
        list.add("Key usage", text: facts["key_usage"].map { $0.list.joined(separator: ", ") })
        list.add(
            "Purposes",
            text: facts["extended_key_usage"].map { $0.list.joined(separator: ", ") }
        )
        list.add("Serial number", code: facts["serial"]?.text)
        list.add("Thumbprint (x5t#S256)", code: facts["x5t#S256"]?.text)
        list.add("SHA-256", code: facts["sha256"]?.text)
        return list.markup
    }

    /// Problems and remarks of a registration, one below the other.
    package static func findings(_ findings: [(severity: String, text: String)]) -> HTML? {
        guard !findings.isEmpty else { return nil }
        let items = findings.map { finding -> HTML in
            let badge =
                finding.severity == "error" ? Badge.bad("refused") : Badge.warning("remark")
            return "<li>\(badge) \(finding.text)</li>\n"
        }
        return "<ul class=\"findings\">\(items)</ul>"
    }

    private static func validity(_ facts: JSONValue, _ now: Int64) -> HTML? {
        guard let from = facts["not_before"]?.text, let until = facts["not_after"]?.text,
            let start = TimestampText.milliseconds(from).map({ $0 / 1000 }),
            let end = TimestampText.milliseconds(until).map({ $0 / 1000 })
        else { return nil }
        let state =
            start > now ? Badge.bad("not yet valid") : TimeMarkup.left(until: end, from: now)
        return "\(TimeMarkup.moment(start)) to \(TimeMarkup.moment(end)) \(state)"
    }

    private static func lines(_ texts: [String]) -> HTML {
        texts.map { "<bdi>\($0)</bdi>" as HTML }.joined("<br>")
    }
}
