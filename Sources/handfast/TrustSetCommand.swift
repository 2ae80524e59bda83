// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration
internal import Storage
internal import Text

/// Trust sets: CAs under one name, for many clients.
struct TrustSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust-set",
        abstract: "Name sets of CAs, with their revocation lists, for clients to share.",
        discussion: """
            A client of tls_client_auth is registered with CAs of its own, or with a trust set \
            (`handfast client add NAME --trust-set SET --subject-dn DN`). What is changed in a set \
            holds for all of its clients, in a running server within a second.

            The set of a trust domain has the CAs of its SPIFFE bundle, for clients of spiffe_x509 \
            (`handfast client add NAME --trust-set SET --spiffe-id ID`).

            Examples:

              handfast trust-set add internal --data DIR --ca-certificate ca.pem --crl ca.crl
              handfast trust-set add mesh --data DIR --trust-domain example.org \
            --spiffe-bundle https://spire.example.org/bundle.json
            """,
        subcommands: [
            TrustSetAdd.self, TrustSetList.self, TrustSetShow.self, TrustSetUpdate.self,
            TrustSetRemove.self,
        ]
    )
}

/// The argument that names the trust set.
struct TrustSetArgument: ParsableArguments {
    @Argument(help: "The name of the trust set.")
    var name: String
}

/// Makes a trust set.
struct TrustSetAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make a trust set."
    )

    @OptionGroup var argument: TrustSetArgument
    @OptionGroup(title: "Trust") var options: TrustSetOptions

    @Option(
        help: .value(
            "name",
            "The SPIFFE trust domain that the set is for, such as example.org."
        )
    )
    var trustDomain: String?

    @OptionGroup var data: DataOptions

    @Flag(help: "Print the new trust set as a JSON object.")
    var json = false

    func run() throws {
        let now = epochSeconds()
        var change = try options.change(now: now)
        change.trustDomain = trustDomain
        let made = try TrustSetRegistration.new(argument.name, change, at: now)
        let set = made.set
        try made.insert(into: data.open(creating: true), by: .thisCommand, at: now)
        Output.warn(made.warnings)
        Output.warn(KnownPublicCAs.warnings(of: set))
        print(json ? TrustSetInformation.value(set).indentedText : "added: \(set.name)")
    }
}

/// Lists trust sets.
struct TrustSetList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the trust sets by name."
    )

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON array.")
    var json = false

    func run() throws {
        let sets = try data.open().trustSets()
        try Output.show(TrustSetFacts.presentation(of: sets, now: epochSeconds()), json: json)
    }
}

/// Shows one trust set.
struct TrustSetShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the CAs and the revocation lists of a trust set."
    )

    @OptionGroup var argument: TrustSetArgument
    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() throws {
        let set = try TrustSetFacts.presentation(
            of: argument.name,
            in: data.open(),
            now: epochSeconds()
        )
        try Output.show(set, json: json)
    }
}

/// Changes a trust set.
struct TrustSetUpdate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change a trust set, for all of its clients.",
        discussion: """
            Only what is named changes, and it replaces what is there: with --ca-certificate, name \
            every CA that the set is to have.
            """
    )

    @OptionGroup var argument: TrustSetArgument
    @OptionGroup(title: "Trust") var options: TrustSetOptions

    @Option(
        help: .value(
            "sequence",
            "Take bundles from this sequence (spiffe_sequence) on, though it is below the last"
                + " one.",
            discussion: "After the SPIFFE server was rebuilt; a bundle without a sequence has 0."
        )
    )
    var acceptSequence: Int64?

    @Flag(name: .customLong("no-crl"), help: "Take all revocation lists away.")
    var forgetsSources = false

    @Flag(
        name: .customLong("no-allow-server-auth"),
        help: "End what --allow-server-auth-until allows, now."
    )
    var endsServerAuth = false

    @OptionGroup var removedLabels: LabelRemovalOptions

    @OptionGroup var data: DataOptions

    @Flag(help: "Print the changed trust set as a JSON object.")
    var json = false

    func validate() throws {
        guard !forgetsSources || options.crl.isEmpty else {
            throw ValidationError("Give either --crl or --no-crl.")
        }
        guard !endsServerAuth || options.allowServerAuthUntil == nil else {
            throw ValidationError(
                "Give either --allow-server-auth-until or --no-allow-server-auth."
            )
        }
    }

    func run() throws {
        let now = epochSeconds()
        try TrustSetRegistration.check(name: argument.name)
        var change = try options.change(now: now)
        if forgetsSources { change.sources = [] }
        change.endsServerAuth = endsServerAuth
        change.acceptedSequence = acceptSequence
        change.labels.removed = removedLabels.noLabel
        guard !change.isEmpty else {
            throw Output.usage(
                "There is nothing to change. Give --ca-certificate, --crl, --no-crl, --revocation,"
                    + " --allow-server-auth-until, --no-allow-server-auth, --spiffe-bundle,"
                    + " --max-staleness, --accept-sequence, --label or --no-label."
            )
        }
        let (made, before) = try TrustSetRegistration.change(
            argument.name,
            by: change,
            in: data.open(),
            by: .thisCommand,
            at: now
        )
        let set = made.set
        Output.warn(made.warnings(after: change, before: before, now: now))
        if change.namesCAs { Output.warn(KnownPublicCAs.warnings(of: set)) }
        print(json ? TrustSetInformation.value(set).indentedText : "changed: \(set.name)")
    }
}

/// Removes a trust set.
struct TrustSetRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a trust set that no client uses."
    )

    @OptionGroup var argument: TrustSetArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        try data.open().removeTrustSet(argument.name, by: .thisCommand, at: epochSeconds())
        print("removed: \(argument.name)")
    }
}
