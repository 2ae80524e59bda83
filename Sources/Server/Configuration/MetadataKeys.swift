// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The keys of what the server says about itself.
extension ConfigurationKey {
    static let scopesSupported = ConfigurationKey(
        "metadata.scopes_supported",
        .scopes,
        nil,
        "The scopes that the metadata names (scopes_supported). It says nothing about which ones a"
            + " client may have. Without it: none are named."
    )
}

/// Scopes as the metadata names them.
enum ScopeList {
    static let form = "scopes of printable ASCII without \" and \\, separated by spaces"

    /// The scopes of a list that spaces separate.
    static func parse(_ text: String) throws(ValueError) -> [String] {
        let scopes = text.split(separator: " ").map(String.init)
        var seen: Set<String> = []
        for scope in scopes {
            // RFC 6749 §3.3: scope-token.
            guard
                scope.utf8.allSatisfy({
                    (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"")
                        && $0 != UInt8(ascii: "\\")
                })
            else { throw ValueError("has characters that cannot stand here", allowed: form) }
            guard seen.insert(scope).inserted else {
                throw ValueError("has the scope \(scope) twice")
            }
        }
        guard !scopes.isEmpty else { throw ValueError("has no scope", allowed: form) }
        guard text.utf8.count <= Limits.scopesSupportedBytesMax else {
            throw ValueError(
                "is too long",
                allowed: "at most \(Limits.scopesSupportedBytesMax) characters"
            )
        }
        return scopes
    }
}
