// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuth
import Registration
import Storage
import Testing
import Text

/// Grants, refresh tokens and the form of tokens: the rules, what a change takes away, and what is
/// served of a record.
struct ClientGrantRulesTests {
    private static let code = ["authorization_code", "refresh_token"]

    private static let accepted: [Said] = [
        Said("a code for the web") {
            $0.grantTypes = code
            $0.redirectURIs = ["https://c.example/cb"]
            $0.responseTypes = ["code"]
        },
        Said("a code for everybody") {
            $0.method = "none"
            $0.grantTypes = code
            $0.redirectURIs = ["com.example.app:/cb"]
            $0.refreshRotation = .value(true)
        },
        Said("bound tokens of everybody that are not replaced") {
            $0.method = "none"
            $0.boundTokens = true
            $0.refreshRotation = .value(false)
        },
        Said("refresh tokens by password") { $0.grantTypes = ["password", "refresh_token"] },
        Said("no response type") { $0.responseTypes = [] },
        Said("a second") {
            $0.refreshLifetime = .value(1)
            $0.refreshIdle = .value(1)
        },
        Said("one request a day") { $0.rate = .value("1/86400") },
        Said("a million requests a second") { $0.rate = .value("1000000/1") },
        Said("no rate of everybody's") {
            $0.method = "none"
            $0.rate = .byDefault
        },
        Said("token exchange with all that belongs to it") {
            $0.grantTypes = ["urn:ietf:params:oauth:grant-type:token-exchange"]
            $0.ownAudiences = ["https://gw.example", "urn:gw"]
            $0.exchangeMode = .value("impersonate")
            $0.exchangesBoundTokens = true
        },
        Said("token exchange without anything") {
            $0.grantTypes = ["urn:ietf:params:oauth:grant-type:token-exchange"]
        },
        Said("no word of token exchange") {
            $0.ownAudiences = []
            $0.exchangeMode = .byDefault
            $0.exchangesBoundTokens = false
        },
        Said("ten years") {
            $0.refreshLifetime = .value(315_360_000)
            $0.refreshIdle = .value(315_360_000)
        },
        Said("no setting") {
            $0.refreshRotation = .byDefault
            $0.refreshLifetime = .byDefault
            $0.refreshIdle = .byDefault
            $0.requiresPushedRequests = false
        },
    ]

    @Test(arguments: accepted)
    func `a registration that makes sense is accepted`(_ said: Said) throws {
        #expect(try said.registered.get().client.clientID == "id")
    }

