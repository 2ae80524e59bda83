// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP

/// A password that waits to be checked (RFC 6749 §4.3).
///
/// Plain values: it crosses to the worker pool and back.
///
/// RFC 9700 §2.4 says that this grant must not be used; it is here for the clients that an
/// administrator registers for it, and for nobody else.
public struct PasswordCheck: Sendable {
    let request: GrantRequest
    /// The user as the request names it; there may be none of this name.
    public let username: String
    let user: User?
    private let password: [UInt8]
    private let hash: String

    /// RFC 6749 names no limit; hashing a megabyte for an unknown caller would be a gift.
    public static let passwordBytesMax = 1024

    init(
        _ form: borrowing FormFields,
        _ request: GrantRequest,
        _ users: [String: User],
        decoy: String
    ) throws(OAuthError) {
        guard let name = form.range(of: .username), let password = form.range(of: .password) else {
            throw .invalidRequest("username or password is missing", check: .passwordParameters)
        }
        guard password.count <= Self.passwordBytesMax else {
            throw .invalidRequest("the password is too long", check: .passwordParameters)
        }
        self.request = request
        self.password = Array(form.bytes[password])
        username = String(decoding: form.bytes[name], as: UTF8.self)
        user = users[username]
        // An unknown or disabled user costs the same hashing as a known one.
        hash = user?.passwordHash ?? decoy
    }

    /// The client that asks, for the log.
    public var clientID: [UInt8] { request.client.id }

    /// Whether anybody can ask as this client.
    public var isOfPublicClient: Bool { request.client.policy.method == .publicClient }

    /// Whether a token would follow: a disabled user has a right password, and is told of none.
    public var isOfEnabledUser: Bool { user?.isEnabled ?? false }

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
