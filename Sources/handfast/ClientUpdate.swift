// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import OAuth
internal import Storage

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
            """
    )

    @OptionGroup var argument: ClientArgument

    @Option(help: ArgumentHelp("A new name.", valueName: "name"))
    var rename: String?

    // One thumbprint in 64 begins with a hyphen.
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A registered certificate to take away, by its SHA-256. Repeatable.",
            valueName: "thumbprint"
        )
    )
    var removeCertificate: [String] = []

    @Option(
        name: .customLong("remove-ca-certificate"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A registered CA to take away, by its SHA-256. Repeatable.",
            valueName: "thumbprint"
        )
    )
    var removeAuthority: [String] = []

    @Flag(help: "Make a new client secret and print it once; the old one ends.")
    var newSecret = false

    @OptionGroup(title: "Registration") var options: ClientOptions
    @OptionGroup var data: DataOptions

    @Flag(help: "Print an RFC 7591 client information response.")
    var json = false

    func validate() throws {
        let isEmpty =
            options.isEmpty && rename == nil && removeCertificate.isEmpty
            && removeAuthority.isEmpty && !newSecret
        guard !isEmpty else {
            throw ValidationError(
                "There is nothing to change. Give an option that changes the registration, such as"
                    + " --scope, --certificate or --rename."
            )
        }
    }

    func run() throws {
        let now = epochSeconds()
        let change = try ClientChange(options, now: now)
        let removed = try removeCertificate.map(Thumbprint.parse)
        let removedAuthorities = try removeAuthority.map(Thumbprint.parse)
        let secret = newSecret ? try ClientSecretHash.generate() : nil
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        let client = try store.updateClient(
            clientID,
            uniqueName: true,
            by: .thisCommand,
            at: now
        ) { client in
            if let rename { client.name = rename }
            if !removed.isEmpty { try ClientCertificate.requireOwn(client) }
            if !removedAuthorities.isEmpty { try ClientCertificate.requireOwnAuthorities(client) }
            try Self.remove(removed, from: &client.certificates)
            try Self.remove(removedAuthorities, from: &client.certificateAuthorities)
            try change.apply(to: &client)
            try Self.applySecret(secret, to: &client)
            if client.authenticationMethod != ClientAuthenticationMethod.privateKeyJWT.rawValue {
                client.jwks = nil
            }
            try ClientRules.check(client, mayLackCertificate: !removed.isEmpty)
        }
        try PublicAuthorityReading.warn(
            own: change.authorities,
            trustSet: options.trustSet,
            in: store
        )
        try RegisteredText.show(client, secret: secret, json: json)
    }

    /// Takes the new secret, where the method has one; one in the clear ends with its method.
    private static func applySecret(_ secret: String?, to client: inout ClientRecord) throws {
        guard client.mayHaveSecret else {
            guard secret == nil else {
                throw Output.usage(
                    "\(client.authenticationMethod) has no secret. Leave --new-secret out."
                )
            }
            client.sharedSecret = nil
            if client.authenticationMethod == ClientAuthenticationMethod.publicClient.rawValue {
                client.secretHash = nil
            }
            return
        }
        if let secret {
            client.setSecret(secret)
        } else if client.authenticationMethod != ClientAuthenticationMethod.secretJWT.rawValue {
            client.sharedSecret = nil
        }
    }

    /// Takes away all of `thumbprints`; refuses one that is not there.
    static func remove(
        _ thumbprints: [[UInt8]],
        from certificates: inout [CertificateRecord]
    ) throws {
        for thumbprint in thumbprints {
            guard let index = certificates.firstIndex(where: { $0.thumbprint == thumbprint }) else {
                throw Refusal(
                    "The client has no certificate with the thumbprint"
                        + " \(Thumbprint.text(thumbprint)). See `handfast client certificate list`."
                )
            }
            certificates.remove(at: index)
        }
    }
}
