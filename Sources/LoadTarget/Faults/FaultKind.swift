// SPDX-License-Identifier: Apache-2.0
/// The kinds of faults: a closed set, for rules, counters and the list of calls.
package enum FaultKind: UInt8, Sendable, CaseIterable {
    case delay
    case status
    case oauthError
    case malformed
    case truncate
    case reset
    case silence
    case tlsAlert
    case slowHandshake
    case trickle
    case expiredToken
    case wrongCnf
    case wrongSignature
    case wrongKid
    case rotateKeys
    case rateLimit
    case connectionLimit

    /// The number of kinds; a test compares it with the cases.
    package static let count = 17

    /// The position among all cases.
    package var index: Int { Int(rawValue) }

    /// The word for it in rules and answers.
    package var name: String {
        switch self {
        case .delay: "delay"
        case .status: "status"
        case .oauthError: "oauth_error"
        case .malformed: "malformed"
        case .truncate: "truncate"
        case .reset: "reset"
        case .silence: "silence"
        case .tlsAlert: "tls_alert"
        case .slowHandshake: "slow_handshake"
        case .trickle: "trickle"
        case .expiredToken: "expired_token"
        case .wrongCnf: "wrong_cnf"
        case .wrongSignature: "wrong_signature"
        case .wrongKid: "wrong_kid"
        case .rotateKeys: "rotate_keys"
        case .rateLimit: "rate_limit"
        case .connectionLimit: "connection_limit"
        }
    }

    /// The kind of that name; nil where there is none.
    init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    /// The step of a call at which it is made.
    package var stage: FaultStage {
        switch self {
        case .tlsAlert, .slowHandshake, .connectionLimit: .handshake
        case .status, .oauthError, .reset, .silence, .rateLimit: .request
        case .expiredToken, .wrongCnf, .wrongSignature, .wrongKid, .rotateKeys: .token
        case .delay, .malformed, .truncate, .trickle: .answer
        }
    }

    /// Whether it makes a call slower and leaves its end to other faults.
    package var onlySlows: Bool { self == .delay || self == .slowHandshake }

    /// Whether it counts what a client does and decides by that, and by no selection of calls.
    var isLimit: Bool { self == .rateLimit || self == .connectionLimit }
}

/// The steps of a call, in their order.
package enum FaultStage: Sendable {
    /// The client's certificate is known, and the handshake not yet finished.
    case handshake
    /// A request is read and its client named; nothing is decided yet.
    case request
    /// A token is granted, and not yet made.
    case token
    /// An answer is made, of the target or of a fault, and not yet sent.
    case answer
}
