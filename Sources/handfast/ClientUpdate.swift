// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration

/// Changes a client.
struct ClientUpdate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change what is registered for a client.",
        discussion: """
            Only what is named changes. --certificate and --ca-certificate add to what is \
            registered; the other options replace it. All of it happens at once or not at all.

            --jwks-uri takes the place of registered keys and certificates, and --jwks or \
            --certificate that of a URI with all that was fetched from it; --trust-set takes the \
            place of CAs, and --ca-certificate that of a trust set. With another --auth-method, \
            subject and CAs are given up: no other method looks at them.

            To change a certificate without a pause, add the new one, let the client use it, and \
            take the old one away with --remove-certificate.

            --claim adds a claim, or replaces the one of its name; --no-claim takes one away, and \
            --no-claims those that were registered, before the given ones are added. \
            --refresh-rotation, --refresh-lifetime, --refresh-idle and --rate take the word \
            default to leave them to the server again.
            """
    )

    @OptionGroup var argument: ClientArgument

    @Option(help: .value("name", "A new name."))
    var rename: String?

    // One thumbprint in 64 begins with a hyphen.
    @Option(
        parsing: .unconditionalSingleValue,
        help: .value(
            "thumbprint",
            "A registered certificate to take away, by its SHA-256. Repeatable."
        )
    )
    var removeCertificate: [String] = []

    @Option(
        name: .customLong("remove-ca-certificate"),
        parsing: .unconditionalSingleValue,
        help: .value("thumbprint", "A registered CA to take away, by its SHA-256. Repeatable.")
    )
    var removeCACertificate: [String] = []

    @Option(
        name: .customLong("no-claim"),
        help: .value("name", "A static claim to take away. Repeatable.")
    )
    var removeClaim: [String] = []

    @Flag(name: .customLong("no-claims"), help: "Take all registered static claims away.")
    var removeClaims = false

    @OptionGroup var removedLabels: LabelRemovalOptions

    @Flag(help: "Make a new client secret and print it once; the old one ends.")
    var newSecret = false

    @OptionGroup var writing: ClientWriting

    func run() throws {
        let now = epochSeconds()
        var change = try writing.options.change(now: now)
        change.name = rename
        change.removedCertificates = try removeCertificate.map(Thumbprint.parse)
        change.removedCAs = try removeCACertificate.map(Thumbprint.parse)
        change.removedClaims = removeClaim
        change.removesClaims = removeClaims
        change.labels.removed = removedLabels.noLabel
        guard newSecret || !change.isEmpty else {
            throw Output.usage(
                "There is nothing to change. Give an option that changes the registration, such as"
                    + " --scope, --certificate or --rename."
            )
        }
        if newSecret { change.secret = try ClientRegistration.newSecret() }
        let store = try writing.data.open()
        let made = try ClientRegistration.change(
            argument.client,
            by: change,
            in: store,
            by: .thisCommand,
            at: now
        )
        try writing.show(made, after: change, in: store)
    }
}
