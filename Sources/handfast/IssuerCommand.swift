// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration
internal import Storage
internal import Text

/// Trusted issuers: other authorization servers whose JWTs count here.
struct IssuerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issuer",
        abstract: "Trust other authorization servers, whose JWTs clients exchange for tokens.",
        discussion: """
            A client that is named here, and registered for the grant jwt_bearer, presents a JWT \
            of the issuer and gets a token for its subject (RFC 7523). The subject of the token \
            is always NAME:sub. What is changed holds in a running server within a second.

            Example:

              handfast issuer add partner --issuer https://idp.partner.example --alg ES256 \\
                --jwks-uri https://idp.partner.example/jwks --clients billing --data DIR
            """,
        subcommands: [
            IssuerAdd.self, IssuerList.self, IssuerShow.self, IssuerUpdate.self, IssuerRemove.self,
        ]
    )
}

/// The argument that names the issuer.
struct IssuerArgument: ParsableArguments {
    @Argument(
        help: "The name of the issuer, with which its subjects begin here: a-z, 0-9 and -."
    )
    var name: String
}

/// Registers an issuer.
struct IssuerAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Trust an issuer."
    )

    @OptionGroup var argument: IssuerArgument
    @OptionGroup(title: "Trust") var options: IssuerOptions
    @OptionGroup var data: DataOptions

    @Flag(help: "Print the new issuer as a JSON object.")
    var json = false

    func run() throws {
        let now = epochSeconds()
        let made = try IssuerRegistration.new(argument.name, options.change(now: now), at: now)
        let store = try data.open(creating: true)
        try made.insert(into: store, by: .thisCommand, at: now)
        Output.warn(try made.warnings(in: store))
        let issuer = made.issuer
        print(json ? IssuerFacts.information(issuer).indentedText : "added: \(issuer.name)")
    }
}

/// Lists issuers.
struct IssuerList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the trusted issuers by name."
    )

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON array.")
    var json = false

    func run() throws {
        try Output.show(IssuerFacts.presentation(of: data.open().issuers()), json: json)
    }
}

/// Shows one issuer.
struct IssuerShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show an issuer, and when its keys were fetched."
    )

    @OptionGroup var argument: IssuerArgument
    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() throws {
        let issuer = try IssuerFacts.presentation(
            of: argument.name,
            in: data.open(),
            now: epochSeconds()
        )
        try Output.show(issuer, json: json)
    }
}

/// Changes an issuer.
struct IssuerUpdate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change an issuer.",
        discussion: """
            Only what is named changes, and it replaces what is there: with --clients, name every \
            client that the issuer is to have.
            """
    )

    @OptionGroup var argument: IssuerArgument
    @OptionGroup(title: "Trust") var options: IssuerOptions

    @Flag(help: "Expect this server's issuer as aud again.")
    var noExpectAudience = false

    @Flag(help: "Accept every subject of the issuer.")
    var noSubjects = false

    @Flag(help: "Leave the audiences of tokens to the clients.")
    var noTokenAudiences = false

    @Flag(help: "Leave the scopes of tokens to the clients.")
    var noScopes = false

    @OptionGroup var removedLabels: LabelRemovalOptions

    @OptionGroup var data: DataOptions

    @Flag(help: "Print the changed issuer as a JSON object.")
    var json = false

    func validate() throws {
        for (flag, isGiven, isUndone) in [
            ("--expect-audience", options.expectAudience != nil, noExpectAudience),
            ("--subjects", options.subjects != nil, noSubjects),
            ("--token-audiences", options.tokenAudiences != nil, noTokenAudiences),
            ("--scopes", options.scopes != nil, noScopes),
        ] where isGiven && isUndone {
            throw ValidationError("Give either \(flag) or --no-\(flag.dropFirst(2)).")
        }
    }

    func run() throws {
        let now = epochSeconds()
        try IssuerRegistration.check(name: argument.name)
        var change = try options.change(now: now)
        if noExpectAudience { change.audience = IssuerChange.OptionalChange.none }
        if noSubjects { change.subjects = IssuerChange.OptionalChange.none }
        if noTokenAudiences { change.tokenAudiences = [] }
        if noScopes { change.scopes = [] }
        change.labels.removed = removedLabels.noLabel
        guard !change.isEmpty else {
            throw Output.usage("There is nothing to change. Give one of the options of Trust.")
        }
        let store = try data.open()
        let made = try IssuerRegistration.change(
            argument.name,
            by: change,
            in: store,
            by: .thisCommand,
            at: now
        )
        Output.warn(try made.warnings(in: store))
        let issuer = made.issuer
        print(json ? IssuerFacts.information(issuer).indentedText : "changed: \(issuer.name)")
    }
}

/// Removes an issuer.
struct IssuerRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Trust an issuer no more: its JWTs are refused within a second."
    )

    @OptionGroup var argument: IssuerArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        try IssuerRegistration.check(name: argument.name)
        try data.open().removeIssuer(argument.name, by: .thisCommand, at: epochSeconds())
        print("removed: \(argument.name)")
    }
}
