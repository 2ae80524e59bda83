// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Text

/// A request for a token as a command.
struct TokenRequestLine {
    /// curl with what the client's first grant and its method need.
    let text: String
    /// The sentences above it: what to put in, and where to run it.
    let remark: HTML

    /// The command with its remark; in its place, for grants that begin elsewhere, how they begin.
    static func markup(of client: JSONValue, endpoint: String, secret: String?) -> HTML {
        guard let line = TokenRequestLine(of: client, endpoint: endpoint, secret: secret) else {
            return "<p>\(beginning(client["grant_types"]?.list ?? []))</p>"
        }
        return """
            <p>\(line.remark)</p>
            <pre id="curl" data-copy="the command" role="region" tabindex="0"
             aria-label="The command">\(line.text)</pre>
            """
    }

    /// nil where no grant of the client begins with a request of its own.
    init?(of client: JSONValue, endpoint: String, secret: String?) {
        let grants = client["grant_types"]?.list ?? []
        guard let (grant, placeholders) = Self.grant(grants) else { return nil }
        let method = client[ClientFields.method]?.text ?? ""
        // RFC 6749 §2.3.1: both are form-encoded in the header too, before base64.
        let identifier = PercentEncoding.encode(client["client_id"]?.text ?? "")
        let password = secret.map { PercentEncoding.encode($0) } ?? "CLIENT_SECRET"
        var (data, user): ([String], String?) = (["\(grant)&client_id=\(identifier)"], nil)
        switch method {
        case "client_secret_basic": (data, user) = ([grant], "\(identifier):\(password)")
        case "client_secret_post": data[0] += "&client_secret=\(password)"
        case "private_key_jwt", "client_secret_jwt": data += Self.assertion
        default: break
        }
        let takesSecret = ["client_secret_basic", "client_secret_post"].contains(method)
        let words = placeholders + (takesSecret && secret == nil ? ["CLIENT_SECRET"] : [])
        var parts = ["curl -k"]
        if let user { parts.append("-u \(Self.quoted(user))") }
        parts += data.map { "-d \(Self.quoted($0))" }
        parts.append("-H \"Content-Type: application/x-www-form-urlencoded\"")
        parts.append("\(Self.quoted(endpoint)) -i")
        // RFC 8705 §3: a secret or an assertion does not bind the token.
        let isBound = client["tls_client_certificate_bound_access_tokens"]?.isTrue == true
        let usesCertificate = Self.certificateMethods.contains(method) || isBound
        if usesCertificate { parts.append("--cert client-certificate.pem --key key.pem") }
        text = parts.joined(separator: " \\\n  ")
        remark = Self.remark(
            words,
            signsAssertions: method.hasSuffix("_jwt"),
            usesCertificate: usesCertificate
        )
    }

    private static let certificateMethods = [
        "tls_client_auth", "self_signed_tls_client_auth", "spiffe_x509",
    ]
    /// The place of an assertion (RFC 7523 §2.2), which is for one request and cannot stand here.
    private static let assertion = [
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion=ASSERTION",
    ]

    /// The parameters of the first grant that takes one request, with its placeholders; nil where
    /// there is none.
    private static func grant(_ grants: [String]) -> (parameters: String, placeholders: [String])? {
        if grants.contains("client_credentials") { return ("grant_type=client_credentials", []) }
        guard grants.contains("password") else { return nil }
        return (
            "grant_type=password&username=USERNAME&password=PASSWORD", ["USERNAME", "PASSWORD"]
        )
    }

    private static func remark(
        _ words: [String],
        signsAssertions: Bool,
        usesCertificate: Bool
    ) -> HTML {
        var sentences: [HTML] = []
        if signsAssertions {
            sentences.append(
                """
                The client’s software signs an assertion for each request (RFC 7523): put one in
                place of <code>ASSERTION</code>.
                """
            )
        }
        if !words.isEmpty {
            let places = words.map { "<code>\($0)</code>" as HTML }.joined(" and ")
            sentences.append("Put your own values in place of \(places).")
        }
        if usesCertificate {
            sentences.append("In the folder of the client’s certificate and key:")
        }
        return sentences.isEmpty ? "Ready to be sent:" : sentences.joined(" ")
    }

    /// How a token begins where no command gets one.
    private static func beginning(_ grants: [String]) -> HTML {
        if grants.contains("authorization_code") {
            return """
                For a token of this client a user has to sign in: the client’s software sends the
                browser to the authorization endpoint, <code>/oauth2/authorize</code>, and
                exchanges the code that comes back.
                """
        }
        if grants.contains(ClientFields.jwtBearer) {
            return """
                For a token the client’s software sends the JWT of a trusted issuer, as
                <code>assertion</code>.
                """
        }
        if grants.contains(ExchangeFields.grant) {
            return """
                For a token the client’s software sends the token that it was handed, as
                <code>subject_token</code>.
                """
        }
        return """
            None of this client’s grants gets a first token: give it another grant, with
            <em>Edit</em>.
            """
    }

    /// A word of a shell, whatever stands in it.
    private static func quoted(_ text: String) -> String {
        "'" + text.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
    }
}
