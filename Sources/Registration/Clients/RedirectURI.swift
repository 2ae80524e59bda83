// SPDX-License-Identifier: Apache-2.0
/// Where a user may be sent back to (RFC 6749 §3.1.2, RFC 3986).
enum RedirectURI {
    /// Schemes by which a redirection would run or read something instead of leading somewhere.
    private static let refusedSchemes = ["javascript", "data", "vbscript", "file", "blob", "about"]

    /// The error of a redirect URI; nil if it is valid.
    static func finding(_ uri: String) -> RegistrationFinding? {
        guard !uri.contains("#") else {
            return .invalid(
                .redirectURIs,
                "The redirect URI \(PrintableText.escaped(uri)) has a fragment (RFC 6749 §3.1.2).",
                remedy: "Leave out everything from the # on."
            )
        }
        guard !isAbsolute(Array(uri.utf8)) else { return nil }
        return .invalid(
            .redirectURIs,
            "The redirect URI \(PrintableText.escaped(uri)) is not an absolute URI that a browser"
                + " can be sent to.",
            remedy: "Give one such as https://client.example/callback."
        )
    }

    private static func isAbsolute(_ uri: [UInt8]) -> Bool {
        guard uri.count <= ClientRules.uriBytesMax,
            uri.allSatisfy({ 0x21...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c }),
            let colon = uri.firstIndex(of: UInt8(ascii: ":"))
        else { return false }
        let scheme = String(decoding: uri[..<colon], as: UTF8.self).lowercased()
        guard isScheme(scheme), !refusedSchemes.contains(scheme) else { return false }
        guard scheme == "http" || scheme == "https" else { return true }
        let rest = uri[(colon + 1)...]
        guard rest.starts(with: "//".utf8) else { return false }
        let authority = rest.dropFirst(2).prefix { !"/?".utf8.contains($0) }
        return isWebAuthority(String(decoding: authority, as: UTF8.self))
    }

    /// RFC 3986 §3.1.
    private static func isScheme(_ scheme: String) -> Bool {
        guard let first = scheme.utf8.first, isLetter(first) else { return false }
        return scheme.utf8.allSatisfy {
            isLetter($0) || isDigit($0) || "+-.".utf8.contains($0)
        }
    }

    /// RFC 3986 §3.2, with a host that is there (RFC 9110 §4.2.1).
    private static func isWebAuthority(_ authority: String) -> Bool {
        var host = authority[...]
        if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]"), host.index(after: host.startIndex) < end
            else { return false }
            let rest = host[host.index(after: end)...]
            return rest.isEmpty || rest.first == ":" && rest.dropFirst().utf8.allSatisfy(isDigit)
        }
        guard let colon = host.firstIndex(of: ":") else { return !host.isEmpty }
        let port = host[host.index(after: colon)...]
        return colon > host.startIndex && port.utf8.allSatisfy(isDigit)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
