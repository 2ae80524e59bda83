internal import ArgumentParser
internal import Store

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

    @Argument(help: "Files with one certificate each, PEM or DER.")
    var file: [String]

    @Flag(help: "The files hold CAs.")
    var ca = false

    @OptionGroup var data: DataOptions

    func run() throws {
        let now = epochSeconds()
        let added = try file.map {
            try ca
                ? CertificateReading.authority($0, now: now)
                : CertificateReading.client($0, now: now)
        }
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        try store.updateClient(clientID, at: now) { client in
            if ca {
                client.certificateAuthorities += added
            } else {
                client.certificates += added
            }
            try ClientRules.check(client)
        }
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

    @Argument(
        help: "SHA-256 thumbprints, base64url or hexadecimal; behind -- if one begins with -."
    )
    var thumbprint: [String]

    @Flag(help: "The thumbprints are of CAs.")
    var ca = false

    @OptionGroup var data: DataOptions

    func run() throws {
        let removed = try thumbprint.map(Thumbprint.parse)
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        try store.updateClient(clientID, at: epochSeconds()) { client in
            if ca {
                try ClientUpdate.remove(removed, from: &client.certificateAuthorities)
            } else {
                try ClientUpdate.remove(removed, from: &client.certificates)
            }
            try ClientRules.check(client, mayLackCertificate: true)
        }
        for thumbprint in removed { print("removed: \(Thumbprint.text(thumbprint))") }
    }
}

/// Lists the certificates of a client.
struct ClientCertificateList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the certificates of a client: thumbprint, validity, subject."
    )

    @OptionGroup var argument: ClientArgument

    @Flag(help: "List the CAs.")
    var ca = false

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JWK Set (RFC 7517) with x5c members.")
    var json = false

    func run() throws {
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        let client = try store.client(clientID)
        let found = (ca ? client?.certificateAuthorities : client?.certificates) ?? []
        if json {
            print(try Output.json(CertificateKeySet(found)))
        } else {
            for certificate in found { print(Output.printable(ClientShow.describe(certificate))) }
        }
    }
}
