// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// A password that waits to be checked, whoever asks for it.
///
/// Plain values: it crosses to the worker pool, and its result comes back.
public struct PasswordCheck: Sendable {
    /// The user of the name that was given; nil where there is none.
    public let user: User?
    private let password: [UInt8]
    private let hash: String

    /// RFC 6749 names no limit; hashing a megabyte for an unknown caller would be a gift.
    public static let passwordBytesMax = 1024

    /// `dummyHash` is hashed against where there is no user: an unknown one costs as much as a
    /// known one.
    init(_ password: [UInt8], of user: User?, dummyHash: String) {
        self.user = user
        self.password = password
        hash = user?.passwordHash ?? dummyHash
    }

    /// Tells two passwords apart within this run of the program, and is of no use elsewhere.
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

/// Whose wrong passwords are counted together: those for one user through one client, so that
/// nobody slows a user down who comes through another client.
public struct PasswordThrottleKey: Sendable, Hashable {
    /// The client through which the user comes.
    public let client: ClientID
    /// The user's name as it was given; hashed as a `String`, since users are found by the
    /// equality of strings: `é` has two spellings, and is one user's.
    public let username: String
    /// Whether anybody can come through this client: then the network counts too.
    public let isOfPublicClient: Bool
}
