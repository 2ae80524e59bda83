// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import OAuth
internal import Registration

/// The options of a client for refresh tokens, pushed requests and the form of its tokens; nil and
/// empty mean "not given".
struct GrantOptions: ParsableArguments {
    /// `on`, `off`, or the server's rule.
    enum Rotation: String, CaseIterable, ExpressibleByArgument {
        case on
        case off
        case byDefault = "default"

        var setting: ChangedSetting<Bool> {
            switch self {
            case .on: .value(true)
            case .off: .value(false)
            case .byDefault: .byDefault
            }
        }
    }

    /// A number of seconds, or the word `default`.
    struct Seconds: ExpressibleByArgument {
        let setting: ChangedSetting<Int>

        init?(argument: String) {
            if argument == "default" {
                setting = .byDefault
            } else if let seconds = Int(argument) {
                setting = .value(seconds)
            } else {
                return nil
            }
        }
    }

    @Option(
        help: .choice(
            "word",
            "Whether a used refresh token is replaced",
            of: Rotation.self,
            discussion: "By default the tokens of public clients, and those that are bound to no"
                + " certificate, are replaced (RFC 9700 §4.14.2)."
        )
    )
    var refreshRotation: Rotation?

    @Option(
        help: .value(
            "seconds",
            "How long after the grant its refresh tokens end; `default` for the server's."
        )
    )
    var refreshLifetime: Seconds?

    @Option(
        help: .value(
            "seconds",
            "How long without use its refresh tokens end; `default` for the server's."
        )
    )
    var refreshIdle: Seconds?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether its authorization requests must be pushed ones (RFC 9126)."
    )
    var requirePar: Bool?

    @Option(
        help: .value(
            "alg",
            "The algorithm that signs its access tokens: ES256, the default, ES384, EdDSA, PS256,"
                + " RS256."
        )
    )
    var tokenSigningAlg: String?

    @Option(
        help: .value(
            "name=JSON",
            "A claim that each of its tokens has, such as tenant='\"a\"'. Repeatable.",
            discussion: "`update` replaces the claim of this name, and leaves the others."
        )
    )
    var claim: [String] = []

    @Option(
        help: .value(
            "N/SECONDS",
            "How often it may ask: N requests in SECONDS; `default` for the server's.",
            discussion: "Up to N at once, after which each N-th part of SECONDS allows one more;"
                + " beyond it the answer is 429. Each node counts for itself."
        )
    )
    var rate: String?

    @Option(
        help: .value(
            "audience",
            "An audience that is this client itself: tokens for it, issued to any client, it may"
                + " exchange (RFC 8693). Repeatable; `none` for none."
        )
    )
    var ownAudience: [String] = []

    @Option(
        help: .choice(
            "mode",
            "Whether its exchanged tokens name it as the actor",
            of: ExchangeMode.self,
            discussion: "delegate, the default: `act` names it. impersonate: it acts as the"
                + " subject, and the audit has a row of each token."
        )
    )
    var exchange: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether it may exchange tokens that are bound to another party's certificate."
    )
    var exchangeBoundTokens: Bool?

    /// Writes what was said into `change`.
    func write(to change: inout ClientChange) {
        change.refreshRotation = refreshRotation?.setting
        change.refreshLifetime = refreshLifetime?.setting
        change.refreshIdle = refreshIdle?.setting
        change.requiresPushedRequests = requirePar
        change.tokenSigningAlgorithm = tokenSigningAlg
        change.rate = rate.map { $0 == "default" ? .byDefault : .value($0) }
        if !ownAudience.isEmpty {
            change.ownAudiences = ownAudience == ["none"] ? [] : ownAudience
        }
        change.exchangeMode = exchange.map { .value($0) }
        change.exchangesBoundTokens = exchangeBoundTokens
        change.claims = claim.map { StaticClaim(argument: $0) }
    }
}
