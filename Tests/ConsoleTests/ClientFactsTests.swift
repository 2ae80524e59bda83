// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing
import Text

@testable import Administration
@testable import Console

/// The page of a client has all that is registered for it.
struct ClientFactsTests {
    private func page(_ client: String, certificates: String = #"{"keys": []}"#) throws -> String {
        let console = try AskedConsole { asked in
            switch asked.path {
            case "/clients/c1": ReceivedAnswer(200, client, tag: "\"1\"")
            case "/clients/c1/certificates": ReceivedAnswer(200, certificates)
            case "/audit": ReceivedAnswer(200, #"{"entries": []}"#)
            default: ReceivedAnswer(404, "{}")
            }
        }.opened()
        return try console.ask("GET", "/clients/c1").text
    }

    private static let assertions = #"""
        {"client_id": "c1", "client_name": "n", "enabled": true,
         "token_endpoint_auth_method": "private_key_jwt",
         "token_endpoint_auth_signing_alg": "PS256",
         "grant_types": ["authorization_code", "refresh_token",
           "urn:ietf:params:oauth:grant-type:token-exchange"],
         "own_audiences": ["https://gw.example"], "exchange_mode": "impersonate",
         "exchange_bound_tokens": true,
         "jwks": {"keys": [
           {"kid": "k-ec", "kty": "EC", "crv": "P-256", "x": "XBLOB", "y": "YBLOB", "use": "sig"},
           {"kid": "<b>", "kty": "RSA", "alg": "PS256", "e": "AQAB", "n": "MODULUS"}]},
         "may_introspect": true, "require_pushed_authorization_requests": true,
         "access_token_format": "jwt", "access_token_signing_alg": "EdDSA",
         "access_token_lifetime": 600, "access_token_reuse_window": 30,
         "access_token_claims": {"tenant": "north", "limits": {"daily": 100}},
         "refresh_token_rotation": false, "refresh_token_lifetime": 2592000,
         "refresh_token_idle_lifetime": 86401, "audiences": ["https://api.example"],
         "rate": "100/60", "activity": {"tokens_issued_early": 7, "slowed_down": 3,
           "last_slowed_down": "2026-01-02T03:04:05.000Z"},
         "tls_client_certificate_bound_access_tokens": false}
        """#

    @Test func `all settings of a client stand on its page`() throws {
        let page = try page(Self.assertions)
        for text in [
            "<code>private_key_jwt</code>", "Assertions signed with</dt><dd><code>PS256</code>",
            "<code>k-ec</code> <span class=\"soft\">EC P-256, for signatures</span>",
            "<code>&lt;b&gt;</code> <span class=\"soft\">RSA with 40 bits, PS256</span>",
            "tokens of all clients", "Pushed requests (PAR)</dt><dd>required",
            "Signed with</dt><dd><code>EdDSA</code>", "600 s (10 minutes)",
            "Reuse window</dt><dd>30 s", "<code>tenant=&quot;north&quot;</code>",
            "limits={&quot;daily&quot;:100}", "Refresh tokens replaced</dt><dd><code>off</code>",
            "2592000 s (30 days)", "Without use they end</dt><dd>86401 s<", "https://api.example",
            "Own audiences</dt><dd><code>https://gw.example</code>", "of others too",
            "name no actor (impersonate)",
            "to no certificate", "Rate</dt><dd><code>100/60 s</code>",
            "3 times, last 2026-01-02T03:04:05.000Z", "before they were needed</dt><dd><bdi>7<",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(!page.contains("BLOB") && !page.contains("MODULUS"))
        #expect(!page.contains("(default)"))
    }

    @Test func `a setting that nobody has made says that it is the default`() throws {
        let page = try page(
            #"""
            {"client_id": "c1", "client_name": "n", "enabled": true, "access_token_format": "jwt",
             "token_endpoint_auth_method": "client_secret_jwt", "access_token_reuse_window": 0,
             "grant_types": ["authorization_code", "refresh_token"], "may_introspect": false}
            """#
        )
        for text in [
            "any that is known (default)", "the server’s (default)", "not required (default)",
            "its own tokens (default)", "ES256 (default)", "none (default)",
            "by the server’s rule (default)",
            "Rate</dt><dd><span class=\"soft\">the server’s (default)",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(!page.contains("Slowed down") && !page.contains("before they were needed"))
        #expect(!page.contains("Keys (jwks)") && !page.contains("id=\"authorities\""))
    }

    @Test func `keys that are fetched have their address, and are missing until they are there`()
        throws
    {
        let beginning = #"""
            {"client_id": "c1", "token_endpoint_auth_method": "private_key_jwt",
             "jwks_uri": "https://partner.example/jwks.json"
            """#
        let waiting = try page(beginning + "}")
        #expect(waiting.contains("https://partner.example/jwks.json"))
        #expect(waiting.contains("none yet"))
        let keys = #", "fetched_jwks": {"keys": [{"kid": "f1", "kty": "OKP", "crv": "Ed25519"}]}}"#
        let fetched = try page(beginning + keys)
        #expect(fetched.contains("<code>f1</code> <span class=\"soft\">OKP Ed25519</span>"))
        #expect(!fetched.contains("none yet"))
    }

    @Test func `a client under CAs is asked for these, and no other`() throws {
        let client = #"""
            {"client_id": "c1", "token_endpoint_auth_method": "tls_client_auth",
             "tls_client_auth_san_dns": "a.example", "ca_certificates": {"keys": [{}, {}]}
            """#
        let own = try page(client + "}")
        #expect(own.contains("id=\"authorities\"") && own.contains("CAs of its own</dt><dd>2<"))
        #expect(own.contains("Subject (san_dns)</dt><dd><code>a.example</code>"))
        let shared = try page(client + #", "trust_set": "<i>"}"#)
        #expect(shared.contains("href=\"/trust-sets/%3Ci%3E\">&lt;i&gt;</a>"))
        let console = try AskedConsole { asked in
            asked.path == "/clients/c1"
                ? ReceivedAnswer(200, client + "}") : ReceivedAnswer(200, "{}")
        }.opened()
        _ = try console.ask("GET", "/clients/c1")
        #expect(console.questions.contains { $0.query["ca"] == "true" })
        let other = try AskedConsole { _ in
            ReceivedAnswer(200, #"{"token_endpoint_auth_method": "client_secret_basic"}"#)
        }.opened()
        _ = try other.ask("GET", "/clients/c1")
        #expect(!other.questions.contains { $0.query["ca"] != nil })
    }

    @Test(
        arguments: [
            (0, "0 s"), (59, "59 s"), (60, "60 s (1 minute)"), (90, "90 s"),
            (7_200, "7200 s (2 hours)"), (86_400, "86400 s (1 day)"),
            (90_000, "90000 s (25 hours)"),
        ] as [(Int64, String)]
    )
    func `a span of time is told in seconds and in a unit that fits`(
        seconds: Int64,
        text: String
    ) {
        #expect(TimeMarkup.span(seconds) == text)
    }
}
