internal import ArgumentParser
internal import Cryptography
internal import Store

/// The server's own keys.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "List and rotate the keys that sign tokens.",
        discussion: """
            The first start of the server makes the first key. A key signs from the time it \
            becomes active until a newer one does, and stays in the JWK Set until the last token \
            that it signed has expired.
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

/// Makes a new signing key.
struct KeyRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Make a new key that signs tokens, and end the others when it becomes active.",
        discussion: """
            The new key is published at once and signs only after --active-in, so that resource \
            servers that keep a copy of the JWK Set have it by then.

            When a key was stolen, use --active-in 0 and --forget: tokens that it signed are \
            refused as soon as resource servers have read the JWK Set again.
            """
    )

    /// The longest that an access token may live; until then an ended key verifies tokens.
    private static let tokenLifetimeMax: Int64 = 31_536_000

    @Option(
        help: ArgumentHelp("How long it is published before it signs.", valueName: "seconds")
    )
    var activeIn: Int64 = 300

    @Flag(help: "Also remove all other signing keys, now.")
    var forget = false

    @OptionGroup var data: DataOptions

    func validate() throws {
        guard (0...604_800).contains(activeIn) else {
            throw ValidationError("--active-in is from 0 to 604800 seconds, a week.")
        }
        guard activeIn == 0 || !forget else {
            throw ValidationError(
                "--forget leaves no key that signs until the new one is active. Add --active-in 0."
            )
        }
    }

    func run() throws {
        let now = epochSeconds()
        let store = try data.open()
        let key = try SigningKey.generate()
        let others = try store.keys().filter { $0.kind == "ES256" }
        // With nothing to sign in the meantime there is nothing to wait for.
        let activeFrom = others.isEmpty ? now : now + activeIn
        let record = KeyRecord(
            keyID: try key.thumbprint(),
            kind: "ES256",
            material: try key.pkcs8(),
            createdAt: now,
            activeFrom: activeFrom
        )
        try store.rotate(
            to: record,
            retiringOthersAt: activeFrom,
            removingEndedBefore: forget ? .max : now - Self.tokenLifetimeMax
        )
        print("kid: \(record.keyID)")
        print("active from: \(CertificateTime.text(activeFrom))")
    }
}