    private static let refused: [Refused] = [
        Refused("a code that leads nowhere", .redirectURIs, "§3.1.2.2") { $0.grantTypes = code },
        Refused("nothing to refresh", .grantTypes, "§4.4.3") {
            $0.grantTypes = ["client_credentials", "refresh_token"]
        },
        Refused("refresh tokens alone", .grantTypes, "§4.4.3") {
            $0.grantTypes = ["refresh_token"]
        },
        Refused("a response type without its grant", .responseTypes, "§2.1") {
            $0.responseTypes = ["code"]
        },
        Refused("the grant without its response type", .responseTypes, "§2.1") {
            $0.grantTypes = code
            $0.redirectURIs = ["https://c.example/cb"]
            $0.responseTypes = []
        },
        Refused("a token from the front channel", .responseTypes, "§2.1") {
            $0.grantTypes = code
            $0.redirectURIs = ["https://c.example/cb"]
            $0.responseTypes = ["code", "token"]
        },
        Refused("unbound tokens of everybody that are not replaced", .refreshRotation, "§4.14.2") {
            $0.method = "none"
            $0.refreshRotation = .value(false)
        },
        Refused("a lifetime of nothing", .refreshLifetime, "315360000") {
            $0.refreshLifetime = .value(0)
        },
        Refused("a lifetime of more than ten years", .refreshLifetime, "315360000") {
            $0.refreshLifetime = .value(315_360_001)
        },
        Refused("a pause of nothing", .refreshIdle, "315360000") { $0.refreshIdle = .value(0) },
        Refused("a pause of more than ten years", .refreshIdle, "315360000") {
            $0.refreshIdle = .value(.max)
        },
        Refused("own audiences without the grant", .ownAudiences, "token_exchange") {
            $0.ownAudiences = ["https://gw.example"]
        },
        Refused("a mode without the grant", .exchangeMode, "token_exchange") {
            $0.exchangeMode = .value("impersonate")
        },
        Refused("bound tokens without the grant", .exchangesBoundTokens, "token_exchange") {
            $0.exchangesBoundTokens = true
        },
        Refused("a mode that is none", .exchangeMode, "delegate or impersonate") {
            $0.grantTypes = ["urn:ietf:params:oauth:grant-type:token-exchange"]
            $0.exchangeMode = .value("act")
        },
        Refused("token exchange for everybody", .grantTypes, "whoever has found a token") {
            $0.method = "none"
            $0.grantTypes = ["urn:ietf:params:oauth:grant-type:token-exchange"]
        },
        Refused("an own audience with a space", .ownAudiences, "without spaces") {
            $0.grantTypes = ["urn:ietf:params:oauth:grant-type:token-exchange"]
            $0.ownAudiences = ["a b"]
        },
        Refused("an own audience twice", .ownAudiences, "each once") {
            $0.grantTypes = ["urn:ietf:params:oauth:grant-type:token-exchange"]
            $0.ownAudiences = ["a", "a"]
        },
        Refused("no request", .rate, "1 to 1000000") { $0.rate = .value("0/60") },
        Refused("no time", .rate, "1 to 86400") { $0.rate = .value("60/0") },
        Refused("two days", .rate, "1 to 86400") { $0.rate = .value("1/172800") },
        Refused("a number alone", .rate, "N/SECONDS") { $0.rate = .value("100") },
        Refused("a rate of words", .rate, "N/SECONDS") { $0.rate = .value("1/minute") },
        Refused("an empty rate", .rate, "N/SECONDS") { $0.rate = .value("") },
        Refused("a rate of everybody", .rate, "proves nothing") {
            $0.method = "none"
            $0.rate = .value("100/60")
        },
        Refused("no signature", .tokenSigningAlgorithm, "ES256, ES384, EdDSA, PS256, RS256") {
            $0.tokenSigningAlgorithm = "none"
        },
        Refused("a shared key", .tokenSigningAlgorithm, "ES256") {
            $0.tokenSigningAlgorithm = "HS256"
        },
        Refused("an algorithm in small letters", .tokenSigningAlgorithm, "ES256") {
            $0.tokenSigningAlgorithm = "es256"
        },
    ]

    @Test(arguments: refused)
    func `a registration that makes no sense is refused for the field`(_ refused: Refused) {
        let findings = refused.said.registered.findings
        let found = findings.first { $0.field == refused.field }
        #expect(found?.words.contains(refused.word) == true, "\(findings.map(\.words))")
        #expect(found?.kind == .invalid)
    }

    @Test(arguments: ClientGrantRulesTests.algorithms)
    func `each algorithm that resource servers verify is accepted, and served`(
        _ algorithm: SignatureAlgorithm
    ) throws {
        let client = try registered { $0.tokenSigningAlgorithm = algorithm.rawValue }
        #expect(try ClientMapping.client(client).grantPolicy.signingAlgorithm == algorithm)
    }

    private static let algorithms: [SignatureAlgorithm] = [.es256, .es384, .edDSA, .ps256, .rs256]

