// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuth
import Registration
import Storage
import TestSupport
import Text

/// Clients of every method with settings that a seed draws.
enum GeneratedClients {
    /// A client that could be registered, with what it has at random.
    static func client(
        _ method: ClientAuthenticationMethod,
        _ random: inout SeededRandom
    ) throws -> ClientRecord {
        var change = ClientChange()
        change.method = method.rawValue
        change.name = "client \"\(method.rawValue)\" ä"
        try addCredentials(method, to: &change, &random)
        addSettings(method, to: &change, &random)
        let made = try ClientRegistration.new(change, clientID: "id", at: Vectors.now - 1_000)
        var client = made.client
        if Bool.random(using: &random) { client.tokensValidFrom = Vectors.now - 5 }
        if client.jwksURI != nil, Bool.random(using: &random) {
            client.fetchedJWKS = KeySetRegistration.text
            if method == .selfSignedTLS { client.certificates = [try .of(Vectors.two)] }
        }
        return client
    }

    private static func addCredentials(
        _ method: ClientAuthenticationMethod,
        to change: inout ClientChange,
        _ random: inout SeededRandom
    ) throws {
        let fetches = Bool.random(using: &random)
        switch method {
        case .selfSignedTLS where fetches, .privateKeyJWT where fetches:
            change.keysURI = "https://client.example/jwks"
        case .selfSignedTLS:
            change.certificates = try [Vectors.one, Vectors.two, Vectors.rsa, Vectors.ed25519]
                .shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
                .map { try CertificateRecord.of($0) }
        case .privateKeyJWT:
            change.keySet = try .example()
            change.signingAlgorithm = Bool.random(using: &random) ? "ES256" : nil
        case .tls:
            change.subject = try [
                SubjectRegistration(.distinguishedName, "CN=a,O=Handfast"),
                SubjectRegistration(.dns, "a.example"), SubjectRegistration(.ip, "192.0.2.1"),
                SubjectRegistration(.uri, "https://a.example/x"),
                SubjectRegistration(.email, "a@b.example"),
            ].randomElement(using: &random)
            if fetches {
                change.trustSet = "internal"
            } else {
                change.caCertificates = try [RevocationVectors.root, RevocationVectors.otherRoot]
                    .map { try .caCertificate($0) }
            }
        case .spiffeX509:
            change.trustSet = "mesh"
            change.spiffeID = "spiffe://example.org/" + (fetches ? "*" : "ns/pay")
        case .secretJWT: change.signingAlgorithm = Bool.random(using: &random) ? "HS256" : nil
        case .secretBasic, .secretPost, .publicClient: break
        }
    }

    private static func addSettings(
        _ method: ClientAuthenticationMethod,
        to change: inout ClientChange,
        _ random: inout SeededRandom
    ) {
        func draw<Value>(_ values: Value...) -> Value {
            values[Int.random(in: 0..<values.count, using: &random)]
        }
        let isPublic = method == .publicClient
        change.grantTypes = draw(
            ["password"],
            ["authorization_code"],
            ["password", "refresh_token"],
            isPublic ? ["authorization_code"] : ["client_credentials", "password"]
        )
        change.redirectURIs = ["https://c.example/cb", "com.example.app:/cb"]
        change.scopes = draw(nil, [], ["read"], ["read", "write:all"])
        change.audiences = draw(nil, ["https://api.example/"], ["a", "b"])
        change.tokenFormat = draw(nil, "jwt", "sealed")
        change.tokenLifetime = draw(nil, 60, 3_600)
        change.reuseWindow = draw(nil, 0, 10)
        change.mayIntrospect = isPublic ? nil : draw(nil, true, false)
        change.boundTokens = draw(nil, true, false)
        change.isEnabled = draw(nil, true, false)
        change.refreshRotation = draw(nil, .value(true))
        change.refreshLifetime = draw(nil, .value(86_400))
        change.refreshIdle = draw(nil, .value(3_600))
        change.requiresPushedRequests = draw(nil, true)
        change.tokenSigningAlgorithm = draw(nil, "ES256", "PS256", "EdDSA")
        if !isPublic { change.rate = draw(nil, .value("100/60")) }
        if !isPublic, draw(true, false) {
            change.grantTypes = [
                "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange",
            ]
            change.ownAudiences = draw(nil, ["https://gw.example"], ["urn:a", "urn:b"])
            change.exchangeMode = draw(nil, .value("impersonate"), .value("delegate"))
            change.exchangesBoundTokens = draw(nil, true, false)
        }
        change.claims = draw(
            [],
            [
                StaticClaim(name: "tenant", value: .string("ä\n \"x\"")),
                StaticClaim(argument: "limits=[1.50,{},{\"deep\":[true,-0.0]}]"),
            ]
        )
        change.labels.set = draw([:], ["team": "payments"], ["a/b": "", "on": "off: no"])
    }
}
