// SPDX-License-Identifier: Apache-2.0
internal import OAuth

/// The refusals that an administrator asks for: `client=`, `check=`,
/// `thumbprint=`, `limit=`.
package struct RefusalQuery: Sendable, Equatable {
    /// An answer of a thousand has some seven megabytes where each has a certificate of its own.
    static let limitRange = 1...1000
    static let limitStandard = 100
    /// The check of a failed handshake, which no request was made on.
    static let handshakeCheck = "tls-handshake"
    /// The checks that there are.
    package static let checks = Check.allCases.map(\.rawValue) + [handshakeCheck]

    /// The parameters of its query.
    static let parameters = [
        QueryParameter(
            "client",
            .text,
            "Refusals of this client alone, by the client_id as presented."
        ),
        QueryParameter("check", .choice(checks), "Refusals by this check alone."),
        QueryParameter(
            "thumbprint",
            .text,
            "Refusals of requests with this certificate alone (x5t#S256)."
        ),
        QueryParameter(
            "limit",
            .number(limitRange),
            "How many refusals at most; \(limitStandard) where it is left out."
        ),
    ]

    /// The client_id as it was presented; nil for any.
    var client: String?
    /// One of `checks`; nil for any.
    var check: String?
    /// The thumbprint in base64url; nil for any.
    var thumbprint: String?
    var limit = limitStandard

    /// The question that the values of `parameters` ask.
    init(_ values: QueryValues = QueryValues()) {
        client = values["client"]
        check = values["check"]
        thumbprint = values["thumbprint"]
        limit = values.number("limit") ?? Self.limitStandard
    }
}
