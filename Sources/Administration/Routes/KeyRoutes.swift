// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import OAuth
internal import Registration
internal import Storage
internal import Text

extension AdministrationActions {
    /// The keys that sign and seal tokens.
    var keyRoutes: [AdministrationRoute] {
        [
            AdministrationRoute(
                method: .get,
                path: "/keys",
                role: .read,
                summary: "The server's keys: kid, kind, state and dates; never a key itself.",
                successes: [.init(200, "Keys")],
                work: .store { _ in
                    let shown = TokenKeyInformation.presentation(of: try store.keys(), now: now)
                    return .json(.object(["keys": shown.value]))
                }
            ),
            AdministrationRoute(
                method: .post,
                path: "/keys",
                role: .administer,
                summary: "Make a new key, and end the others of its kind when it becomes active.",
                content: .json(schema: "NewKey", isOptional: true),
                successes: [.init(201, "Key")],
                problems: [409],
                work: .store { try rotate($0) }
            ),
        ]
    }

    /// The pause of `handfast key rotate`, in which copies of the JWK Set are read anew.
    private static let activeInSeconds: Int64 = 300

    private func rotate(_ request: AdministrationRequest) throws -> Response {
        var members = MemberReader(request.content.isEmpty ? [:] : try request.object())
        let word = members.text("kind")
        let kind = word.flatMap { TokenKeyKind(named: $0) }
        if word != nil, kind == nil {
            let words = TokenKeyKind.allCases.map(\.word).joined(separator: ", ")
            members.refuse("kind", "There is no such kind of key.", "Give one of \(words).")
        }
        let name = members.text("alg")
        let algorithm = SigningKeys.algorithms.first { $0.rawValue == name }
        if name != nil, algorithm == nil {
            let names = SigningKeys.algorithms.map(\.rawValue).joined(separator: ", ")
            members.refuse("alg", "No token is signed by it.", "Give one of \(names).")
        }
        let activeIn = members.number("active_in") ?? Self.activeInSeconds
        let forget = members.boolean("forget") ?? false
        try members.finish()
        let key = try ProblemDetails.ofRequest {
            try TokenKeyRotation.check(activeIn: activeIn, forget: forget)
            return try TokenKeyRotation.rotate(
                TokenKeyRotation.kind(kind, algorithm),
                activeIn: activeIn,
                forget: forget,
                in: store,
                by: request.author,
                at: now
            )
        }
        // Made: where the others cannot be read by now, its state is that of one by itself.
        let keys = (try? store.keys()) ?? []
        let all = keys.contains { $0.keyID == key.keyID } ? keys : [key]
        guard
            let made = TokenKeyInformation.all(all, now: now)
                .first(where: { $0.key.keyID == key.keyID })
        else { throw StoreError.noKey(key.keyID) }
        return .json(made.value, status: 201)
    }
}
