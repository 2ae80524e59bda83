// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import OAuth
internal import Storage

/// The server's own keys.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "List and rotate the keys that sign and seal tokens.",
        discussion: """
            The first start of the server makes the first keys. A key is used from the time it \
            becomes active until a newer one does. A signing key (ES256) stays in the JWK Set \
            until the last token that it signed has expired, a sealing key (A256GCM) is never shown.
            """,
        subcommands: [KeyList.self, KeyRotate.self]
    )
}

/// Lists keys.
struct KeyList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the keys: kid, kind, state and dates; never the key itself."
    )

    @OptionGroup var data: DataOptions

    @Flag(help: "Print an array of objects; times in seconds since 1970.")
    var json = false

    private struct Information: Encodable {
        let kid: String
        let kind: String
        let state: String
        let created_at: Int64
        let active_from: Int64
        let retired_at: Int64?
    }

    func run() throws {
        let now = epochSeconds()
        let keys = try data.open().keys()
        guard json else {
            for key in keys {
                let until = key.retiredAt.map { " to \(CertificateTime.text($0))" } ?? ""
                print(
                    "\(key.keyID)  \(key.kind)  \(Self.state(key, among: keys, now: now))  active"
                        + " from \(CertificateTime.text(key.activeFrom))\(until)"
                )
            }
            return
        }
        let list = keys.map {
            Information(
                kid: $0.keyID,
                kind: $0.kind,
                state: Self.state($0, among: keys, now: now),
                created_at: $0.createdAt,
                active_from: $0.activeFrom,
                retired_at: $0.retiredAt
            )
        }
        print(try Output.json(list))
    }

    /// `keys` are in the order of their activation.
    private static func state(_ key: KeyRecord, among keys: [KeyRecord], now: Int64) -> String {
        if key.activeFrom > now { return "next" }
        let active = keys.last {
            $0.kind == key.kind && $0.activeFrom <= now && ($0.retiredAt ?? .max) > now
        }
        return key.keyID == active?.keyID ? "active" : "retired"
    }
}

/// What a key is for.
enum TokenKeyKind: String, CaseIterable, ExpressibleByArgument {
    case signing
    case sealing

    /// The store's word.
    var stored: String {
        switch self {
        case .signing: KeyRecord.signing
        case .sealing: KeyRecord.sealing
        }
    }

    /// Takes the word of `key list` too.
    init?(argument: String) {
        guard
            let kind = Self.allCases.first(where: {
                $0.rawValue == argument || $0.stored == argument
            })
        else { return nil }
        self = kind
    }

    /// A fresh key.
    func make(createdAt now: Int64, activeFrom: Int64) throws -> KeyRecord {
        switch self {
        case .signing:
            let key = try SigningKey.generate()
            return KeyRecord(
                keyID: try key.thumbprint(),
                kind: stored,
                material: try key.pkcs8(),
                createdAt: now,
                activeFrom: activeFrom
            )
        case .sealing:
            return KeyRecord(
                keyID: try RandomBytes.alphanumeric(28),
                kind: stored,
                material: try RandomBytes.make(32),
                createdAt: now,
                activeFrom: activeFrom
            )
        }
    }
}

/// Makes a new key.
struct KeyRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Make a new key, and end the others of its kind when it becomes active.",
        discussion: """
            A signing key signs JWTs. The new one is published at once and signs only after \
            --active-in, so that resource servers that keep a copy of the JWK Set have it by then. \
            A sealing key makes sealed tokens, which only introspection reads; the pause gives \
            every node time to learn of it.

            When a key was stolen, use --active-in 0 and --forget: JWTs that it signed are \
            refused as soon as resource servers have read the JWK Set again, sealed tokens within \
            a second.
            """
    )

    @Option(
        help: ArgumentHelp("Which key: signing or sealing.", valueName: "kind")
    )
    var kind = TokenKeyKind.signing

    @Option(
        help: ArgumentHelp("How long it is known before it is used.", valueName: "seconds")
    )
    var activeIn: Int64 = 300

    @Flag(help: "Also remove all other keys of this kind, now.")
    var forget = false

    @OptionGroup var data: DataOptions

    func validate() throws {
        guard (0...604_800).contains(activeIn) else {
            throw ValidationError("--active-in is from 0 to 604800 seconds, a week.")
        }
        guard activeIn == 0 || !forget else {
            throw ValidationError(
                "--forget leaves no key that works until the new one is active. Add --active-in 0."
            )
        }
    }

    func run() throws {
        let now = epochSeconds()
        let store = try data.open()
        let others = try store.keys().filter { $0.kind == kind.stored }
        // With nothing in use in the meantime there is nothing to wait for.
        let activeFrom = others.isEmpty ? now : now + activeIn
        let record = try kind.make(createdAt: now, activeFrom: activeFrom)
        // Until then an ended key may still verify a token.
        let tokenSecondsMax = Int64(RegistrationLimits.tokenLifetimeSecondsMax)
        try store.rotate(
            to: record,
            retiringOthersAt: activeFrom,
            removingEndedBefore: forget ? .max : now - tokenSecondsMax,
            by: .thisCommand,
            at: now
        )
        print("kid: \(record.keyID)")
        print("active from: \(CertificateTime.text(activeFrom))")
    }
}
