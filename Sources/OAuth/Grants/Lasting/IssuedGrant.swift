// SPDX-License-Identifier: Apache-2.0
/// The part of a grant that its access and refresh tokens have in common; in an object, because
/// most tokens have none.
public final class IssuedGrant: Sendable {
    /// The grant's id, which access tokens carry in their `jti`.
    public let id: [UInt8]
    /// The refresh token that goes with the access token; nil for none.
    let refreshToken: RefreshToken?

    init(id: [UInt8], refreshToken: RefreshToken?) {
        self.id = id
        self.refreshToken = refreshToken
    }
}
