// SPDX-License-Identifier: Apache-2.0
package import Text

/// A claim that a change sets.
package struct StaticClaim: Sendable, Equatable {
    /// The name of the claim.
    package let name: String
    /// Its value; nil for a text that is not JSON.
    package let value: JSONValue?

    package init(name: String, value: JSONValue?) {
        (self.name, self.value) = (name, value)
    }

    /// A claim as a command line has it: `name=JSON`.
    package init(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts[0])
        value = parts.count == 2 ? JSONValue(parts[1].utf8.span) : nil
    }
}

/// The claims that each token of a client has besides those that the server makes.
struct StaticClaims {
    static let countMax = 16
    /// They go into every token of the client, and a token into a header field.
    static let bytesMax = 4_096
    /// Resource servers read them with readers of all kinds.
    static let depthMax = 4

    /// Names that a token, or an introspection response, has with a meaning of its own.
    ///
    /// A static claim would stand there twice, or speak for the server: of a role, a subject or a
    /// binding.
    static let reserved: Set<String> = [
        // RFC 7519 §4.1.
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti",
        // RFC 9068 §2.2.
        "client_id", "scope", "auth_time", "acr", "amr", "groups", "roles", "entitlements",
        // RFC 8693 §4, RFC 7800 §3, RFC 9396 §9.
        "act", "may_act", "cnf", "authorization_details",
        // RFC 7662 §2.2.
        "active", "username", "token_type",
        // OpenID Connect Core §2, OpenID Connect Front-Channel Logout §3.
        "azp", "nonce", "sid", "at_hash", "c_hash",
        // Of this server: load targets, and the grant that a token follows from.
        "test", "grant_id",
    ]

    /// The claims, by name.
    private(set) var members: [String: JSONValue] = [:]

    /// No claims.
    init() {}

    /// The claims of a record; nil for a text that is no JSON object.
    init?(stored: String?) {
        guard let stored else { return }
        guard case .object(let members) = JSONValue(stored.utf8Span.span) else { return nil }
        self.members = members
    }

    /// The text that a record has; nil for none.
    var stored: String? { members.isEmpty ? nil : JSONValue.object(members).compactText }

    /// The members with a comma before each, as they go into a token.
    ///
    /// Bounded, and without reserved names, whatever the record has: what a token means is not left
    /// to a rule that was another one when the record was written.
    var tokenMembers: [UInt8] {
        var kept = StaticClaims()
        for (name, value) in members.sorted(by: { $0.key < $1.key })
        where !Self.reserved.contains(name) {
            kept.members[name] = value
            if kept.bytes.count > Self.bytesMax { kept.members[name] = nil }
        }
        return kept.bytes
    }

    private var bytes: [UInt8] {
        guard let stored else { return [] }
        return [UInt8(ascii: ",")] + stored.utf8.dropFirst().dropLast()
    }

    /// Gives each of `claims` its value, in place of an earlier one.
    mutating func set(_ claims: [StaticClaim]) {
        for claim in claims { members[claim.name] = claim.value ?? .null }
    }

    /// Removes the claim; false where there is none of this name.
    mutating func remove(_ name: String) -> Bool {
        members.removeValue(forKey: name) != nil
    }

    /// Removes all claims.
    mutating func removeAll() { members = [:] }

    /// Everything that is wrong with the claims.
    var findings: [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if let reason = Self.reasonToRefuse(name, value) {
                findings.refuse(
                    .claims,
                    "The claim \(PrintableText.escaped(name)) is refused: \(reason)."
                )
            }
        }
        if members.count > Self.countMax {
            findings.refuse(.claims, "A client has at most \(Self.countMax) static claims.")
        }
        if bytes.count > Self.bytesMax {
            findings.refuse(
                .claims,
                "Static claims have at most \(Self.bytesMax) bytes together, for they go into every"
                    + " token."
            )
        }
        return findings
    }

    private static func reasonToRefuse(_ name: String, _ value: JSONValue) -> String? {
        if reserved.contains(name) {
            return "tokens and introspection have it with a meaning of its own"
        }
        guard !name.isEmpty, name.utf8.allSatisfy(isNameByte) else {
            return "a name has printable ASCII characters only, without spaces, quotation marks and"
                + " backslashes"
        }
        if value == .null { return "null says nothing" }
        if value.depth > depthMax { return "more than \(depthMax) values lie in one another" }
        return value.hasOnlyFiniteNumbers ? nil : "a number in it has no value as a double"
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        0x21...0x7e ~= byte && byte != 0x22 && byte != 0x5c
    }
}

extension JSONValue {
    /// How many arrays and objects lie in one another.
    fileprivate var depth: Int {
        switch self {
        case .array(let values): 1 + (values.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.values.map(\.depth).max() ?? 0)
        default: 0
        }
    }

    fileprivate var hasOnlyFiniteNumbers: Bool {
        switch self {
        case .number(let digits): Double(digits)?.isFinite == true
        case .array(let values): values.allSatisfy(\.hasOnlyFiniteNumbers)
        case .object(let members): members.values.allSatisfy(\.hasOnlyFiniteNumbers)
        default: true
        }
    }
}
