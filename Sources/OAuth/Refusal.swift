// SPDX-License-Identifier: Apache-2.0
/// An error and what the log may know of the request: nothing has to be asked afterwards.
public struct Refusal: Sendable {
    /// The error as the wire shows it, with the check that decided.
    public let error: OAuthError
    /// Whom the request named.
    public let client: NamedClient
    private let kept: KeptJudgement?
    /// Seconds after which it may be worth another try (RFC 9110 §10.2.3).
    public let retryAfter: Int?

    /// What was against the certificate of the connection, its names at least; nil where none was
    /// read.
    public var judgement: TrustJudgement? { kept?.value }

    /// A refusal from its parts.
    public init(
        _ error: OAuthError,
        of client: NamedClient,
        retryAfter: Int? = nil
    ) {
        self.init(error, of: client, nil, retryAfter: retryAfter)
    }

    init(
        _ error: OAuthError,
        of client: NamedClient,
        _ judgement: KeptJudgement?,
        retryAfter: Int? = nil
    ) {
        self.error = error
        self.client = client
        kept = judgement
        self.retryAfter = retryAfter
    }
}

/// A judgement on the heap: some hundred bytes, which every decision would have room for otherwise,
/// and few have.
final class KeptJudgement: Sendable {
    let value: TrustJudgement

    init(_ value: TrustJudgement) {
        self.value = value
    }
}

/// Whom a refused request named as its client; not verified, and for logs only.
public enum NamedClient: Sendable, Equatable {
    /// The `client_id` of its form, or nobody where there is none.
    case inForm
    /// This one, named in the form, in an Authorization header or in an assertion.
    case id([UInt8])
}
