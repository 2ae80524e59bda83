// SPDX-License-Identifier: Apache-2.0
/// An error as the wire shows it (RFC 6749 §5.2), with details for the log.
public struct OAuthError: Error, Sendable, Equatable {
    /// The `error` member.
    public enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case invalidScope = "invalid_scope"
        case invalidTarget = "invalid_target"
        case unsupportedResponseType = "unsupported_response_type"
        case accessDenied = "access_denied"
        /// RFC 9101 §6.1.
        case requestNotSupported = "request_not_supported"
        /// RFC 8628 §3.5; used where a user's password is being guessed, and beyond a rate.
        case slowDown = "slow_down"
        case temporarilyUnavailable = "temporarily_unavailable"
        case serverError = "server_error"
    }

    /// The `error` member.
    public let code: Code
    /// The `error_description` member: fixed text, never an echo of input.
    public let description: StaticString
    /// The check that decided, for the log; never sent.
    public let check: Check

    /// An error from its parts; `check` names the check that decided.
    public init(
        _ code: Code,
        _ description: StaticString,
        check: Check
    ) {
        self.code = code
        self.description = description
        self.check = check
    }

    /// Failed client authentication.
    ///
    /// One text for every reason, against enumeration of clients.
    public static func invalidClient(
        _ check: Check
    ) -> OAuthError {
        OAuthError(.invalidClient, "client authentication failed", check: check)
    }

    /// A client asks more often than it may.
    static let clientRate = OAuthError(
        .slowDown,
        "the client asks more often than it may",
        check: .clientRate
    )

    /// More requests of one address have failed client authentication than may.
    ///
    /// Whether the client exists, and why it failed, the answer does not say.
    public static let addressRate = OAuthError(
        .slowDown,
        "too many requests from this address failed client authentication",
        check: .addressRate
    )

    /// A change of grants that is not durable, or may not be.
    public static let grantNotKept = OAuthError(
        .temporarilyUnavailable,
        "the request cannot be recorded",
        check: .grantNotKept
    )

    /// As many codes or pushed requests are kept as may be, of all clients or of one.
    static let grantsFull = OAuthError(
        .temporarilyUnavailable,
        "too many authorization requests are under way",
        check: .grantsFull
    )

    /// As many tokens are revoked as may be.
    static let revocationsFull = OAuthError(
        .temporarilyUnavailable,
        "no more tokens can be revoked at the moment",
        check: .revocationsFull
    )

    /// Seconds after which a table that is full is worth another try: rows end all the time.
    static let fullRetrySeconds = 30

    /// A user who has the name of a client, where tokens would not tell them apart.
    static let clientName = OAuthError(
        .invalidGrant,
        "the user has the name of a client",
        check: .userSubject
    )

    /// A malformed request.
    public static func invalidRequest(
        _ description: StaticString,
        check: Check
    ) -> OAuthError {
        OAuthError(.invalidRequest, description, check: check)
    }

    /// The HTTP status: 401 for failed client authentication (with a challenge, RFC 9110 §15.5.2),
    /// 429 where a client must slow down (RFC 6585 §4), 503 when busy, else 400.
    public var status: Int {
        switch code {
        case .invalidClient: 401
        case .slowDown: 429
        case .temporarilyUnavailable: 503
        case .serverError: 500
        default: 400
        }
    }

    /// The response body as JSON.
    public func appendJSON(to out: inout [UInt8]) {
        out.append(contentsOf: #"{"error":""#.utf8)
        out.append(contentsOf: code.rawValue.utf8)
        out.append(contentsOf: #"","error_description":""#.utf8)
        // The texts are literals of ours in the character set of RFC 6749 §5.2.
        out.append(contentsOf: "\(description)".utf8)
        out.append(contentsOf: #""}"#.utf8)
    }

    /// Whether code and check are the same; the text follows from them.
    public static func == (a: OAuthError, b: OAuthError) -> Bool {
        a.code == b.code && a.check == b.check
    }
}
