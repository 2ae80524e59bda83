// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration

/// Registers a client.
struct ClientAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Register a client, and print its client_id and client_secret once.",
        discussion: """
            With --certificate the client authenticates by exactly that certificate \
            (self_signed_tls_client_auth). With --ca-certificate and a subject it authenticates \
            by any certificate of that CA for that subject (tls_client_auth). With neither it \
            authenticates by its secret (client_secret_basic). With --trust-set it has the CAs of \
            that set instead of its own. With --spiffe-id and the --trust-set of a trust domain it \
            authenticates by X.509-SVIDs with that SPIFFE ID (spiffe_x509).

            With --jwks it signs assertions with its key (private_key_jwt). With --jwks-uri the \
            server fetches the keys, or with --auth-method self_signed_tls_client_auth the \
            certificates (x5c); until it has done so, the client cannot authenticate.

            A secret is made and shown once for the methods that use one, and for \
            self_signed_tls_client_auth, for software that cannot be configured without one: it \
            does not authenticate that client, its certificate does. The other methods get \
            none. What is stored is a hash, except for client_secret_jwt: there the secret is the \
            key of the client's HMACs, and stands in the database in the clear; in one that nodes \
            share it is wrapped.

            Without --grant-types a client gets password and client_credentials. RFC 9700 §2.4 \
            says of the password grant that it MUST NOT be used: it shows the user's password to \
            the client. It is there for clients that move here from servers where they use it; \
            give the others --grant-types client_credentials.

            Example:

              handfast client add playground2 --data DIR --certificate client.pem
            """
    )

    @Argument(help: "The name by which people call the client; no two clients have the same.")
    var name: String

    @Option(help: .value("id", "The client_id, in place of a random one of 28 letters and digits."))
    var clientID: String?

    @OptionGroup var writing: ClientWriting

    func run() throws {
        let now = epochSeconds()
        var change = try writing.options.change(now: now)
        change.name = name
        let made = try ClientRegistration.new(change, clientID: clientID, at: now)
        let store = try writing.data.open(creating: true)
        try made.insert(into: store, by: .thisCommand, at: now)
        try writing.show(made, after: change, in: store)
    }
}
