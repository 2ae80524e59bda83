// SPDX-License-Identifier: Apache-2.0
/// The parameters with an index of their own, for look-ups without a search.
public enum Parameter: Int, Sendable, CaseIterable {
    case grantType, clientID, clientSecret, clientAssertion, clientAssertionType, scope, resource
    case audience, username, password, refreshToken, code, redirectURI, codeVerifier, token
    case tokenTypeHint

    /// The parameter of this name; names are case-sensitive.
    static func named(_ name: Range<Int>, _ bytes: Span<UInt8>) -> Parameter? {
        func equals(_ text: String) -> Bool { ASCII.equals(bytes, name, text) }
        switch name.count {
        case 4 where equals("code"): return .code
        case 5 where equals("scope"): return .scope
        case 5 where equals("token"): return .token
        case 8 where equals("username"): return .username
        case 8 where equals("password"): return .password
        case 8 where equals("resource"): return .resource
        case 8 where equals("audience"): return .audience
        case 9 where equals("client_id"): return .clientID
        case 10 where equals("grant_type"): return .grantType
        case 12 where equals("redirect_uri"): return .redirectURI
        case 13 where equals("client_secret"): return .clientSecret
        case 13 where equals("refresh_token"): return .refreshToken
        case 13 where equals("code_verifier"): return .codeVerifier
        case 15 where equals("token_type_hint"): return .tokenTypeHint
        case 16 where equals("client_assertion"): return .clientAssertion
        case 21 where equals("client_assertion_type"): return .clientAssertionType
        default: return nil
        }
    }
}

/// Why a form is refused.
public enum FormError: Error, Sendable, Equatable {
    /// A percent sign without two hexadecimal digits behind it.
    case percentSign
    /// A control character, as it is or encoded.
    case controlCharacter
    /// One or more line breaks at the end, as text editors and `echo` leave there.
    case lineBreakAtEnd
    /// A text that is no UTF-8.
    case invalidUTF8
    /// A byte order mark before the first name, as text editors write it.
    case byteOrderMark
    /// gzip's first bytes.
    case compressed
    /// A parameter that occurs twice (RFC 6749 §3.2); `bytes` has its decoded name.
    case duplicate(name: Range<Int>)
    /// More parameters than the bound.
    case tooMany
}
