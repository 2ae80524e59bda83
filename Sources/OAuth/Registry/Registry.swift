/// A person who may use the password grant.
public struct User: Sendable, Equatable {
    /// `sub` of the tokens; in a space of its own, so that no client can be taken for a user (RFC 9068 §5).
    public let subject: String
    /// Argon2id as a PHC string.
    public let passwordHash: String
    public let isEnabled: Bool

    public init(subject: String, passwordHash: String, isEnabled: Bool) {
        self.subject = subject
        self.passwordHash = passwordHash
        self.isEnabled = isEnabled
    }
}

/// Everything that a decision is made against, at one moment. Swapped whole.
public final class Registry: Sendable {
    public let clients: ClientRegistry
    public let users: [String: User]
    /// Grows with every swap; what was derived from an older one must be derived again.
    public let generation: UInt64

    public init(clients: ClientRegistry, users: [String: User], generation: UInt64) {
        self.clients = clients
        self.users = users
        self.generation = generation
    }
}
