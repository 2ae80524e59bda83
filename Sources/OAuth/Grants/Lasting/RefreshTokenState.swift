// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Storage

/// The state of a presented refresh token within its family.
enum RefreshTokenState {
    /// The one that is to be used.
    case current
    /// Used a moment ago: its successor, which was not used yet, is given again.
    case repeated(successor: RefreshToken)
    /// An earlier one: somebody has used it twice (RFC 9700 §4.14.2).
    case reused

    /// A clock that was set back by less than the grace does not throw a client out.
    ///
    /// `wasCurrent` says that this request has read the token as the current one, before another
    /// request used it: a write that took long throws neither out.
    init(
        _ token: RefreshToken,
        in family: RefreshFamilyRecord,
        _ keys: SuccessorKeys,
        grace: Int64,
        wasCurrent: Bool = false,
        now: Int64
    ) {
        let digest = token.digest
        if SecretComparison.equal(digest.span, family.current.span) {
            self = .current
            return
        }
        let window = (family.rotatedAt - grace)..<(family.rotatedAt + grace)
        let isInTime = window.contains(now) || wasCurrent && grace > 0
        if let previous = family.previous,
            SecretComparison.equal(digest.span, previous.span), isInTime,
            let successor = token.successor(family.current, keys)
        {
            self = .repeated(successor: successor)
        } else {
            self = .reused
        }
    }
}
