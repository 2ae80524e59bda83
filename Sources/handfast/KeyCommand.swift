// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import OAuth
internal import Registration
internal import Storage

/// The server's own keys.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "List and rotate the keys that sign and seal tokens.",
        discussion: """
            The first start of the server makes the first keys. A key is used from the time it \
            becomes active until a newer one does. A signing key (ES256; others where clients are \
            registered for another algorithm) stays in the JWK Set until the last token that it \
            signed has expired. A sealing key (A256GCM), which encrypts sealed tokens, is never \
            published. With keys.rotate_days, the server rotates its keys by itself.
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

    @Flag(help: "Print a JSON array; times in seconds since 1970.")
    var json = false

    func run() throws {
        let keys = try data.open().keys()
        try Output.show(TokenKeyInformation.presentation(of: keys, now: epochSeconds()), json: json)
    }
}

extension TokenKeyKind: ExpressibleByArgument {
    /// Takes the word of `key list` too.
    public init?(argument: String) { self.init(named: argument) }

    /// The word that help gives as the default.
    public var defaultValueDescription: String { word }
}

/// An algorithm by which access tokens can be signed.
struct TokenAlgorithm: ExpressibleByArgument {
    let algorithm: SignatureAlgorithm

    init?(argument: String) {
        let found = SigningKeys.algorithms.first { $0.rawValue == argument }
        guard let found else { return nil }
        algorithm = found
    }

    static var allValueStrings: [String] { SigningKeys.algorithms.map(\.rawValue) }
}

/// Makes a new key.
struct KeyRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Make a new key, and end the others of its kind when it becomes active.",
        discussion: """
            A signing key signs JWTs. The new one is published at once and signs only after \
            --active-in, so that resource servers that keep a copy of the JWK Set have it by then. \
            A sealing key encrypts sealed tokens, which only introspection can read; the pause \
            gives every node time to load it.

            When a key was stolen, use --active-in 0 and --forget: JWTs that it signed are \
            refused as soon as resource servers have read the JWK Set again, sealed tokens within \
            a second.
            """
    )

    @Option(help: .value("kind", "Which key: signing (of ES256, the default) or sealing."))
    var kind: TokenKeyKind?

    @Option(
        name: .customLong("alg"),
        help: .value("algorithm", "A signing key of this algorithm.")
    )
    var algorithm: TokenAlgorithm?

    @Option(help: .value("seconds", "How long the new key waits before it is used."))
    var activeIn: Int64 = 300

    @Flag(help: "Also remove all other keys of this kind, now.")
    var forget = false

    @OptionGroup var data: DataOptions

    func run() throws {
        try TokenKeyRotation.check(activeIn: activeIn, forget: forget)
        let kind = try TokenKeyRotation.kind(kind, algorithm?.algorithm)
        let key = try TokenKeyRotation.rotate(
            kind,
            activeIn: activeIn,
            forget: forget,
            in: data.open(),
            by: .thisCommand,
            at: epochSeconds()
        )
        print("kid: \(key.keyID)")
        print("active from: \(CertificateTime.text(key.activeFrom))")
    }
}
