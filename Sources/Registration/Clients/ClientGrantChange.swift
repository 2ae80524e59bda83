// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Storage

/// A value that a change gives, or takes away again.
package enum ChangedSetting<Value: Sendable & Equatable>: Sendable, Equatable {
    /// This value.
    case value(Value)
    /// None: the server's rule or default holds.
    case byDefault

    /// The value; nil for none.
    package var value: Value? {
        if case .value(let value) = self { value } else { nil }
    }
}

extension ClientRecord {
    /// Writes what `change` says of grants and of the form of tokens; returns the findings about
    /// the change itself.
    mutating func applyGrants(of change: ClientChange) -> [RegistrationFinding] {
        if let rotation = change.refreshRotation { refreshRotation = rotation.value }
        if let lifetime = change.refreshLifetime { refreshLifetime = lifetime.value }
        if let idle = change.refreshIdle { refreshIdle = idle.value }
        if let pushed = change.requiresPushedRequests { requiresPushedRequests = pushed }
        if let algorithm = change.tokenSigningAlgorithm {
            tokenSigningAlgorithm = algorithm
        }
        if let rate = change.rate { self.rate = rate.value }
        if let audiences = change.ownAudiences { ownAudiences = audiences }
        if let mode = change.exchangeMode {
            exchangeMode = mode.value ?? ExchangeMode.delegate.rawValue
        }
        if let bound = change.exchangesBoundTokens { exchangesBoundTokens = bound }
        var findings = applyClaims(of: change)
        // RFC 7591 §2.1: the two go together.
        if let types = change.responseTypes, types != responseTypes {
            findings.refuse(
                .responseTypes,
                with: [.grantTypes],
                "The response type `code` goes with the grant type authorization_code, and there is"
                    + " no other one (RFC 7591 §2.1).",
                "Leave \(field: .responseTypes) out, or give what \(field: .grantTypes) has."
            )
        }
        return findings
    }

    private mutating func applyClaims(of change: ClientChange) -> [RegistrationFinding] {
        guard !change.claims.isEmpty || !change.removedClaims.isEmpty || change.removesClaims
        else { return [] }
        var findings: [RegistrationFinding] = []
        // A text that cannot be read says nothing that could be kept.
        var claims = StaticClaims(stored: staticClaims) ?? StaticClaims()
        if change.removesClaims { claims.removeAll() }
        for name in change.removedClaims where !claims.remove(name) {
            findings.append(
                .conflict(
                    .claims,
                    "The client has no static claim \(PrintableText.escaped(name)).",
                    remedy: "See \(to: .showClient)."
                )
            )
        }
        for claim in change.claims where claim.value == nil {
            findings.refuse(
                .claims,
                "The value of the claim \(PrintableText.escaped(claim.name)) is no JSON.",
                "Give name=JSON; a text stands in quotation marks."
            )
        }
        if Set(change.claims.map(\.name)).count != change.claims.count {
            findings.refuse(.claims, "Each static claim is given once.")
        }
        claims.set(change.claims.filter { $0.value != nil })
        staticClaims = claims.stored
        return findings
    }
}
