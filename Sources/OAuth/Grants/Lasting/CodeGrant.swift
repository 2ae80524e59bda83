// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Storage

/// A request with an authorization code (RFC 6749 §4.1.3).
struct CodeRequest: Sendable {
    let code: AuthorizationCode
    /// As it was sent: compared byte by byte (RFC 9700 §4.1.3), since strings that look the same
    /// are equal in Swift.
    let redirectURI: [UInt8]?
    /// `code_verifier` (RFC 7636 §4.5).
    let verifier: [UInt8]?
    let access: RequestedAccess
}

/// The authorization code grant (RFC 6749 §4.1), with PKCE by S256 always (RFC 7636).
enum CodeGrant {
    static let isForPublicClients = true

    /// RFC 7636 §4.1.
    private static let verifierCharacters = 43...128

    /// Needs the code's row.
    static func begin(
        _ form: borrowing FormFields,
        _ claims: TokenClaims,
        for caller: AuthenticatedClient,
        _ peer: some Peer
    ) throws(OAuthError) -> GrantLookup {
        guard let range = form.range(of: .code) else {
            throw .invalidRequest("code is missing", check: .code)
        }
        guard let code = AuthorizationCode(form.bytes.span.extracting(range)) else { throw error }
        let request = CodeRequest(
            code: code,
            redirectURI: form.range(of: .redirectURI).map { Array(form.bytes[$0]) },
            verifier: form.range(of: .codeVerifier).map { Array(form.bytes[$0]) },
            access: RequestedAccess(form, claims, peer)
        )
        return GrantLookup(.code(request), of: caller.waiting(peer))
    }

    /// One text for an unknown, expired, used or foreign code.
    static var error: OAuthError {
        OAuthError(.invalidGrant, "the authorization code is not valid", check: .code)
    }

    /// Validates the redirect URI and the verifier; a failure does not use the code up.
    static func validate(
        _ request: CodeRequest,
        _ record: CodeRecord
    ) throws(OAuthError) {
        // RFC 6749 §4.1.3: required where the authorization request had it.
        let isSame =
            request.redirectURI.map { $0.elementsEqual(record.redirectURI.utf8) }
            ?? !record.namedRedirectURI
        guard isSame else {
            throw OAuthError(
                .invalidGrant,
                "redirect_uri is not that of the authorization request",
                check: .redirectURI
            )
        }
        guard let verifier = request.verifier, verifierCharacters.contains(verifier.count),
            verifier.allSatisfy(isUnreserved),
            SecretComparison.equal(
                Digest256.of(verifier).bytes.span,
                record.challenge.span
            )
        else {
            throw OAuthError(
                .invalidGrant,
                "code_verifier does not fit the code_challenge",
                check: .codeVerifier
            )
        }
    }

    // RFC 3986 §2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
