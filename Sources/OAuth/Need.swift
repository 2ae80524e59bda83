// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// What a decision needs of others: the one thing that leaves the request's thread.
public enum Need: Sendable {
    /// Tens of milliseconds of hashing.
    case password(PasswordCheck)
    /// The keys that the client publishes at its `jwks_uri`, as they are now.
    case clientKeys(ClientID)
    /// The use of an assertion in the store: no answer may leave before it is durable.
    case assertionUse(AssertionUse)
}

/// How a need was met; belongs to the need of the same name.
public enum Met: Sendable {
    /// Whether the password is the user's.
    case password(matches: Bool)
    /// The registry has the client's keys, as new as they can be.
    ///
    /// The request is decided once more by `respond`, which needs its form.
    case clientKeys
    /// The use is durable; `isFirst` is false where the store had it already.
    case assertionUse(isFirst: Bool)
    /// Nothing can be found out now: the decision stands as it was.
    case unavailable
    /// The need cannot be met: throttled, a full queue, a store that is away.
    case refused(OAuthError, retryAfter: Int)
}

/// A client's id, for those that know no clients.
public struct ClientID: Sendable, Hashable {
    /// In the characters that need no escape in JSON.
    public let bytes: [UInt8]

    /// An id from its bytes.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The same as a text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// The one use of an assertion.
public struct AssertionUse: Sendable {
    /// Names the assertion among all clients'.
    public let digest: Digest256
    /// Until when it is remembered, in seconds since 1970.
    public let until: Int64

    /// A use from its parts.
    public init(digest: Digest256, until: Int64) {
        self.digest = digest
        self.until = until
    }
}
