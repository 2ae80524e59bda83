// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import OAuth
package import Storage
package import Text

/// A new key in place of the others of its kind.
package struct TokenKeyRotation: Sendable {
    /// How long a new key may be known before it is used: a week.
    package static let activeInMax: Int64 = 604_800

    /// The new key.
    package let key: KeyRecord
    /// When the others end.
    package var retiringOthersAt: Int64 { key.activeFrom }
    /// Keys of the kind that end before it are removed.
    package let removingEndedBefore: Int64

    /// A rotation beside the keys that there are `now`.
    ///
    /// The new key is known for `activeIn` seconds before it is used; with `forget` the others go
    /// at once. Throws a `RegistrationError` with everything that is wrong.
    package init(
        _ kind: TokenKeyKind,
        activeIn: Int64,
        forget: Bool,
        beside keys: [KeyRecord],
        at now: Int64
    ) throws {
        try Self.check(activeIn: activeIn, forget: forget)
        // With nothing in use in the meantime there is nothing to wait for.
        let isFirst = !keys.contains { $0.kind == kind.stored }
        key = try kind.make(createdAt: now, activeFrom: isFirst ? now : now + activeIn)
        // Until then an ended key may still verify a token.
        let tokenSecondsMax = Int64(RegistrationLimits.tokenLifetimeSecondsMax)
        removingEndedBefore = forget ? .max : now - tokenSecondsMax
    }

    /// Makes a new key beside those of `store`, and writes both what it is and what the others
    /// become.
    package static func rotate(
        _ kind: TokenKeyKind,
        activeIn: Int64,
        forget: Bool,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws -> KeyRecord {
        let rotation = try TokenKeyRotation(
            kind,
            activeIn: activeIn,
            forget: forget,
            beside: try store.keys(),
            at: now
        )
        try store.rotate(
            to: rotation.key,
            retiringOthersAt: rotation.retiringOthersAt,
            removingEndedBefore: rotation.removingEndedBefore,
            by: author,
            at: now
        )
        return rotation.key
    }

    /// The kind of key that is meant: a signing key of `algorithm`, where one is named.
    package static func kind(
        _ kind: TokenKeyKind?,
        _ algorithm: SignatureAlgorithm?
    ) throws(RegistrationError) -> TokenKeyKind {
        guard let algorithm else { return kind ?? .signing }
        guard kind == nil || kind == .signing || kind == .signs(algorithm) else {
            throw RegistrationError(
                .invalid(
                    .keyKind,
                    "\(field: .keyKind) names another kind of key than the algorithm.",
                    remedy: "Give one of them."
                )
            )
        }
        return .signs(algorithm)
    }

    /// Throws everything that is wrong with what a rotation is to be.
    package static func check(activeIn: Int64, forget: Bool) throws(RegistrationError) {
        var findings: [RegistrationFinding] = []
        if !(0...activeInMax).contains(activeIn) {
            findings.append(
                .invalid(
                    .activeIn,
                    "\(field: .activeIn) is from 0 to \(Int(activeInMax)) seconds, a week.",
                    remedy: ""
                )
            )
        }
        if activeIn != 0, forget {
            findings.append(
                .invalid(
                    .forget,
                    with: [.activeIn],
                    "\(field: .forget) leaves no key that works until the new one is active.",
                    remedy: "Add \(field: .activeIn, "0")."
                )
            )
        }
        try RegistrationError.refuse(findings)
    }
}

/// A key of the server as it is shown: never the key itself.
package struct TokenKeyInformation: Sendable {
    package let key: KeyRecord
    /// `next`, `active` or `retired`.
    package let state: String

    /// How `keys`, in the order of their activation, stand `now`.
    package static func all(_ keys: [KeyRecord], now: Int64) -> [TokenKeyInformation] {
        keys.map { TokenKeyInformation(key: $0, state: state($0, among: keys, now: now)) }
    }

    /// The list of `keys`, in the order of their activation, as they stand `now`.
    package static func presentation(of keys: [KeyRecord], now: Int64) -> Presentation {
        let shown = all(keys, now: now)
        return Presentation(lines: shown.map(\.line), value: .array(shown.map(\.value)))
    }

    private static func state(_ key: KeyRecord, among keys: [KeyRecord], now: Int64) -> String {
        if key.activeFrom > now { return "next" }
        let active = keys.last {
            $0.kind == key.kind && $0.activeFrom <= now && ($0.retiredAt ?? .max) > now
        }
        return key.keyID == active?.keyID ? "active" : "retired"
    }

    /// For people.
    package var line: String {
        let until = key.retiredAt.map { " to \(CertificateTime.text($0))" } ?? ""
        return "\(key.keyID)  \(key.kind)  \(state)  active"
            + " from \(CertificateTime.text(key.activeFrom))\(until)"
    }

    /// For programs.
    package var value: JSONValue {
        var members: [String: JSONValue] = [
            "kid": .string(key.keyID),
            "kind": .string(key.kind),
            "state": .string(state),
            "created_at": .integer(key.createdAt),
            "active_from": .integer(key.activeFrom),
        ]
        members["retired_at"] = key.retiredAt.map { .integer($0) }
        return .object(members)
    }
}
