// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Text
internal import Upkeep

/// The keys of tokens, of what the metadata says, and of client authentication.
extension ConfigurationKey {
    static let tokenLifetime = ConfigurationKey(
        "tokens.lifetime",
        TokenSettings.lifetimeRange,
        TokenSettings.lifetimeStandard,
        "Seconds from an access token's issue to its expiry."
    )
    static let audience = ConfigurationKey(
        "tokens.audience",
        .text,
        nil,
        "The aud claim of access tokens. Without it: the issuer."
    )
    static let tokenFormat = ConfigurationKey(
        "tokens.format",
        .choice(["registered"] + AccessTokenFormat.allCases.map(\.rawValue)),
        "registered",
        "registered gives each client the format that it is registered for; jwt or sealed sets one"
            + " format for all."
    )
    static let userSubject = ConfigurationKey(
        "tokens.user_subject",
        .choice(UserSubject.allCases.map(\.rawValue)),
        UserSubject.prefixed.rawValue,
        "The sub of users' tokens: prefixed is user: and the name, bare the name alone. With bare a"
            + " user whose name is a client_id gets no token."
    )
    static let refreshLifetime = ConfigurationKey(
        "tokens.refresh_lifetime_seconds",
        TokenSettings.refreshLifetimeRange,
        TokenSettings.refreshLifetimeStandard,
        "Seconds from a grant to the end of its refresh tokens, where the client has no limit of"
            + " its own."
    )
    static let refreshGrace = ConfigurationKey(
        "tokens.refresh_grace_seconds",
        TokenSettings.refreshGraceRange,
        TokenSettings.refreshGraceStandard,
        "Seconds within which a refresh token that was just used is answered with the same"
            + " successor again, for clients whose answer was lost; 0 makes each second use end"
            + " the grant."
    )
    static let exchangeLifetime = ConfigurationKey(
        "tokens.exchange_lifetime",
        TokenSettings.exchangeLifetimeRange,
        TokenSettings.exchangeLifetimeStandard,
        "Seconds that an exchanged token lives at most; never longer than the token that was"
            + " exchanged, nor than others of its client."
    )
    static let realm = ConfigurationKey(
        "tokens.realm",
        .text,
        TokenSettings(audience: "").realm,
        "The realm in WWW-Authenticate."
    )
    static let keyRotation = ConfigurationKey(
        "keys.rotate_days",
        TokenKeySettings.rotationDaysRange,
        TokenKeySettings().rotationDays,
        "Days after which the server replaces the keys that sign and seal tokens; 0 is never, and"
            + " less than \(TokenKeySettings.rotationDaysMin) is too often."
    )
    static let scopesSupported = ConfigurationKey(
        "metadata.scopes_supported",
        .scopes,
        nil,
        "The scopes that the metadata names (scopes_supported). It says nothing about which ones a"
            + " client may have. Without it: none are named."
    )

    /// One switch for each method.
    static let methods = ClientAuthenticationMethod.allCases.map { method in
        ConfigurationKey(
            "authentication.\(method.rawValue)",
            AuthenticationSettings().methods.contains(method),
            "Whether clients may authenticate by \(method.rawValue)."
        )
    }

    /// In the order of the example file.
    static let ofTokens: [ConfigurationKey] =
        [
            .tokenLifetime, .audience, .tokenFormat, .userSubject, .refreshLifetime, .refreshGrace,
            .exchangeLifetime, .realm,
            .keyRotation, .scopesSupported,
        ] + methods
}

extension ConfigurationLoader {
    func buildTokens(issuer: String) -> TokenSettings {
        var section = TokenSettings(audience: text(.audience) ?? issuer)
        section.lifetime = integer(.tokenLifetime)
        section.format = text(.tokenFormat).flatMap(AccessTokenFormat.init)
        section.userSubject =
            text(.userSubject).flatMap(UserSubject.init) ?? section.userSubject
        section.refreshLifetime = integer(.refreshLifetime)
        section.refreshGrace = integer(.refreshGrace)
        section.exchangeLifetime = integer(.exchangeLifetime)
        section.realm = text(.realm) ?? section.realm
        return section
    }

    mutating func buildTokenKeys() -> TokenKeySettings {
        var section = TokenKeySettings()
        section.rotationDays = integer(.keyRotation)
        if (1..<TokenKeySettings.rotationDaysMin).contains(section.rotationDays) {
            addFinding(
                ConfigurationKey.keyRotation.name,
                "is too often: each key stays published for a year after its use",
                allowed: "0, or \(TokenKeySettings.rotationDaysMin) and more"
            )
        }
        return section
    }

    func buildMetadata() -> MetadataSettings {
        var section = MetadataSettings()
        section.scopesSupported =
            text(.scopesSupported).flatMap { try? ScopeList.parse($0) } ?? []
        return section
    }

    func buildAuthentication() -> AuthenticationSettings {
        var section = AuthenticationSettings()
        let on = zip(ClientAuthenticationMethod.allCases, ConfigurationKey.methods).filter {
            boolean($0.1)
        }
        section.methods = ClientAuthenticationMethods(on.map(\.0))
        return section
    }
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
        guard text.utf8.count <= MetadataSettings.scopesSupportedBytesMax else {
            throw ValueError(
                "is too long",
                allowed: "at most \(MetadataSettings.scopesSupportedBytesMax) characters"
            )
        }
        return scopes
    }
}