    @Test func `everything that is wrong is said at once`() {
        let said = Said("wrong in many ways") {
            $0.grantTypes = ["authorization_code"]
            $0.refreshLifetime = .value(0)
            $0.refreshIdle = .value(-1)
            $0.tokenSigningAlgorithm = "none"
            $0.claims = [StaticClaim(argument: "sub=1"), StaticClaim(argument: "a=b")]
            $0.responseTypes = ["token"]
        }
        #expect(
            said.registered.findings.map(\.field) == [
                .claims, .responseTypes, .redirectURIs, .refreshLifetime, .refreshIdle,
                .tokenSigningAlgorithm, .claims,
            ]
        )
    }

    @Test func `what was set is taken away again`() throws {
        let client = try registered {
            $0.refreshRotation = .value(true)
            $0.refreshLifetime = .value(60)
            $0.refreshIdle = .value(30)
            $0.requiresPushedRequests = true
            $0.tokenSigningAlgorithm = "PS256"
            $0.rate = .value("100/60")
        }
        let same = try changed(client) { $0.scopes = ["a"] }
        #expect(same.refreshRotation == true && same.refreshLifetime == 60)
        #expect(same.refreshIdle == 30 && same.requiresPushedRequests)
        #expect(same.rate == "100/60")
        #expect(try ClientMapping.client(same).rate == RequestRate("100/60"))
        let without = try changed(client) {
            $0.refreshRotation = .byDefault
            $0.refreshLifetime = .byDefault
            $0.refreshIdle = .byDefault
            $0.requiresPushedRequests = false
            $0.tokenSigningAlgorithm = "ES256"
            $0.rate = .byDefault
        }
        #expect(without.rate == nil)
        #expect(without.refreshRotation == nil && without.refreshLifetime == nil)
        #expect(without.refreshIdle == nil && !without.requiresPushedRequests)
        #expect(without.tokenSigningAlgorithm == "ES256")
    }

    @Test func `the grant goes with what belongs to it`() throws {
        let client = try registered {
            $0.grantTypes = [
                "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange",
            ]
            $0.ownAudiences = ["https://gw.example"]
            $0.exchangeMode = .value("impersonate")
            $0.exchangesBoundTokens = true
        }
        let policy = try ClientMapping.client(client).grantPolicy.exchange
        #expect(policy.ownAudiences == ["https://gw.example"])
        #expect(policy.mode == .impersonate && policy.takesBoundTokens)
        var damaged = client
        damaged.exchangeMode = "act"
        #expect(throws: (any Error).self) { try ClientMapping.client(damaged) }
        let findings = thrownFindings {
            try changed(client) { $0.grantTypes = ["client_credentials"] }
        }
        #expect(
            findings.map(\.field) == [.ownAudiences, .exchangeMode, .exchangesBoundTokens]
        )
        let without = try changed(client) {
            $0.grantTypes = ["client_credentials"]
            $0.ownAudiences = []
            $0.exchangeMode = .byDefault
            $0.exchangesBoundTokens = false
        }
        #expect(without.ownAudiences.isEmpty && without.exchangeMode == "delegate")
        #expect(!without.exchangesBoundTokens)
    }

    @Test func `the last redirect URI stays with the grant that needs one`() throws {
        let client = try registered {
            $0.grantTypes = Self.code
            $0.redirectURIs = ["https://c.example/cb"]
        }
        let findings = thrownFindings { try changed(client) { $0.redirectURIs = [] } }
        #expect(findings.map(\.field) == [.redirectURIs])
        let without = try changed(client) {
            $0.grantTypes = ["client_credentials"]
            $0.redirectURIs = []
        }
        #expect(without.redirectURIs.isEmpty)
    }

    // MARK: what is served, and shown

    @Test func `a policy has what is registered`() throws {
        let client = try registered {
            $0.grantTypes = Self.code
            $0.redirectURIs = ["https://c.example/cb"]
            $0.refreshRotation = .value(false)
            $0.refreshLifetime = .value(60)
            $0.refreshIdle = .value(30)
            $0.requiresPushedRequests = true
            $0.tokenSigningAlgorithm = "EdDSA"
            $0.claims = [StaticClaim(argument: #"tenant="a""#), StaticClaim(argument: "b=[ 1 ]")]
        }
        let served = try ClientMapping.client(client)
        #expect(
            served.grantPolicy
                == GrantPolicy(
                    name: client.name,
                    redirectURIs: ["https://c.example/cb"],
                    rotatesRefreshTokens: false,
                    refreshLifetime: 60,
                    refreshIdle: 30,
                    requiresPushedRequests: true,
                    signingAlgorithm: .edDSA,
                    staticClaims: Array(#","b":[1],"tenant":"a""#.utf8)
                )
        )
        #expect(served.policy.grants == [.authorizationCode, .refreshToken])
        #expect(served.tokensValidFrom == client.createdAt)
        #expect(try ClientMapping.client(registered()).grantPolicy == GrantPolicy())
    }

    @Test func `a record with what is not known is served without it`() throws {
        var client = try registered()
        client.grantTypes = ["password", "urn:later"]
        (client.refreshLifetime, client.refreshIdle) = (.max, 0)
        client.staticClaims = #"{"a":1,"sub":"user:root","test":false}"#
        let served = try ClientMapping.client(client)
        #expect(served.policy.grants == [.password])
        #expect(served.grantPolicy.refreshLifetime == 315_360_000)
        #expect(served.grantPolicy.refreshIdle == 1)
        #expect(served.grantPolicy.staticClaims == Array(#","a":1"#.utf8))
        // More than fits a token is left out.
        let long = String(repeating: "x", count: 4_096)
        client.staticClaims = #"{"a":"\#(long)","b":2}"#
        #expect(try ClientMapping.client(client).grantPolicy.staticClaims == Array(#","b":2"#.utf8))
    }

    @Test(arguments: ["ML-DSA-44", "", "es256", "none"])
    func `a record whose token algorithm is not known is not served`(name: String) throws {
        var client = try registered()
        client.tokenSigningAlgorithm = name
        #expect {
            try ClientMapping.client(client)
        } throws: {
            "\($0)".contains("unknown token algorithm \(name)")
        }
        // The twin.
        client.tokenSigningAlgorithm = "EdDSA"
        #expect(try ClientMapping.client(client).grantPolicy.signingAlgorithm == .edDSA)
    }

    @Test func `a client that lost the code grant keeps its redirect URIs, and no name`() throws {
        var client = try registered()
        client.grantTypes = ["password"]
        client.redirectURIs = ["https://c.example/cb", "javascript:x"]
        let served = try ClientMapping.client(client).grantPolicy
        #expect(served.redirectURIs == ["https://c.example/cb"] && served.name == nil)
    }

    @Test(arguments: ["", "{", "[]", #"{"a":1,"a":2}"#, "null"])
    func `claims that cannot be read are not left out silently`(_ text: String) throws {
        var client = try registered()
        client.staticClaims = text
        #expect(throws: (any Error).self) { try ClientMapping.client(client) }
        // A change can put that right.
        #expect(try changed(client) { $0.removesClaims = true }.staticClaims == nil)
    }

    @Test func `settings are shown where there are some`() throws {
        func lines(_ client: ClientRecord) -> String {
            ClientFacts.presentation(of: client, document: "--json").text
        }
        let plain = lines(try registered())
        for word in ["refresh", "pushed", "signed with", "claim", "tokens valid"] {
            #expect(!plain.contains(word), "\(word)")
        }
        var client = try registered {
            $0.grantTypes = Self.code
            $0.redirectURIs = ["https://c.example/cb"]
            $0.refreshIdle = .value(30)
            $0.requiresPushedRequests = true
            $0.tokenSigningAlgorithm = "PS256"
            $0.claims = [StaticClaim(argument: #"tenant="\u202e""#)]
        }
        client.tokensValidFrom = client.createdAt + 1
        let shown = lines(client).split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        for line in [
            "refresh rotation: by the server's rule", "refresh lifetime: the server's default",
            "refresh idle: 30 s", "pushed requests: required", "tokens signed with: PS256",
            #"claim: tenant="\u{202e}""#,
        ] {
            #expect(shown.contains(line), "\(line)")
        }
        #expect(shown.contains { $0.hasPrefix("tokens valid: from 20") })
        let document = ClientInformation.value(client)
        #expect(document["tokens_valid_from"] == .integer(client.tokensValidFrom))
        #expect(document["response_types"] == .array([.string("code")]))
    }
}
