// SPDX-License-Identifier: Apache-2.0
internal import Registration
package import Text

/// An answer of `/refusals`, for people and for programs.
package struct RefusalList: Presentable, Sendable {
    /// The answer itself.
    package let value: JSONValue
    private let refusals: [JSONValue]

    /// Takes the content of an answer; nil for any other content.
    package init?(_ content: [UInt8]) {
        guard let value = JSONValue(content.span), case .array(let refusals)? = value["refusals"]
        else { return nil }
        self.value = value
        self.refusals = refusals
    }

    /// Two lines for each refusal, newest first: when, which check and whose; then the rest of
    /// what is known.
    package var text: String {
        guard !refusals.isEmpty else { return "No refusals." }
        var lines = refusals.flatMap(Self.lines)
        if value["more"] == .boolean(true) { lines.append("There are more: see --limit.") }
        return lines.joined(separator: "\n")
    }

    private static func lines(_ refusal: JSONValue) -> [String] {
        func member(_ name: String) -> String? { refusal[name]?.text }
        var peer = member("peer") ?? ""
        if case .integer(let port)? = refusal["port"] {
            peer = peer.contains(":") ? "[\(peer)]:\(port)" : "\(peer):\(port)"
        }
        let first = [
            member("time"), member("check"), member("client_id").map { "client \($0)" },
            "from \(peer)", member("listener").map { "at listener \($0)" },
        ]
        let alert = member("alert").map { "alert \($0) of the \(member("alert_sender") ?? "")" }
        let registered: String? =
            switch refusal["registered"] {
            case .boolean(true)?: ", registered there"
            case .boolean(false)?: ", not registered there"
            default: nil
            }
        let thumbprint = member("thumbprint").map { "x5t#S256 \($0)\(registered ?? "")" }
        let rest = [
            member("endpoint"), member("error_description"), member("reason"), member("detail"),
            alert, member("progress").map { "came to: \($0)" },
            member("subject").map { "subject \($0)" }, member("issuer").map { "issuer \($0)" },
            thumbprint,
        ]
        return [line(first, between: "  "), "    " + line(rest, between: " · ")]
    }

    private static func line(_ parts: [String?], between separator: String) -> String {
        parts.compactMap { $0 }.filter { !$0.isEmpty }.map(PrintableText.escaped)
            .joined(separator: separator)
    }
}
