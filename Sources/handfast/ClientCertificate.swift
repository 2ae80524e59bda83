// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration
internal import Text

/// The certificates of one client.
struct ClientCertificate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Add, remove and list the certificates of a client.",
        discussion: """
            A client may have several certificates at a time, so that it can change from one to \
            the next without a pause. With --ca these commands are about the CAs under which a \
            client's subject is accepted.
            """,
        subcommands: [
            ClientCertificateAdd.self, ClientCertificateRemove.self, ClientCertificateList.self,
        ]
    )
}

/// Adds certificates to a client.
struct ClientCertificateAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Register further certificates for a client."
    )

    @OptionGroup var argument: ClientArgument

    @Argument(help: "Files with one certificate each, with --ca one or several; PEM or DER.")
    var file: [String]

    @Flag(help: "The files hold CAs.")
    var ca = false

    @OptionGroup var data: DataOptions

    func run() throws {
        var files = RegistrationFiles(now: epochSeconds())
        var change = ClientChange()
        change.keepsSources = true
        if ca {
            change.caCertificates = file.flatMap { files.caCertificates($0) }
        } else {
            change.certificates = file.compactMap { files.clientCertificate($0) }
        }
        try files.conclude()
        let store = try data.open()
        try argument.change(by: change, in: store)
        Output.warn(try KnownPublicCAs.warnings(of: change, in: store))
        for certificate in change.caCertificates + change.certificates {
            print("added: \(certificate.line)")
        }
    }
}

/// Removes certificates from a client.
struct ClientCertificateRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take certificates from a client; they get no token from the next request on.",
        discussion: "A client whose last certificate was taken away keeps its registration."
    )

    @OptionGroup var argument: ClientArgument

    @Argument(help: "SHA-256 thumbprints, base64url or hexadecimal.")
    var thumbprint: [String]

    @Flag(help: "The thumbprints are of CAs.")
    var ca = false

    @OptionGroup var data: DataOptions

    func run() throws {
        let removed = try thumbprint.map(Thumbprint.parse)
        var change = ClientChange()
        if ca { change.removedCAs = removed } else { change.removedCertificates = removed }
        try argument.change(by: change, in: data.open())
        for thumbprint in removed { print("removed: \(Thumbprint.text(thumbprint))") }
    }

    /// `arguments` of the program, with thumbprints that begin with a hyphen behind a `--`.
    ///
    /// One in 64 does. No option of this command has the length of a thumbprint.
    static func arranged(_ arguments: [String]) -> [String] {
        let command = [
            ClientCommand.configuration.commandName, ClientCertificate.configuration.commandName,
            configuration.commandName,
        ]
        guard arguments.count > command.count,
            zip(arguments, command).allSatisfy({ $0 == $1 }), !arguments.contains("--")
        else { return arguments }
        func isHyphened(_ argument: String) -> Bool {
            argument.hasPrefix("-") && Base64URL.decode(Array(argument.utf8).span)?.count == 32
        }
        let hyphened = arguments.filter(isHyphened)
        guard !hyphened.isEmpty else { return arguments }
        return arguments.filter { !isHyphened($0) } + ["--"] + hyphened
    }
}

/// Lists the certificates of a client.
struct ClientCertificateList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the certificates of a client: when they end, and when they were used.",
        discussion: """
            The server records when a registered certificate authenticates its client: the first \
            and the last time. A certificate that was replaced can be removed when the new one is \
            used and the old one no longer is.
            """
    )

    @OptionGroup var argument: ClientArgument

    @Flag(help: "List the CAs, those of its trust set where it has one.")
    var ca = false

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JWK Set (RFC 7517) with x5c members, dates, first and last use.")
    var json = false

    func run() throws {
        let store = try data.open()
        let listed = try CertificateListing.presentation(
            of: argument.find(in: store),
            caCertificates: ca,
            in: store,
            now: epochSeconds()
        )
        try Output.show(listed, json: json)
    }
}
