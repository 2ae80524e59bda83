// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// The moment from which on tokens count.
///
/// `iat` is in whole seconds, and so is the end of what was taken back: a token of the same second
/// would be dead at its issue.
extension Registry {
    /// Epoch seconds from which on a token of `client` for `subject` counts: nothing older does,
    /// since the tokens of one of them were taken back, or another one had its name before.
    ///
    /// Says nothing of whether they are there and enabled.
    func tokensValidFrom(
        _ client: Client,
        _ subject: [UInt8],
        _ kind: SubjectKind
    ) -> Int64 {
        let other: Int64?
        switch kind {
        case .client:
            other = subject == client.id ? nil : clients.client(subject.span)?.tokensValidFrom
        case .issuer: other = issuers.issuer(ofSubject: subject)?.created
        // A workload has no registration of its own.
        case .user where SPIFFEID.begins(subject): other = nil
        case .user:
            other = user(ofToken: String(decoding: subject, as: UTF8.self))?.tokensValidFrom
        }
        return max(client.tokensValidFrom, other ?? 0)
    }

    /// Epoch seconds from which on a token with `claims` counts that is issued now by `grant`.
    func tokensValidFrom(_ claims: borrowing TokenClaims, by grant: Grant) -> Int64 {
        let kind: SubjectKind
        switch grant {
        // The client itself, or a workload that has no registration of its own.
        case .clientCredentials: return claims.client.tokensValidFrom
        case .jwtBearer: kind = .issuer
        case .tokenExchange: kind = claims.exchange?.claims.subjectKind ?? .user
        case .password, .authorizationCode, .refreshToken: kind = .user
        }
        return tokensValidFrom(claims.client, claims.subject, kind)
    }
}

/// The time that something issued now has where it counts from `validFrom` on: a little later than
/// now in the second of a revocation, so that it is not dead at its issue.
enum IssueMoment {
    /// Resource servers allow for clocks that differ by as much.
    private static let secondsAheadMax: Int64 = 2

    /// `now`, or `validFrom` where that is at most two seconds ahead.
    ///
    /// Further ahead lies only what a clock says that was wrong, then or now: `now` then, because a
    /// clock that is put right must not keep clients from JWTs that verifiers accept.
    static func of(_ validFrom: Int64, now: Int64) -> Int64 {
        validFrom > now && validFrom - now <= secondsAheadMax ? validFrom : now
    }
}
