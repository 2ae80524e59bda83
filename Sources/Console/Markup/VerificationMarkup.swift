// SPDX-License-Identifier: Apache-2.0
package import Text

/// The server's report on whether a certificate authenticates a client, check by check.
package enum VerificationMarkup {
    /// The result in a sentence, and each check below it.
    package static func markup(_ report: JSONValue) -> HTML {
        let checks = (report["checks"] ?? .null).elements
        let columns = ["Check", "Result", "Detail"].map { Table.Column($0) }
        return """
            \(result(report).markup)
            \(Table("Checks in their order", columns, checks.map(row)).markup)
            """
    }

    /// The result alone.
    package static func result(_ report: JSONValue) -> Notice {
        if report["authenticated"]?.isTrue == true {
            let until = report["accepted_only_until"]?.text.map {
                " It is accepted until \(TimeMarkup.moment($0)) only." as HTML
            }
            return Notice(
                .done,
                "<p><strong>This client would authenticate: yes.</strong>\(until)</p>"
            )
        }
        let decider = report["decided_by"]?.text
        let failed = (report["checks"] ?? .null).elements.first {
            $0["check"]?.text == decider && decider != nil
        }
        let reason = failed?["detail"]?.text ?? report["log"]?.text ?? "it has failed"
        let remedy = report["remedy"]?.text.map { "<p>\(HTML(sentence: $0))</p>" as HTML }
        return Notice(
            .problem,
            """
            <p><strong>This client would authenticate: no</strong>, because of the check
            “\(decider ?? "")”: \(reason)</p>\(remedy)
            """
        )
    }

    private static func row(_ check: JSONValue) -> [HTML] {
        let result = check["result"]?.text ?? ""
        let badge =
            switch result {
            case "passed": Badge.good(result)
            case "failed": Badge.bad(result)
            default: Badge.plain(result)
            }
        return [
            "<code>\(check["check"]?.text ?? "")</code>", badge, "\(check["detail"]?.text ?? "")",
        ]
    }
}
