// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Where a user may be sent back to (RFC 6749 §3.1.2, RFC 8252 §7).
///
/// Requests are compared with it character by character (RFC 9700 §2.1), so it has no patterns.
enum RedirectURI {
    /// RFC 8252 §7.3: the machine of the user, where a native app listens.
    private static let loopbackHosts = ["127.0.0.1", "[::1]", "localhost"]

    /// The error of a redirect URI; nil if it is valid.
    static func finding(_ uri: String) -> RegistrationFinding? {
        guard !uri.contains("#") else {
            return .invalid(
                .redirectURIs,
                "The redirect URI \(PrintableText.escaped(uri)) has a fragment (RFC 6749 §3.1.2).",
                remedy: "Leave out everything from the # on."
            )
        }
        guard let reason = reasonToRefuse(Array(uri.utf8)) else { return nil }
        return .invalid(
            .redirectURIs,
            "The redirect URI \(PrintableText.escaped(uri)) is refused: \(reason).",
            remedy: "Give one such as https://client.example/callback,"
                + " http://127.0.0.1:8080/callback or com.example.app:/callback."
        )
    }

    private static func reasonToRefuse(_ uri: [UInt8]) -> String? {
        guard uri.count <= ClientRules.uriBytesMax else {
            return "it has more than \(ClientRules.uriBytesMax) bytes"
        }
        guard uri.allSatisfy({ 0x21...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c }),
            let colon = uri.firstIndex(of: UInt8(ascii: ":")),
            case let scheme = String(decoding: uri[..<colon], as: UTF8.self).lowercased(),
            isScheme(scheme)
        else { return "it is not an absolute URI (RFC 3986)" }
        let rest = uri[(colon + 1)...]
        guard scheme == "http" || scheme == "https" else {
            // RFC 8252 §7.1: the reverse of a domain that the app's owner has. Without the dot it
            // would be anybody's, or one that runs or reads something (javascript, data, file).
            return scheme.contains(".") && !rest.isEmpty
                ? nil : "the scheme of an app is a domain in reverse, with a dot (RFC 8252 §7.1)"
        }
        guard rest.starts(with: "//".utf8) else { return "it has no host" }
        let authority = rest.dropFirst(2).prefix { !"/?".utf8.contains($0) }
        guard let host = host(of: String(decoding: authority, as: UTF8.self)) else {
            return "its host is missing, a pattern, or no name of a host"
        }
        guard scheme == "https" || loopbackHosts.contains(host.lowercased()) else {
            return "http is for the machine of the user only: 127.0.0.1, [::1] or localhost"
                + " (RFC 8252 §7.3)"
        }
        return nil
    }

    /// RFC 3986 §3.1.
    private static func isScheme(_ scheme: String) -> Bool {
        guard let first = scheme.utf8.first, first.isLetterOrDigit, !first.isDigit else {
            return false
        }
        return scheme.utf8.allSatisfy { $0.isLetterOrDigit || "+-.".utf8.contains($0) }
    }

    /// The host of an authority (RFC 3986 §3.2); nil where there is none, or where a user's name
    /// (RFC 9110 §4.2.4) or a pattern stands before it or in it.
    private static func host(of authority: String) -> String? {
        var host = authority[...]
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]"), host.index(after: host.startIndex) < end,
                host[..<end].dropFirst().utf8.allSatisfy({
                    $0.isHexadecimalDigit || ":.".utf8.contains($0)
                })
            else { return nil }
            let rest = host[host.index(after: end)...]
            return rest.isEmpty || rest.first == ":" && rest.dropFirst().utf8.allSatisfy(\.isDigit)
                ? String(host[...end]) : nil
        }
        if let colon = host.firstIndex(of: ":") {
            guard host[host.index(after: colon)...].utf8.allSatisfy(\.isDigit) else { return nil }
            host = host[..<colon]
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy(HostNameSyntax.isLabel) ? String(host) : nil
    }
}
