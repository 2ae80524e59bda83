// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// The claims of an access token of either form, read back for introspection.
struct ReadTokenClaims: Sendable, Equatable {
    var clientID: [UInt8]
    var subject: [UInt8]
    /// Space-separated (RFC 6749 §3.3); empty for none.
    var scope: [UInt8]
    var audiences: [String]
    /// Seconds since 1970.
    var issuedAt: Int64
    var expiresAt: Int64
    /// `jti`.
    var identifier: String
    /// The certificate that it is bound to (`cnf.x5t#S256`).
    var thumbprint: Digest256?
    /// The grant that it follows from, if that is one that lasts.
    var grantID: [UInt8]?
    /// Claims that its client's tokens had when it was issued, with a comma before each.
    var staticClaims: [UInt8] = []
    /// The claims of an exchanged token; nil for every other one.
    var exchange: ExchangedClaims?

    /// Whose identity `subject` is.
    func kind(in registry: Registry) -> SubjectKind {
        if let exchange { return exchange.subjectKind }
        if subject == clientID { return .client }
        return registry.issuers.issuer(ofSubject: subject) == nil ? .user : .issuer
    }

    /// The id under which the token alone is revoked.
    var revocationID: [UInt8] { Self.revocationID(of: identifier) }

    /// The id under which the token with this `jti` alone is revoked.
    static func revocationID(of identifier: String) -> [UInt8] {
        Digest256.of(Array(identifier.utf8)).bytes
    }

    /// Appends the introspection response (RFC 7662 §2.2, RFC 8705 §3.2).
    func appendIntrospection(issuer: String, to out: inout [UInt8]) {
        out.append(contentsOf: #"{"active":true,"token_type":"Bearer","client_id":"#.utf8)
        JSONText.appendString(clientID.span, to: &out)
        out.append(contentsOf: #","sub":"#.utf8)
        JSONText.appendString(subject.span, to: &out)
        if !scope.isEmpty {
            out.append(contentsOf: #","scope":"#.utf8)
            JSONText.appendString(scope.span, to: &out)
        }
        out.append(contentsOf: #","iss":"#.utf8)
        JSONText.appendString(issuer, to: &out)
        out.append(contentsOf: #","aud":"#.utf8)
        JSONText.appendAudience(audiences, to: &out)
        out.append(contentsOf: #","iat":"#.utf8)
        JSONText.appendNumber(issuedAt, to: &out)
        out.append(contentsOf: #","exp":"#.utf8)
        JSONText.appendNumber(expiresAt, to: &out)
        out.append(contentsOf: #","jti":"#.utf8)
        JSONText.appendString(identifier, to: &out)
        if let thumbprint {
            out.append(contentsOf: ##","cnf":{"x5t#S256":""##.utf8)
            thumbprint.appendBase64URL(to: &out)
            out.append(contentsOf: #""}"#.utf8)
        }
        exchange?.append(to: &out)
        out.append(contentsOf: staticClaims)
        out.append(UInt8(ascii: "}"))
    }
}
