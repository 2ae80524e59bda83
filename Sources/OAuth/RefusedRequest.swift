// SPDX-License-Identifier: Apache-2.0
/// A refused request: the error, with all details for the log.
public struct RefusedRequest: Sendable {
    /// The error as the wire shows it, with the check that decided.
    public let error: OAuthError
    /// The client that the request named.
    public let client: NamedClient
    private let kept: BoxedCertificateCheck?
    /// Seconds for Retry-After (RFC 9110 §10.2.3).
    public let retryAfter: Int?

    /// The check of the connection's certificate, its names at least; nil where none was read.
    public var certificateCheck: CertificateCheck? { kept?.value }

    /// A refusal from its parts.
    public init(
        _ error: OAuthError,
        of client: NamedClient,
        retryAfter: Int? = nil
    ) {
        self.init(error, of: client, nil, retryAfter: retryAfter)
    }

    /// The refusal of a client for which a table of grants is `full`.
    static func noRoom(_ full: OAuthError, for client: Client) -> RefusedRequest {
        RefusedRequest(full, of: .id(client.id), retryAfter: OAuthError.fullRetrySeconds)
    }

    init(
        _ error: OAuthError,
        of client: NamedClient,
        _ certificateCheck: BoxedCertificateCheck?,
        retryAfter: Int? = nil
    ) {
        self.error = error
        self.client = client
        kept = certificateCheck
        self.retryAfter = retryAfter
    }
}

/// A certificate check on the heap: it has some hundred bytes, for which every decision would else
/// have room, and few decisions have one.
final class BoxedCertificateCheck: Sendable {
    let value: CertificateCheck

    init(_ value: CertificateCheck) {
        self.value = value
    }
}

/// The client that a refused request named; not verified, and for logs only.
public enum NamedClient: Sendable, Equatable {
    /// The `client_id` of its form, if there is one.
    case inForm
    /// This one, named in the form, in an Authorization header or in an assertion.
    case id([UInt8])
}
