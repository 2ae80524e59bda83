// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// Resource owner password credentials (RFC 6749 §4.3), while the password is being checked.
///
/// RFC 9700 §2.4 says that this grant must not be used; only clients that an administrator
/// registers for it can.
public struct PasswordGrant: Sendable {
    /// The token's claims, without the user.
    let claims: TokenClaims
    /// The client, with its credentials.
    let caller: AuthenticatedClient
    /// The user as the request names it; there may be none of this name.
    private let username: String
    private let user: User?

    /// Public clients may use it (RFC 6749 §2.1); that users are trained to enter passwords is the
    /// objection of RFC 9700 to this grant.
    static let isForPublicClients = true

    /// Needs a password check.
    static func begin(
        _ form: borrowing FormFields,
        _ claims: TokenClaims,
        for caller: AuthenticatedClient,
        _ peer: some Peer,
        _ users: [String: User],
        dummyHash: String
    ) throws(OAuthError) -> GrantStep {
        guard let name = form.range(of: .username), let password = form.range(of: .password) else {
            throw .invalidRequest("username or password is missing", check: .passwordParameters)
        }
        guard password.count <= PasswordCheck.passwordBytesMax else {
            throw .invalidRequest("the password is too long", check: .passwordParameters)
        }
        let username = String(decoding: form.bytes[name], as: UTF8.self)
        let user = users[username]
        let check = PasswordCheck(
            Array(form.bytes[password]),
            of: user,
            dummyHash: dummyHash
        )
        let grant = PasswordGrant(
            claims: claims,
            caller: caller.waiting(peer),
            username: username,
            user: user
        )
        return .needs(.password(check), .password(grant))
    }

    var throttleKey: PasswordThrottleKey {
        .grant(
            client: ClientID(caller.client.id),
            username: username,
            isOfPublicClient: caller.client.policy.method == .publicClient
        )
    }

    /// The user, if the password matched and the registration is unchanged since.
    func user(matches: Bool, _ registry: Registry) -> ProvenUser? {
        guard matches, let user else { return nil }
        let proven = ProvenUser(name: username, user: user)
        return proven.isCurrent(in: registry) ? proven : nil
    }

    /// One text for an unknown user, a disabled one and a wrong password, against user enumeration.
    static var error: OAuthError {
        OAuthError(
            .invalidGrant,
            "the resource owner credentials are not valid",
            check: .password
        )
    }
}
