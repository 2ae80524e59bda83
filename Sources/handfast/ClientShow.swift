// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Registration
internal import Storage

/// Lists clients.
struct ClientList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the registered clients, oldest first."
    )

    @OptionGroup var data: DataOptions

    @Flag(help: "Print an array of RFC 7591 client information responses, without secrets.")
    var json = false

    func run() throws {
        let store = try data.open()
        if json { return try printJSON(store) }
        print(Self.row("CLIENT_ID", "STATE", "METHOD", "NAME", "GOES BY"))
        try store.forEachClient { client in
            print(
                Self.row(
                    client.clientID,
                    client.enabled ? "enabled" : "disabled",
                    client.authenticationMethod,
                    client.name,
                    client.jwksURI ?? client.trustSet.map { "trust set \($0)" }
                )
            )
        }
    }

    private func printJSON(_ store: any RegistrationStore) throws {
        var separator = "["
        try store.forEachClient { summary in
            // The scan leaves the certificates' bytes out, which the response has.
            guard let client = try store.client(summary.clientID) else { return }
            print(separator)
            print(Output.json(ClientInformation.value(client)), terminator: "")
            separator = ","
        }
        print(separator == "[" ? "[]" : "\n]")
    }

    private static func row(
        _ clientID: String,
        _ state: String,
        _ method: String,
        _ name: String,
        _ source: String?
    ) -> String {
        let cells = [(clientID, 28), (state, 8), (method, 27), (name, 20)]
        return Output.columns(cells + (source.map { [($0, 0)] } ?? []))
    }
}

/// Shows one client.
struct ClientShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what is registered for a client; never its secret."
    )

    @OptionGroup var argument: ClientArgument
    @OptionGroup var data: DataOptions

    @Flag(help: "Print an RFC 7591 client information response, without the secret.")
    var json = false

    func run() throws {
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        guard let client = try store.client(clientID) else {
            throw Refusal("The client \(clientID) was removed at this moment.")
        }
        if json {
            print(Output.json(ClientInformation.value(client)))
        } else {
            print(Output.lines(Self.facts(client)))
        }
    }

    private static func facts(_ client: ClientRecord) -> [(String, String)] {
        var facts = [
            ("client_id", client.clientID),
            ("name", client.name),
            ("state", client.enabled ? "enabled" : "disabled"),
            ("authentication", client.authenticationMethod),
            ("grant types", client.grantTypes.joined(separator: ", ")),
            ("scopes", client.scopes.isEmpty ? "none" : client.scopes.joined(separator: " ")),
            ("bound tokens", client.boundAccessTokens ? "yes" : "no"),
            ("token format", client.tokenFormat),
            ("token lifetime", client.tokenLifetime.map { "\($0) s" } ?? "the server's default"),
            ("reuse window", client.reuseWindow == 0 ? "none" : "\(client.reuseWindow) s"),
            ("introspection", client.mayIntrospect ? "yes" : "no"),
        ]
        if let algorithm = client.assertionAlgorithm {
            facts.append(("assertions", "signed with \(algorithm)"))
        }
        if client.jwks != nil { facts.append(("jwks", "registered; see --json")) }
        if let uri = client.jwksURI {
            facts.append(("jwks_uri", uri))
            let fetched = client.fetchedJWKS != nil
            facts.append(("fetched keys", fetched ? "there; see --json" : "none yet"))
        }
        facts += client.redirectURIs.map { ("redirect URI", $0) }
        facts += client.audiences.map { ("audience", $0) }
        if let kind = client.subjectKind, let value = client.subjectValue {
            facts.append((kind, value))
        }
        if let trustSet = client.trustSet { facts.append(("trust set", trustSet)) }
        facts += client.certificateAuthorities.map { ("CA certificate", describe($0)) }
        facts += client.certificates.map { ("certificate", describe($0)) }
        facts.append(("registered", CertificateTime.text(client.createdAt)))
        facts.append(("changed", CertificateTime.text(client.updatedAt)))
        return facts
    }

    static func describe(_ certificate: CertificateRecord) -> String {
        "\(Thumbprint.text(certificate.thumbprint))  \(CertificateTime.text(certificate.notBefore))"
            + " to \(CertificateTime.text(certificate.notAfter))  \(certificate.subject)"
    }
}
