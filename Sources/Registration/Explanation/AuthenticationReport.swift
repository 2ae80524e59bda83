// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth

/// The results of the steps of an authentication, in their order.
package struct AuthenticationReport: Encodable, Presentable {
    /// The result of a check.
    package enum Result: String, Encodable, Sendable {
        case passed, failed
        case notReached = "not reached"
    }

    /// The set whose CAs the client is accepted under.
    package struct TrustSet: Encodable, Sendable {
        package let name: String
        /// The set's revocation mode.
        package let revocation: String
        /// Its lists that cannot be read, and why.
        package let unreadable: [String]
        /// Its lists that do not count, and why; nil for none.
        package let notCounting: [String]?

        private enum CodingKeys: String, CodingKey {
            case name, revocation, unreadable
            case notCounting = "not_counting"
        }
    }

    /// One check.
    package struct Check: Encodable, Sendable {
        /// A short name that does not change.
        package let check: String
        package var result = Result.notReached
        /// The checked value, and the result in words.
        package var detail: String?
    }

    package internal(set) var clientID: String?
    package internal(set) var clientName: String?
    package internal(set) var method: String?
    package let subject: String
    package let thumbprint: String
    package let checkedAt: String
    package let trustSet: TrustSet?
    package internal(set) var authenticated = false
    /// The last day of the permission without which it would be refused.
    package internal(set) var acceptedOnlyUntil: String?
    /// The check that failed.
    package internal(set) var decidedBy: String?
    /// How the server's log names it.
    package internal(set) var log: String?
    /// The remedy.
    package internal(set) var remedy: String?
    package internal(set) var checks: [Check] = []

    private enum CodingKeys: String, CodingKey {
        case method, subject, authenticated, log, remedy, checks
        case clientID = "client_id"
        case clientName = "client_name"
        case thumbprint = "x5t#S256"
        case checkedAt = "checked_at"
        case trustSet = "trust_set"
        case decidedBy = "decided_by"
        case acceptedOnlyUntil = "accepted_only_until"
    }
}

extension AuthenticationStep {
    /// Its name in a report, which does not change.
    var name: String {
        switch self {
        case .client: "client"
        case .enabled: "enabled"
        case .method: "method"
        case .credential: "credential"
        case .registered: "registered"
        case .validity: "validity"
        case .bundle: "bundle"
        case .svid: "svid"
        case .subject: "subject"
        case .chain(let check): check.rawValue
        }
    }

    /// The steps of a client of this method, as far as a certificate takes it.
    static func steps(of method: ClientAuthenticationMethod?) -> [AuthenticationStep] {
        let beginning: [AuthenticationStep] = [.client, .enabled, .method]
        return switch method {
        case .selfSignedTLS: beginning + [.registered, .validity]
        case .tls: beginning + [.subject] + ChainCheck.allCases.map { .chain($0) }
        case .spiffeX509:
            beginning + [.bundle, .svid, .subject] + ChainCheck.allCases.map { .chain($0) }
        case .secretBasic, .secretPost, .privateKeyJWT, .secretJWT, .publicClient, nil: beginning
        }
    }
}
