// SPDX-License-Identifier: Apache-2.0
package import Text

/// The public keys of a JWK Set by their ids and kinds; the keys themselves are for programs.
package enum KeySetMarkup {
    /// A line for each key; nil without any.
    package static func list(_ set: JSONValue?) -> HTML? {
        let keys = set?["keys"]?.elements ?? []
        guard !keys.isEmpty else { return nil }
        return keys.map(line).joined("<br>")
    }

    private static func line(_ key: JSONValue) -> HTML {
        let id: HTML = key["kid"]?.text.map { "<code>\($0)</code>" } ?? "without a kid"
        let parts = [kind(key), key["alg"]?.text, use(key)].compactMap { $0 }
        return "\(id) <span class=\"soft\">\(parts.joined(separator: ", "))</span>"
    }

    /// The type of a key with its curve or size (RFC 7517 §4.1, RFC 7518 §6).
    private static func kind(_ key: JSONValue) -> String {
        let type = key["kty"]?.text ?? "of no type"
        if let curve = key["crv"]?.text { return "\(type) \(curve)" }
        guard type == "RSA", let modulus = key["n"]?.text else { return type }
        // Base64url has six bits a character, and a modulus whole bytes.
        return "RSA with \(modulus.utf8.count * 6 / 8 * 8) bits"
    }

    private static func use(_ key: JSONValue) -> String? {
        switch key["use"]?.text {
        case "sig": "for signatures"
        case "enc": "for encryption"
        case let other: other
        }
    }
}
