// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Registration
internal import Storage

extension ReplayChoice: ExpressibleByArgument {}

/// The options of `issuer add` and `issuer update`; nil and empty mean "not given".
struct IssuerOptions: ParsableArguments {
    @Option(help: .value("iss", "The iss of its JWTs, to the letter. No other issuer has it."))
    var issuer: String?

    @Option(help: .value("file", "A file with its public keys as a JWK Set (RFC 7517)."))
    var jwks: String?

    @Option(
        name: .customLong("jwks-uri"),
        help: .value(
            "url",
            "The https URL of its keys, fetched every hour, and for a key that is not known.",
            discussion: "Keys that could not be fetched for a day do not count: requests are"
                + " answered with 503."
        )
    )
    var jwksURI: String?

    @Option(
        help: .choice(
            "alg,alg",
            "The algorithms of its JWTs, separated by commas",
            of: SignatureAlgorithm.self
        )
    )
    var alg: String?

    @Option(
        help: .value("id,id", "The client_ids that may present its JWTs, separated by commas.")
    )
    var clients: String?

    @Option(help: .value("aud", "The one aud of its JWTs; this server's issuer by default."))
    var expectAudience: String?

    @Option(
        help: .value(
            "pattern",
            "Which of its subjects are accepted, such as 'repo:acme/*': * stands for any"
                + " characters. All are by default."
        )
    )
    var subjects: String?

    @Option(
        help: .value(
            "aud,aud",
            "The audiences that tokens may have, separated by commas; those of the client by"
                + " default."
        )
    )
    var tokenAudiences: String?

    @Option(
        help: .value(
            "scopes",
            "The scopes that tokens may have, separated by spaces; those of the client by default."
        )
    )
    var scopes: String?

    @Option(
        help: .value(
            "seconds",
            "How long its JWTs live at most, 1 to 3600;"
                + " \(IssuerRecord.maxLifetimeStandard) by default."
        )
    )
    var maxLifetime: Int?

    @Option(
        help: .choice(
            "choice",
            "Whether a JWT may be used again",
            of: ReplayChoice.self,
            discussion: "refuse, the default: each JWT has a jti, and is used once. allow: with a"
                + " --max-lifetime of at most \(IssuerRecord.replayLifetimeMax) alone."
        )
    )
    var replay: ReplayChoice?

    @OptionGroup(title: "Trust") var labels: LabelOptions
}

extension IssuerOptions {
    /// The change that the options ask for: files read, lists split; throws the problem with any.
    func change(now: Int64) throws(RegistrationError) -> IssuerChange {
        var files = RegistrationFiles(now: now)
        var change = IssuerChange()
        change.keySet = jwks.flatMap { files.keySet($0) }
        try files.conclude()
        change.issuer = issuer
        change.keysURI = jwksURI
        change.algorithms = alg.map { Self.list($0, separator: ",") }
        change.clients = clients.map { Self.list($0, separator: ",") }
        change.audience = expectAudience.map { .value($0) }
        change.subjects = subjects.map { .value($0) }
        change.tokenAudiences = tokenAudiences.map { Self.list($0, separator: ",") }
        change.scopes = scopes.map { Self.list($0, separator: " ") }
        change.maxLifetime = maxLifetime
        change.replay = replay?.rawValue
        change.labels = labels.change
        return change
    }

    private static func list(_ text: String, separator: Character) -> [String] {
        text.split(separator: separator).map(String.init)
    }
}
