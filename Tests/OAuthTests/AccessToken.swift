// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// A JWT taken apart, as a resource server does it.
struct AccessToken {
    struct Malformed: Error {}

    struct Header: Decodable {
        let alg: String
        let typ: String
        let kid: String
    }

    struct Claims: Decodable {
        struct Confirmation: Decodable {
            let thumbprint: String

            enum CodingKeys: String, CodingKey {
                case thumbprint = "x5t#S256"
            }
        }

        let iss: String
        let sub: String
        let aud: Audience
        let clientID: String
        let iat: Int64
        let exp: Int64
        let jti: String
        let scope: String?
        let cnf: Confirmation?

        enum CodingKeys: String, CodingKey {
            case iss, sub, aud, iat, exp, jti, scope, cnf
            case clientID = "client_id"
        }
    }

    let header: Header
    let claims: Claims
    /// The names of all claims.
    let names: Set<String>
    let signed: [UInt8]
    let signature: [UInt8]

    init(_ text: String) throws {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw Malformed() }
        let decoded = try parts.map { part in
            guard let bytes = Base64URL.decode(Array(part.utf8).span) else { throw Malformed() }
            return bytes
        }
        header = try JSONDecoder().decode(Header.self, from: Data(decoded[0]))
        claims = try JSONDecoder().decode(Claims.self, from: Data(decoded[1]))
        let object = try JSONSerialization.jsonObject(with: Data(decoded[1])) as? [String: Any]
        names = Set(object.map { Array($0.keys) } ?? [])
        signed = Array("\(parts[0]).\(parts[1])".utf8)
        signature = decoded[2]
    }
}

/// The two forms of `aud` (RFC 7519 §4.1.3).
enum Audience: Decodable, Equatable {
    case one(String)
    case several([String])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self = .one(text)
        } else {
            self = .several(try value.decode([String].self))
        }
    }
}

/// A JWK Set as a resource server reads it (RFC 7517 §5).
struct PublishedKeys: Decodable {
    struct Key: Decodable {
        let kty: String
        let crv: String
        let use: String
        let alg: String
        let kid: String
        let x: String
        let y: String
    }

    let keys: [Key]

    init(_ json: [UInt8]) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json))
    }

    var keyIDs: [String] { keys.map(\.kid) }
}

extension PublishedKeys.Key {
    /// Whether the openssl command takes `signature`, R ‖ S, for this key's over `message`.
    func verifies(_ signature: [UInt8], over message: [UInt8]) throws -> Bool {
        guard let x = Base64URL.decode(Array(x.utf8).span), x.count == 32,
            let y = Base64URL.decode(Array(y.utf8).span), y.count == 32, signature.count == 64
        else { return false }
        let openssl = try OpenSSLCommand()
        // An uncompressed point on P-256 in a SubjectPublicKeyInfo (RFC 5480 §2).
        let prefix: [UInt8] = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
            0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
        ]
        let numbers = Self.integer(signature.prefix(32)) + Self.integer(signature.suffix(32))
        try openssl.write("key", prefix + x + y)
        try openssl.write("message", message)
        try openssl.write("signature", [0x30, UInt8(numbers.count)] + numbers)
        do {
            try openssl.run("dgst -sha256 -keyform DER -verify key -signature signature message")
            return true
        } catch is OpenSSLCommand.ToolError {
            return false
        }
    }

    /// A positive INTEGER in DER: no leading zeros but one before a high bit.
    private static func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var digits = Array(bytes.drop { $0 == 0 })
        if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
        return [0x02, UInt8(digits.count)] + digits
    }
}

/// The bytes that base64url text stands for.
func decoded(_ text: some Sequence<UInt8>) throws -> [UInt8] {
    let bytes = Base64URL.decode(Array(text).span)
    return try #require(bytes)
}

extension TokenFixture.Answer {
    var token: AccessToken? {
        response.flatMap { try? AccessToken($0.accessToken) }
    }
}

extension TokenFixture {
    /// The token that must have been issued.
    func token(
        _ body: String = "grant_type=client_credentials&client_id=app",
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon
    ) throws -> AccessToken {
        try #require(try ask(body, peer: peer, now: now).token)
    }
}
