// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Storage
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

    /// Throws where the client's certificates are not its registration's own.
    static func requireOwn(_ client: ClientRecord) throws {
        guard let uri = client.jwksURI else { return }
        throw Refusal(
            "The keys of \(client.name) come from its jwks_uri, \(uri), and the server would"
                + " fetch them again. Change what stands there, or give the client certificates of"
                + " its own with `handfast client update \(client.clientID) --certificate FILE`."
        )
    }

    /// Throws where the client's CAs are not its registration's own.
    static func requireOwnAuthorities(_ client: ClientRecord) throws {
        guard let name = client.trustSet else { return }
        throw Refusal(
            "The CAs of \(client.name) are those of the trust set \(name), which other clients may"
                + " share. Change it with `handfast trust-set update \(name)`, or give the client"
                + " CAs of its own with `handfast client update \(client.clientID)"
                + " --ca-certificate FILE`."
        )
    }
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
        let now = epochSeconds()
        let added = try file.flatMap {
            try ca
                ? CertificateReading.authorities($0, now: now)
                : [CertificateReading.client($0, now: now)]
        }
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        try store.updateClient(clientID, by: .thisCommand, at: now) { client in
            try ClientCertificate.requireOwn(client)
            if ca {
                try ClientCertificate.requireOwnAuthorities(client)
                client.certificateAuthorities += added
            } else {
                client.certificates += added
            }
            try ClientRules.check(client)
        }
        if ca { PublicAuthorityReading.warn(of: added) }
        for certificate in added { print("added: \(ClientShow.describe(certificate))") }
    }
}

/// Takes certificates from a client.
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
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        try store.updateClient(clientID, by: .thisCommand, at: epochSeconds()) { client in
            try ClientCertificate.requireOwn(client)
            if ca {
                try ClientCertificate.requireOwnAuthorities(client)
                try ClientUpdate.remove(removed, from: &client.certificateAuthorities)
            } else {
                try ClientUpdate.remove(removed, from: &client.certificates)
            }
            try ClientRules.check(client, mayLackCertificate: true)
        }
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
