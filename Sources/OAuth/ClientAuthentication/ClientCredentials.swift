// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Text

/// The `Authorization` header as it arrived.
public enum AuthorizationHeader: Sendable {
    case none
    case one([UInt8])
    case several
}

/// The credentials in a request: exactly one mechanism (RFC 6749 §2.3).
struct PresentedCredentials {
    enum Mechanism {
        /// No credential in the request; the TLS certificate may authenticate the client.
        case none
        /// HTTP Basic (RFC 6749 §2.3.1), decoded.
        case basic(secret: [UInt8])
        /// `client_secret` in the body.
        case body(secret: [UInt8])
        /// `client_assertion` (RFC 7521 §4.2).
        case assertion(SignedAssertion)
    }

    let clientID: [UInt8]
    let mechanism: Mechanism

    /// Parses the credentials; refuses more than one mechanism and identifiers that differ.
    static func read(
        _ form: borrowing FormFields,
        _ authorization: AuthorizationHeader
    ) throws(OAuthError) -> PresentedCredentials {
        let hasSecret = form.range(of: .clientSecret) != nil
        let hasAssertion =
            form.range(of: .clientAssertion) != nil || form.range(of: .clientAssertionType) != nil
        let bodyID = form.range(of: .clientID).map { Array(form.bytes[$0]) }
        switch authorization {
        case .several:
            throw .invalidRequest(
                "more than one Authorization header",
                check: .authorizationRepeated
            )
        case .one(let header):
            guard !hasSecret, !hasAssertion else { throw Self.severalMechanisms }
            let (id, secret) = try BasicCredentials.decode(header)
            if let bodyID, bodyID != id { throw .invalidClient(.clientIDMismatch) }
            return PresentedCredentials(clientID: id, mechanism: .basic(secret: secret))
        case .none: break
        }
        guard !(hasSecret && hasAssertion) else { throw Self.severalMechanisms }
        if hasAssertion { return try assertion(form, clientID: bodyID) }
        // RFC 8705 §2: client_id is required; it is never derived from the certificate.
        guard let bodyID else { throw .invalidClient(.clientIDMissing) }
        if let secret = form.range(of: .clientSecret) {
            return PresentedCredentials(
                clientID: bodyID,
                mechanism: .body(secret: Array(form.bytes[secret]))
            )
        }
        return PresentedCredentials(clientID: bodyID, mechanism: .none)
    }

    // RFC 7523 §2.2: client_id may be left out, for the assertion names the client.
    private static func assertion(
        _ form: borrowing FormFields,
        clientID: [UInt8]?
    ) throws(OAuthError) -> PresentedCredentials {
        guard let range = form.range(of: .clientAssertion) else {
            throw .invalidRequest("client_assertion is missing", check: .assertionMissing)
        }
        let assertion = try SignedAssertion.read(
            form.bytes.span.extracting(range),
            type: form.range(of: .clientAssertionType).map { Array(form.bytes[$0]) },
            clientID: clientID
        )
        return PresentedCredentials(
            clientID: assertion.clientID,
            mechanism: .assertion(assertion)
        )
    }

    private static var severalMechanisms: OAuthError {
        .invalidRequest(
            "more than one client authentication mechanism",
            check: .authenticationMechanisms
        )
    }
}

/// HTTP Basic as OAuth uses it: both parts form-encoded before Base64 (RFC 6749 §2.3.1, RFC 7617).
enum BasicCredentials {
    static func decode(_ header: [UInt8]) throws(OAuthError) -> (id: [UInt8], secret: [UInt8]) {
        guard let space = header.firstIndex(of: UInt8(ascii: " ")) else {
            throw .invalidClient(.authorizationScheme)
        }
        guard String(decoding: header[..<space], as: UTF8.self).lowercased() == "basic" else {
            throw .invalidClient(.authorizationScheme)
        }
        let token = header[space...].drop { $0 == UInt8(ascii: " ") }
        guard let plain = Base64.decode(Array(token).span),
            let colon = plain.firstIndex(of: UInt8(ascii: ":")),
            let id = formDecoded(plain.span.extracting(..<colon)), !id.isEmpty,
            let secret = formDecoded(plain.span.extracting((colon + 1)...))
        else { throw .invalidClient(.basicSyntax) }
        return (id, secret)
    }

    private static func formDecoded(_ text: Span<UInt8>) -> [UInt8]? {
        guard let out = PercentEncoding.decodeForm(text) else { return nil }
        return out.contains(0) ? nil : out
    }
}
