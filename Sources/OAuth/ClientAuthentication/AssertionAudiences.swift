// SPDX-License-Identifier: Apache-2.0
/// The accepted audiences of assertions, for profiles that want the issuer alone and for others.
public struct AssertionAudiences: Sendable {
    private let anyOfOurs: AssertionPolicy
    private let issuerAlone: AssertionPolicy

    /// `endpoints` are URLs of this server that older clients name in place of the issuer.
    public init(issuer: String, endpoints: [String]) {
        anyOfOurs = AssertionPolicy(
            issuer: issuer,
            audience: .issuerOrEndpoints(endpoints)
        )
        issuerAlone = AssertionPolicy(issuer: issuer, audience: .issuerAlone)
    }

    func policy(wantsIssuerAlone: Bool) -> AssertionPolicy {
        wantsIssuerAlone ? issuerAlone : anyOfOurs
    }
}
