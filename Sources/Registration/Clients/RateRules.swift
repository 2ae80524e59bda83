// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Storage

/// The rules of how often a client may ask.
enum RateRules {
    /// Everything that is wrong with the client's rate.
    static func findings(_ client: ClientRecord) -> [RegistrationFinding] {
        guard let rate = client.rate else { return [] }
        var findings: [RegistrationFinding] = []
        if RequestRate(rate) == nil {
            findings.refuse(
                .rate,
                "\(field: .rate) is \(RequestRate.form).",
                "Give it like 100/60, without spaces and leading zeros."
            )
        }
        // Its client_id is all that it shows: a stranger who knows that could spend its requests.
        if client.method == .publicClient {
            findings.refuse(
                .rate,
                with: [.authenticationMethod],
                "A client with the method none proves nothing, so that everybody could spend its"
                    + " requests.",
                "Leave \(field: .rate) out, or let the client authenticate."
            )
        }
        return findings
    }

    /// The rate for people.
    static func fact(_ client: ClientRecord) -> String {
        if let rate = client.rate { return "\(rate) s" }
        return client.method == .publicClient ? "none" : "the server's default"
    }
}
