// SPDX-License-Identifier: Apache-2.0
/// An error and what the log may know of the request: nothing has to be asked afterwards.
public struct Refusal: Sendable {
    /// The error as the wire shows it, with the check that decided.
    public let error: OAuthError
    /// Whom the request named.
    public let client: NamedClient
    /// What was against the certificate of the connection, its names at least; nil where none was
    /// read.
    public let judgement: TrustJudgement?
    /// Seconds after which it may be worth another try (RFC 9110 §10.2.3).
    public let retryAfter: Int?

    /// A refusal from its parts.
    public init(
        _ error: OAuthError,
        of client: NamedClient,
        judgement: TrustJudgement? = nil,
        retryAfter: Int? = nil
    ) {
        self.error = error
        self.client = client
        self.judgement = judgement
        self.retryAfter = retryAfter
    }
}

/// Whom a refused request named as its client; not verified, and for logs only.
public enum NamedClient: Sendable, Equatable {
    /// The `client_id` of its form, or nobody where there is none.
    case inForm
    /// This one, named in the form, in an Authorization header or in an assertion.
    case id([UInt8])
}
