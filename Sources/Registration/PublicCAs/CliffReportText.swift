// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

extension CliffReport {
    /// For people.
    package var text: String {
        var lines = clients.isEmpty ? [] : [CliffClient.columns.heading]
        lines += clients.map { $0.line(now: now) } + (clients.isEmpty ? [] : [""])
        let days = within.map { " within \($0) days" } ?? ""
        lines.append(
            clients.isEmpty
                ? "No client fails\(days) with the renewal of its certificate."
                : "Listed: \(clients.count). \(KnownPublicCAs.page) tells what to do."
        )
        lines.append(sources)
        if rolledOver > 0 {
            lines.append(
                "Not listed: \(rolledOver) that last came with a certificate of another CA of their"
                    + " registration."
            )
        }
        lines.append(
            "Not concerned: certificates that are registered themselves"
                + " (self_signed_tls_client_auth; clients: \(registered))."
        )
        return lines.joined(separator: "\n")
    }

    private var sources: String {
        guard let path = known.source else {
            let missing =
                known.reason.map { "Public CAs could not be read: \($0)" }
                ?? "There is no file of public CAs (\(KnownPublicCAs.file))."
            return missing + " Only CAs whose own extended key usage leaves out clientAuth were"
                + " taken for public."
        }
        let unreadable = known.publicCAs.unreadable
        var rest = unreadable > 0 ? "; \(unreadable) could not be read" : ""
        if let reason = known.reason { rest += " (\(reason))" }
        return "Public CAs: \(known.publicCAs.count) in \(PrintableText.escaped(path))\(rest)."
    }
}

extension CliffClient {
    fileprivate static let columns = TextColumns([
        ("ACCEPTED UNTIL", 20), ("DAYS LEFT", 9), ("ALLOWED UNTIL", 13), ("CLIENT ID", 28),
        ("TRUST SET", 12), ("PUBLIC CA", 30), ("NAME", 0),
    ])

    fileprivate func line(now: Int64) -> String {
        let isOver = day.map { $0 < now } ?? false
        return Self.columns.line([
            day.map(CertificateTime.text) ?? "never seen",
            isOver ? "ended" : daysLeft.map { "\($0)" } ?? "-",
            allowedUntil ?? "-",
            id,
            trustSet ?? "-",
            caCertificates.map(\.subject).joined(separator: "; "),
            name,
        ])
    }
}
