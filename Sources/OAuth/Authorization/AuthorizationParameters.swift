// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// The parameters of an authorization request as they were sent (RFC 6749 §4.1.1, RFC 7636 §4.3,
/// RFC 8707 §2, RFC 9126 §4); others are ignored.
struct AuthorizationParameters: Sendable, Equatable {
    var clientID: String?
    var responseType: String?
    var responseMode: String?
    var redirectURI: String?
    var state: String?
    var scope: String?
    var resources: [String] = []
    var challenge: String?
    var challengeMethod: String?
    /// The reference to a pushed request (RFC 9126 §2.2).
    var requestURI: String?
    /// Whether there is a request object (RFC 9101), which is not supported.
    var hasRequestObject = false

    /// Reads a form or a query that was parsed; empty values count as left out.
    init(_ form: borrowing FormFields) {
        func text(_ range: Range<Int>?) -> String? {
            range.map { String(decoding: form.bytes[$0], as: UTF8.self) }
        }
        clientID = text(form.range(of: .clientID))
        responseType = text(form.range(named: "response_type"))
        responseMode = text(form.range(named: "response_mode"))
        redirectURI = text(form.range(of: .redirectURI))
        state = text(form.range(named: "state"))
        scope = text(form.range(of: .scope))
        resources = form.resources.map { String(decoding: form.bytes[$0], as: UTF8.self) }
        challenge = text(form.range(named: "code_challenge"))
        challengeMethod = text(form.range(named: "code_challenge_method"))
        requestURI = text(form.range(named: "request_uri"))
        hasRequestObject = form.range(named: "request") != nil
    }

    /// The parameters as a form, for the store; without a reference and a request object.
    var form: [UInt8] {
        var pairs: [(String, String)] = []
        func add(_ name: String, _ value: String?) {
            if let value { pairs.append((name, value)) }
        }
        add("client_id", clientID)
        add("response_type", responseType)
        add("response_mode", responseMode)
        add("redirect_uri", redirectURI)
        add("state", state)
        add("scope", scope)
        for resource in resources { add("resource", resource) }
        add("code_challenge", challenge)
        add("code_challenge_method", challengeMethod)
        let encoded = pairs.map { "\($0)=\(PercentEncoding.encode($1))" }
        return Array(encoded.joined(separator: "&").utf8)
    }
}
