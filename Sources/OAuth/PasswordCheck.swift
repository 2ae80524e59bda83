// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// A pending password check.
///
/// Plain values: it crosses to the worker pool, and its result comes back.
public struct PasswordCheck: Sendable {
    /// The user of the given name; nil if there is none.
    public let user: User?
    private let password: [UInt8]
    private let hash: String

    /// RFC 6749 names no limit; without one an unauthenticated caller could have megabytes hashed.
    public static let passwordBytesMax = 1024

    /// `dummyHash` is verified against where there is no user: an unknown one costs as much as a
    /// known one.
    init(_ password: [UInt8], of user: User?, dummyHash: String) {
        self.user = user
        self.password = password
        // A user without a password has no hash, and costs as much as any other one.
        let known = user?.passwordHash ?? ""
        hash = known.isEmpty ? dummyHash : known
    }

    /// A hash that tells passwords apart within this process; seeded, and of no use elsewhere.
    public var fingerprint: Int {
        var hasher = Hasher()
        hasher.combine(password)
        return hasher.finalize()
    }

    /// Whether the password is the user's.
    ///
    /// Takes tens of milliseconds: for the worker pool.
    public func run() -> Bool {
        PasswordHash.verify(password, against: hash) && user != nil
    }
}

/// The key of the password throttle.
///
/// A user's name is hashed as a `String`, since users are found by the equality of strings: `é` has
/// two spellings, and is one user's.
public enum PasswordThrottleKey: Sendable, Hashable {
    /// The password grant: user and client, so that attempts through one client do not slow the
    /// user down at another. A public client needs no credential: there the network counts too.
    case grant(client: ClientID, username: String, isOfPublicClient: Bool)
    /// The sign-in page: by user and, apart from that, by network, whatever client sent the user.
    case signIn(username: String)
}
