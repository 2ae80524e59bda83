// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The fields of token exchange (RFC 8693) in a form about a client.
enum ExchangeFields {
    /// The grant that they are for, as a client's document names it (RFC 8693 §2.1).
    static let grant = "urn:ietf:params:oauth:grant-type:token-exchange"

    private static let audiences = "own_audiences"
    private static let mode = "exchange_mode"
    private static let takesBound = "exchange_bound_tokens"

    private static let modes = [
        ("delegate", "The token names it as the actor (delegate)"),
        ("impersonate", "The token names no actor; each is in the audit (impersonate)"),
    ]
    private static let boundBoxes = [
        ("true", "Tokens bound to the certificates of others", "it has to check who sent them")
    ]

    /// The members that have a field here.
    static let members = [audiences, mode, takesBound]

    /// The members that a form changes: none where it lacks these fields.
    static func changes(_ form: FieldValues) -> [String: JSONValue] {
        guard form[audiences] != nil else { return [:] }
        var changes: [String: JSONValue] = [
            audiences: .texts(ClientFields.lines(form, audiences)),
            // A box that is not ticked is not sent.
            takesBound: .boolean(form.all(takesBound).contains(boundBoxes[0].0)),
        ]
        let chosen = form.trimmed(mode)
        if !chosen.isEmpty { changes[mode] = .string(chosen) }
        return changes
    }

    /// The values of a form that shows a client as it is registered.
    static func values(_ client: JSONValue) -> [(String, String)] {
        let isBound = client[takesBound]?.isTrue == true
        return [
            (audiences, (client[audiences]?.list ?? []).joined(separator: "\n")),
            (mode, client[mode]?.text ?? modes[0].0),
        ] + (isBound ? [(takesBound, boundBoxes[0].0)] : [])
    }

    /// The fields, folded away for clients that exchange nothing.
    static func markup(_ form: FieldValues, _ problem: ServerProblemDetails?) -> HTML {
        let grants = form.all("grant_types")
        let wrong = problem?.texts(audiences, mode, takesBound) ?? []
        let isOpen = grants.contains(grant) || !wrong.isEmpty
        let own = FormField(
            audiences,
            "Its own audiences",
            .area(rows: 2),
            values: form.all(audiences),
            hint: """
                One a line. The names under which it is sent tokens of others: it may exchange those
                that are for one of them.
                """,
            problems: problem?.texts(audiences) ?? [],
            isCode: true
        )
        let kind = FormField(
            mode,
            "Exchanged tokens",
            .choice(modes),
            values: form.all(mode),
            problems: problem?.texts(mode) ?? []
        )
        let bound = FormField(
            takesBound,
            "Exchanges also",
            .boxes(boundBoxes),
            values: form.all(takesBound),
            problems: problem?.texts(takesBound) ?? []
        )
        return """
            <details class="field"\(if: isOpen, " open")>
            <summary>For the grant token_exchange</summary>
            \(own.markup)\(kind.markup)\(bound.markup)</details>

            """
    }
}
