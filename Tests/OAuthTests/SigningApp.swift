// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// A client `app` that signs assertions, and a token endpoint that remembers which were used.
struct SigningApp {
    let client: Client
    let uses = NotedUses()
    private let key: ClientKey

    init(_ rules: ClientPolicy? = nil) throws {
        key = try ClientKey()
        let all: Grants = [.clientCredentials, .password]
        client = try Self.registered(
            rules ?? policy(.privateKeyJWT, grants: all, bindsTokens: false),
            key
        )
    }

    /// The same client with the same key, registered with another policy.
    func registered(_ rules: ClientPolicy) throws -> Client {
        try Self.registered(rules, key)
    }

    private static func registered(_ rules: ClientPolicy, _ key: ClientKey) throws -> Client {
        let keys = try JSONWebKeySet(
            Array(#"{"keys":[\#(try key.jwk(["kid": "key"]))]}"#.utf8).span
        )
        return try OAuthTesting.client(
            "app",
            rules,
            assertion: AssertionRegistration(keys: keys, secret: nil, algorithm: nil),
            certificates: []
        )
    }

    func fixture(_ users: [String: User] = [:]) throws -> TokenFixture {
        try TokenFixture(registry(client, users: users), replays: uses)
    }

    /// A form with a new assertion, or with this one.
    func body(_ rest: String, jti: String = "one", signedBy other: ClientKey? = nil) throws
        -> String
    {
        let type = String(decoding: assertionType, as: UTF8.self)
        let text = try Assertion().claiming("jti", jti).signed(other ?? key)
        return "\(rest)&client_assertion_type=\(type)&client_assertion=\(text)"
    }
}
