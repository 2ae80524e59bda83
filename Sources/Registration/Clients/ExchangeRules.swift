// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Storage

/// The rules of token exchange (RFC 8693) in a client's registration.
enum ExchangeRules {
    /// Everything that is wrong with them.
    static func findings(_ client: ClientRecord) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        if ExchangeMode(rawValue: client.exchangeMode) == nil {
            let known = ExchangeMode.allCases.map(\.rawValue).joined(separator: " or ")
            findings.refuse(
                .exchangeMode,
                "There is no mode \(PrintableText.escaped(client.exchangeMode)) of token exchange.",
                "Choose \(known)."
            )
        }
        guard client.uses(.tokenExchange) else { return findings + withoutGrant(client) }
        if client.method == .publicClient {
            findings.refuse(
                .grantTypes,
                with: [.authenticationMethod],
                "A client with the method none cannot use \(Grant.tokenExchange.word): whoever has"
                    + " found a token could exchange it.",
                "Leave the grant out, or choose a method."
            )
        }
        return findings
    }

    /// A setting without effect would look like one that has it.
    private static func withoutGrant(_ client: ClientRecord) -> [RegistrationFinding] {
        let settings: [(RegistrationField, Bool, RegistrationText)] = [
            (
                .ownAudiences, !client.ownAudiences.isEmpty,
                "Add the grant to \(field: .grantTypes), or take the audiences away."
            ),
            (
                .exchangeMode, client.exchangeMode != ExchangeMode.delegate.rawValue,
                "Add the grant to \(field: .grantTypes), or give"
                    + " \(field: .exchangeMode, ExchangeMode.delegate.rawValue)."
            ),
            (
                .exchangesBoundTokens, client.exchangesBoundTokens,
                "Add the grant to \(field: .grantTypes), or leave"
                    + " \(field: .exchangesBoundTokens) out."
            ),
        ]
        return settings.compactMap { field, isSet, remedy in
            guard isSet else { return nil }
            return .invalid(
                field,
                with: [.grantTypes],
                "\(field: field) is for clients with the grant \(Grant.tokenExchange.word).",
                remedy: remedy
            )
        }
    }
}
