// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// Where a user is sent back to with an answer for the client.
struct RedirectionTarget: Sendable, Equatable {
    let uri: String
    let state: String?
    /// `iss` of the answer (RFC 9207), against mix-up of authorization servers.
    let issuer: String

    /// The URI of an answer with a code (RFC 6749 §4.1.2).
    func location(code: String) -> String {
        location([("code", code)])
    }

    /// The URI of an error (RFC 6749 §4.1.2.1).
    func location(_ error: OAuthError) -> String {
        location([
            ("error", error.code.rawValue), ("error_description", "\(error.description)"),
        ])
    }

    private func location(_ answer: [(String, String)]) -> String {
        var pairs = answer
        if let state { pairs.append(("state", state)) }
        pairs.append(("iss", issuer))
        let query = pairs.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
        // RFC 6749 §3.1.2: the query of a registered URI stays.
        return uri + (uri.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + query
    }

    /// The origin of the URI as a source of the Content Security Policy, for `form-action`: a
    /// browser follows the redirection after a form only to those.
    var policySource: String {
        let bytes = uri.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return "'none'" }
        let scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        let rest = bytes[bytes.index(after: colon)...]
        let isWeb = scheme == "http" || scheme == "https"
        // The policy's grammar has no IPv6 addresses, and other schemes have no host.
        guard isWeb, rest.starts(with: "//".utf8), !rest.contains(UInt8(ascii: "[")) else {
            return scheme + ":"
        }
        let authority = rest.dropFirst(2).prefix { !"/?".utf8.contains($0) }
        return "\(scheme)://" + String(decoding: authority, as: UTF8.self)
    }
}
