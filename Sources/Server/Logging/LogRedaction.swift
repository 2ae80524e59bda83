// SPDX-License-Identifier: Apache-2.0
/// Redacts secrets as a last defence: metadata whose key names a secret is never written.
enum LogRedaction {
    /// The text in place of a redacted value.
    static let replacement = "[redacted]"

    private static let keys: Set<String> = [
        "assertion", "authorization", "bearer", "code", "cookie", "credential", "credentials",
        "jwt", "passphrase", "passwd", "password", "pin", "proxy_authorization", "pwd", "secret",
        "set_cookie", "token", "verifier",
    ]
    private static let endings = [
        "_assertion", "_code", "_cookie", "_credential", "_credentials", "_jwt", "_passphrase",
        "_password", "_private_key", "_secret", "_token", "_verifier",
    ]
    /// Keys that end like a secret's and are none.
    private static let harmless: Set<String> = ["error_code", "exit_code", "status_code"]

    /// Whether the value of `key` stays out.
    ///
    /// Case, hyphens, dots and camel case do not matter.
    static func covers(_ key: String) -> Bool {
        let name = normalized(key)
        guard !harmless.contains(name) else { return false }
        return keys.contains(name) || name == "private_key"
            || endings.contains { name.hasSuffix($0) }
    }

    /// Lower case, words parted by underscores: `clientSecret` and `Client-Secret` are
    /// `client_secret`.
    private static func normalized(_ key: String) -> String {
        var name = ""
        var lastWasLower = false
        for character in key {
            if character.isUppercase && lastWasLower { name.append("_") }
            lastWasLower = character.isLowercase || character.isNumber
            name += character.isLetter || character.isNumber ? character.lowercased() : "_"
        }
        return name
    }
}
