// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import Console

/// The command that gets a client's first token, or what takes its place.
struct TokenRequestLineTests {
    private static let endpoint = "https://localhost:9443/oauth2/token"

    private func client(
        _ method: String,
        _ grants: [String] = ["client_credentials"],
        id: String = "c1",
        isBound: Bool = false
    ) -> JSONValue {
        .object([
            "client_id": .string(id), "token_endpoint_auth_method": .string(method),
            "grant_types": .array(grants.map { .string($0) }),
            "tls_client_certificate_bound_access_tokens": .boolean(isBound),
        ])
    }

    private func line(_ client: JSONValue, secret: String? = nil) throws -> TokenRequestLine {
        try #require(TokenRequestLine(of: client, endpoint: Self.endpoint, secret: secret))
    }

    private func markup(_ client: JSONValue) -> String {
        TokenRequestLine.markup(of: client, endpoint: Self.endpoint, secret: nil).text
    }

    @Test(arguments: ["self_signed_tls_client_auth", "tls_client_auth", "spiffe_x509"])
    func `a certificate and its key come along where they authenticate`(method: String) throws {
        let line = try line(client(method))
        let parts = [
            "curl -k", "-d 'grant_type=client_credentials&client_id=c1'",
            "-H \"Content-Type: application/x-www-form-urlencoded\"", "'\(Self.endpoint)' -i",
            "--cert client-certificate.pem --key key.pem",
        ]
        #expect(line.text == parts.joined(separator: " \\\n  "))
        #expect(line.remark.text == "In the folder of the client’s certificate and key:")
    }

    @Test func `a secret stands in the header or in the form, or has its place there`() throws {
        let basic = try line(client("client_secret_basic"), secret: "s3cret")
        #expect(basic.text.contains("-u 'c1:s3cret'") && !basic.text.contains("client_id"))
        #expect(!basic.text.contains("--cert") && basic.remark.text == "Ready to be sent:")
        let post = try line(client("client_secret_post"), secret: "s3cret")
        #expect(post.text.contains("&client_id=c1&client_secret=s3cret'"))
        #expect(!post.text.contains("-u "))
        let later = try line(client("client_secret_basic"))
        #expect(later.text.contains("-u 'c1:CLIENT_SECRET'"))
        #expect(later.remark.text.contains("in place of <code>CLIENT_SECRET</code>."))
    }

    @Test func `a token that is bound needs the certificate beside the secret`() throws {
        let bound = client("client_secret_basic", isBound: true)
        #expect(try line(bound, secret: "s").text.contains("--cert client-certificate.pem"))
    }

    @Test(arguments: ["private_key_jwt", "client_secret_jwt"])
    func `an assertion has a place that says so`(method: String) throws {
        let line = try line(client(method), secret: "s3cret")
        let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        #expect(line.text.contains("-d 'client_assertion_type=\(type)'"))
        #expect(line.text.contains("-d 'client_assertion=ASSERTION'"))
        #expect(!line.text.contains("s3cret") && !line.text.contains("--cert"))
        #expect(line.remark.text.contains("signs an assertion for each request (RFC 7523)"))
    }

    @Test func `of users the name and the password are to be put in`() throws {
        let line = try line(client("none", ["password", "refresh_token"]))
        #expect(line.text.contains("grant_type=password&username=USERNAME&password=PASSWORD"))
        let places = "<code>USERNAME</code> and <code>PASSWORD</code>"
        #expect(line.remark.text.contains(places))
        // The client's own grant comes first where it has both.
        let both = try self.line(client("client_secret_post", ["password", "client_credentials"]))
        #expect(both.text.contains("grant_type=client_credentials&"))
    }

    @Test(arguments: [
        (["authorization_code", "refresh_token"], "/oauth2/authorize"),
        (["urn:ietf:params:oauth:grant-type:jwt-bearer"], "<code>assertion</code>"),
        (["urn:ietf:params:oauth:grant-type:token-exchange"], "<code>subject_token</code>"),
        (["refresh_token"], "another grant"), ([], "another grant"),
    ])
    func `there is no command where a token begins elsewhere`(
        grants: [String],
        words: String
    ) throws {
        for method in ["none", "client_secret_basic", "self_signed_tls_client_auth"] {
            let page = markup(client(method, grants))
            #expect(page.contains(words) && !page.contains("curl"))
        }
        // The twin: a grant of its own beside them.
        let page = markup(client("tls_client_auth", grants + ["client_credentials"]))
        #expect(page.contains("<pre id=\"curl\"") && page.contains("--cert"))
    }

    @Test func `reserved characters are form-encoded, in the header and in the form`() throws {
        let odd = "co:l on+%&'"
        let encoded = "co%3Al%20on%2B%25%26%27"
        let basic = try line(client("client_secret_basic", id: odd), secret: "a+/'")
        #expect(basic.text.contains("-u '\(encoded):a%2B%2F%27'"))
        let post = try line(client("client_secret_post", id: odd), secret: "a&b")
        #expect(post.text.contains("&client_id=\(encoded)&client_secret=a%26b'"))
        let certificate = try line(client("tls_client_auth", id: odd))
        #expect(certificate.text.contains("&client_id=\(encoded)'"))
        #expect(markup(client("client_secret_basic", id: odd)).contains(encoded))
    }
}
