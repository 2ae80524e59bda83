// SPDX-License-Identifier: Apache-2.0
public import Cryptography
internal import Text

/// A person who may use the password grant.
public struct User: Sendable, Equatable {
    /// The beginning of the subject of a user who was registered without one; the name follows.
    ///
    /// Keeps the subjects of users apart from client_ids, which are subjects too (RFC 9068 §5).
    public static let subjectPrefix = "user:"

    /// `sub` of the tokens; in a namespace of its own, so that no client can be taken for a user
    /// (RFC 9068 §5).
    public let subject: String
    /// Argon2id as a PHC string.
    public let passwordHash: String
    /// Whether the user may get tokens at all.
    public let isEnabled: Bool
    /// Epoch seconds before which nothing that was issued for the user is valid: tokens, refresh
    /// tokens and login sessions.
    public let tokensValidFrom: Int64

    /// Whether what was issued for the user at `time`, in epoch seconds, is still valid.
    func honours(_ time: Int64) -> Bool { isEnabled && time >= tokensValidFrom }

    /// A user from its parts.
    public init(
        subject: String,
        passwordHash: String,
        isEnabled: Bool,
        tokensValidFrom: Int64 = 0
    ) {
        self.subject = subject
        self.passwordHash = passwordHash
        self.isEnabled = isEnabled
        self.tokensValidFrom = tokensValidFrom
    }
}

/// The data of all decisions at one moment.
///
/// Swapped whole.
public final class Registry: Sendable {
    /// Every client, disabled ones included.
    public let clients: ClientRegistry
    /// Users by name.
    public let users: [String: User]
    /// The verifier of each trust set, by its name, with the current revocation lists.
    public let trustSets: [String: ChainVerifier]
    /// The trusted issuers.
    public let issuers: TrustedIssuers
    /// The trust domains of trust sets that have a SPIFFE bundle, by the sets' names.
    public let trustDomains: [String: TrustDomain]
    /// The names of users whose subject is not the usual one, by their subjects.
    private let namesBySubject: [String: String]

    /// The user whose tokens have this `sub`; nil where there is none.
    func user(subject: String) -> User? {
        // By bytes: of characters, the prefix's last one would take on a combining mark.
        let prefix = User.subjectPrefix.utf8
        if subject.utf8.starts(with: prefix) {
            let name = String(decoding: subject.utf8.dropFirst(prefix.count), as: UTF8.self)
            if let user = users[name], user.subject.isSameBytes(as: subject) { return user }
        }
        return namesBySubject[subject].flatMap { users[$0] }
    }

    /// The user of a token's `sub`, which may be the name alone (`UserSubject.bare`).
    ///
    /// By either spelling, whatever is configured now: a token keeps the one of its issue.
    func user(ofToken subject: String) -> User? {
        user(subject: subject) ?? user(subject: User.subjectPrefix + subject)
    }

    /// Grows with every swap; invalidates values derived from an older registry.
    public let generation: UInt64

    /// A registry from its parts.
    public init(
        clients: ClientRegistry,
        users: [String: User],
        trustSets: [String: ChainVerifier] = [:],
        issuers: TrustedIssuers = TrustedIssuers(),
        trustDomains: [String: TrustDomain] = [:],
        generation: UInt64
    ) {
        self.clients = clients
        self.users = users
        namesBySubject = users.reduce(into: [:]) { names, entry in
            let usual = User.subjectPrefix + entry.key
            guard !entry.value.subject.isSameBytes(as: usual) else { return }
            names[entry.value.subject] = entry.key
        }
        self.trustSets = trustSets
        self.issuers = issuers
        self.trustDomains = trustDomains
        self.generation = generation
    }
}
