internal import ArgumentParser
internal import Cryptography
internal import Foundation
internal import Store

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
        Self.printRow("CLIENT_ID", "STATE", "METHOD", "NAME")
        try store.forEachClient { client in
            Self.printRow(
                client.clientID,
                client.enabled ? "enabled" : "disabled",
                client.authenticationMethod,
                client.name
            )
        }
    }

    private func printJSON(_ store: Store) throws {
        var separator = "["
        try store.forEachClient { summary in
            // The scan leaves the certificates' bytes out, which the response has.
            guard let client = try store.client(summary.clientID) else { return }
            print(separator)
            print(try Output.json(ClientInformation(client)), terminator: "")
            separator = ","
        }
        print(separator == "[" ? "[]" : "\n]")
    }

    private static func printRow(_ cells: String...) {
        let widths = [28, 8, 27]
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = Output.printable(cell)
            let width = index < widths.count ? widths[index] : 0
            line +=
                text.count < width
                ? text.padding(toLength: width, withPad: " ", startingAt: 0) : text
            if index < cells.count - 1 { line += "  " }
        }
        print(line)
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
            print(try Output.json(ClientInformation(client)))
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
        facts += client.redirectURIs.map { ("redirect URI", $0) }
        facts += client.audiences.map { ("audience", $0) }
        if let kind = client.subjectKind, let value = client.subjectValue {
            facts.append((kind, value))
        }
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
