// SPDX-License-Identifier: Apache-2.0
/// A deviation that the load target makes on purpose, with its parameters.
package enum Fault: Sendable, Equatable {
    /// The answer is held back.
    case delay(Delay)
    /// An answer of this status in place of the right one; `retryAfter` in seconds.
    case status(Int, retryAfter: Int?)
    /// An error of RFC 6749 §5.2 in place of the right answer.
    case oauthError(String)
    /// The body of the answer is no JSON.
    case malformed
    /// The answer ends before its Content-Length.
    case truncate
    /// The connection is reset in place of an answer.
    case reset
    /// Neither an answer nor an end comes.
    case silence
    /// The handshake ends with an alert: in TLS 1.3 after the client's Finished.
    case tlsAlert
    /// The handshake is held back.
    case slowHandshake(milliseconds: Int)
    /// The answer is sent slowly.
    case trickle(bytesPerSecond: Int)
    /// The token has expired before it is handed out.
    case expiredToken
    /// The token is bound to another certificate.
    case wrongCnf
    /// The token's signature does not verify.
    case wrongSignature
    /// The token names a key that is in no JWK Set.
    case wrongKid
    /// The target rotates its signing key, for all clients.
    case rotateKeys
    /// A client has so many requests in so many seconds, and 429 for more.
    case rateLimit(requests: Int, seconds: Int)
    /// A client has so many connections at once, and none beyond.
    case connectionLimit(connections: Int)

    /// The kind.
    package var kind: FaultKind {
        switch self {
        case .delay: .delay
        case .status: .status
        case .oauthError: .oauthError
        case .malformed: .malformed
        case .truncate: .truncate
        case .reset: .reset
        case .silence: .silence
        case .tlsAlert: .tlsAlert
        case .slowHandshake: .slowHandshake
        case .trickle: .trickle
        case .expiredToken: .expiredToken
        case .wrongCnf: .wrongCnf
        case .wrongSignature: .wrongSignature
        case .wrongKid: .wrongKid
        case .rotateKeys: .rotateKeys
        case .rateLimit: .rateLimit
        case .connectionLimit: .connectionLimit
        }
    }

    /// The step of a call at which it is made.
    package var stage: FaultStage { kind.stage }

    /// Whether its parameters leave something to chance.
    var isRandom: Bool {
        if case .delay(let delay) = self { delay.deviation > 0 } else { false }
    }

    /// The status of an answer with this `error`, as the target itself answers (RFC 6749 §5.2; 429,
    /// 500 and 503 for the errors that stand for them).
    package static func status(ofOAuthError error: String) -> Int {
        switch error {
        case "invalid_client": 401
        case "slow_down": 429
        case "server_error": 500
        case "temporarily_unavailable": 503
        default: 400
        }
    }
}

/// The bounds of the parameters, each with its reason.
enum FaultBounds {
    /// Ten minutes: longer than any client waits, so that more would be `silence`.
    static let milliseconds = 1...600_000
    /// 1xx is no end of an exchange (RFC 9110 §15.2); 600 and above are no statuses (§15).
    static let status = 200...599
    /// No body belongs to these (RFC 9110 §6.4.1, §15.3.6): a client would read the one that is
    /// sent as the next answer.
    static let bodilessStatuses = [204, 205, 304]
    /// A day: a client that waits longer has missed the test.
    static let retryAfter = 0...86_400
    /// Longer than every registered error (IANA, "OAuth Extensions Error Registry").
    static let errorBytes = 1...64
    /// An answer has about a kilobyte: at more it would come at once.
    static let bytesPerSecond = 1...100_000
    /// No client comes to more requests in a day.
    static let requests = 1...1_000_000_000
    /// A day, as the longest quota of gateways.
    static let seconds = 1...86_400
    /// The ports of one address.
    static let connections = 1...65_535
}
