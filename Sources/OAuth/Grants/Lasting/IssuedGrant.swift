// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// The part of a grant that its access and refresh tokens have in common; in an object, because
/// most tokens have none.
public final class IssuedGrant: Sendable {
    /// The grant's id, which access tokens carry in their `jti`.
    public let id: [UInt8]
    /// The refresh token that goes with the access token; nil for none.
    let refreshToken: RefreshToken?

    /// Seconds that the access token lives at most.
    let tokenLifetime: Int64

    init(_ access: GrantedAccess, refreshToken: RefreshToken?) {
        id = access.grantID
        tokenLifetime = access.tokenLifetime
        self.refreshToken = refreshToken
    }
}
