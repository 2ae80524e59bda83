// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Testing
import Text

@testable import OAuth

let assertionType = Array("urn:ietf:params:oauth:client-assertion-type:jwt-bearer".utf8)

/// The parts of a client assertion before they are signed; right for the client `app` at noon.
struct Assertion {
    static let issuer = "https://as.example"
    static let endpoint = "https://as.example/oauth2/token"

    var header: [String: Any] = ["alg": "ES256", "typ": "JWT", "kid": "key"]
    var claims: [String: Any] = [
        "iss": "app", "sub": "app", "aud": Assertion.issuer, "jti": "one",
        "iat": noon, "exp": noon + 60,
    ]

    init(alg: String = "ES256") {
        header["alg"] = alg
    }

    /// The same with another claim; nil leaves it out.
    func claiming(_ name: String, _ value: Any?) -> Assertion {
        var other = self
        other.claims[name] = value
        return other
    }

    /// The same with another member of the header; nil leaves it out.
    func heading(_ name: String, _ value: Any?) -> Assertion {
        var other = self
        other.header[name] = value
        return other
    }

    var signingInput: String {
        get throws {
            let parts = try [header, claims].map { part in
                let text = try JSONSerialization.data(withJSONObject: part)
                return Self.base64URL(Array(text))
            }
            return parts.joined(separator: ".")
        }
    }

    static func base64URL(_ bytes: [UInt8]) -> String {
        String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
    }

    /// The assertion with a signature by `algorithm`, which the header need not name.
    func signed(_ key: ClientKey, _ algorithm: SignatureAlgorithm = .es256) throws -> String {
        let input = try signingInput
        return "\(input).\(Self.base64URL(try key.sign(Array(input.utf8), algorithm)))"
    }

    /// The assertion with a code under `secret`.
    func coded(
        _ secret: [UInt8],
        _ algorithm: MessageAuthenticationAlgorithm = .hs256
    ) throws -> String {
        let input = try signingInput
        let code = try MessageAuthentication.code(
            over: Array(input.utf8),
            key: secret,
            by: algorithm
        )
        return "\(input).\(Self.base64URL(code))"
    }
}

/// Stands for the server that an assertion comes to.
final class AssertionFixture {
    var policy = AssertionPolicy(issuer: Assertion.issuer, audience: .issuerAlone)
    var algorithms: [SignatureAlgorithm] = [.es256, .ps256, .edDSA]
    var secretAlgorithms = MessageAuthenticationAlgorithm.allCases
    private var prepared = PreparedKeys()
    private let digester = Digester()

    static func read(
        _ text: String,
        type: [UInt8]? = assertionType,
        clientID: String? = nil
    ) throws -> SignedAssertion {
        let bytes = Array(text.utf8)
        return try SignedAssertion.read(
            bytes.span,
            type: type,
            clientID: clientID.map { Array($0.utf8) }
        )
    }

    func verified(
        _ text: String,
        _ keys: JSONWebKeySet,
        now: Int64 = noon
    ) throws -> VerifiedAssertion {
        try Self.read(text).verify(
            by: keys,
            algorithms,
            policy,
            prepared: &prepared,
            digester: digester,
            now: now
        )
    }

    func verified(
        _ text: String,
        secret: [UInt8],
        now: Int64 = noon
    ) throws -> VerifiedAssertion {
        try Self.read(text).verify(
            bySecret: secret,
            secretAlgorithms,
            policy,
            digester: digester,
            now: now
        )
    }
}

/// The check that refuses; nil where nothing does.
func check(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as OAuthError {
        // The answer does not reveal the check.
        #expect(error.code == .invalidClient && error.status == 401)
        return error.check.rawValue
    } catch let error as AssertionError {
        return error.check.rawValue
    } catch { return "\(error)" }
}
