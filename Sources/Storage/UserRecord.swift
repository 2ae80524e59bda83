// SPDX-License-Identifier: Apache-2.0
/// One resource owner, who signs in at pages or by the password grant.
public struct UserRecord: Sendable, Equatable {
    /// The name that the user types; unique.
    public var name: String
    /// The `sub` of tokens issued for this user; unique, and never that of a client.
    public var subject: String
    /// The Argon2id hash as a PHC string; empty without a password.
    public var passwordHash: String
    /// Short texts by which people and programs find the user.
    public var labels: [String: String]
    /// Whether this user may authenticate.
    public var enabled: Bool
    /// Epoch seconds of the registration.
    public var createdAt: Int64
    /// Epoch seconds before which nothing that was issued for this user is valid: tokens, refresh
    /// tokens and login sessions.
    public var tokensValidFrom: Int64
    /// Counts up with each change of the record, from 1.
    public var version: Int64

    /// A record from its parts; nothing is checked before it is written.
    public init(
        name: String,
        subject: String,
        passwordHash: String,
        labels: [String: String] = [:],
        enabled: Bool = true,
        createdAt: Int64,
        tokensValidFrom: Int64 = 0,
        version: Int64 = 1
    ) {
        self.name = name
        self.subject = subject
        self.passwordHash = passwordHash
        self.labels = labels
        self.enabled = enabled
        self.createdAt = createdAt
        self.tokensValidFrom = tokensValidFrom
        self.version = version
    }
}

extension UserRecord {
    /// The hash of a user without a password: no password has it.
    package static let noPassword = ""

    /// Whether there is a password by which the user can sign in.
    package var hasPassword: Bool { passwordHash != Self.noPassword }

    /// Ends everything that was issued until `time`, that second included.
    package mutating func endTokens(at time: Int64) {
        tokensValidFrom = TokenValidity.start(after: tokensValidFrom, endedAt: time)
    }
}
