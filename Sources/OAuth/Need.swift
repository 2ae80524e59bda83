// SPDX-License-Identifier: Apache-2.0
public import Cryptography
public import Storage

/// A dependency of a decision on another thread.
public enum Need: Sendable {
    /// A password hash, which takes tens of milliseconds.
    case password(PasswordCheck)
    /// The current keys at the client's `jwks_uri`.
    case clientKeys(ClientID)
    /// The current keys at the `jwks_uri` of the trusted issuer with this name.
    case issuerKeys(String)
    /// A durable record of the assertion's use: no answer may leave before it is written.
    case assertionUse(AssertionUse)
    /// A row of grants as it is now.
    case stored(GrantKey)
    /// A durable row of the audit: no token may leave before it is written.
    case audit(Impersonation)
    /// A durable change of grants: no answer may leave before it is written.
    case grant(GrantWrite)
}

/// The result of a need; belongs to the need of the same name.
public enum Met: Sendable {
    /// Whether the password is the user's.
    case password(matches: Bool)
    /// The registry has the client's keys, as fresh as possible.
    ///
    /// `respond` decides the request once more, and needs its form.
    case clientKeys
    /// The registry has the issuer's keys, as fresh as possible.
    case issuerKeys
    /// The use is durable; `isFirst` is false if the store had it already.
    case assertionUse(isFirst: Bool)
    /// The row; nil where there is none.
    case stored(GrantRecord?)
    /// The result of the change, which is durable if it was made; `.done` for a row of the audit.
    case grant(GrantWriteResult)
    /// The need cannot be met now: the earlier refusal stands.
    case unavailable
    /// The need was refused: throttled, a full queue, an unavailable store.
    case refused(OAuthError, retryAfter: Int)
}

/// The party whose keys are at a `jwks_uri`.
public enum KeyOwner: Sendable, Hashable {
    /// The client with this id.
    case client(String)
    /// The trusted issuer of this name.
    case issuer(String)
}

/// A client's id, for modules without clients.
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
    /// The assertion's key in the replay memory, unique among all clients.
    public let digest: Digest256
    /// When the replay memory may forget it, in seconds since 1970.
    public let until: Int64

    /// A use from its parts.
    public init(digest: Digest256, until: Int64) {
        self.digest = digest
        self.until = until
    }
}
