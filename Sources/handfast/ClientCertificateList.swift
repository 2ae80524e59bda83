// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration
internal import Storage
internal import Text

/// Lists the certificates of a client.
struct ClientCertificateList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the certificates of a client: when they end, and when they were used.",
        discussion: """
            The server notes when a registered certificate authenticates its client: the first and \
            the last time. A certificate that was replaced can be taken away when the new one is \
            seen and the old one no longer is.
            """
    )

    @OptionGroup var argument: ClientArgument

    @Flag(help: "List the CAs, those of its trust set where it has one.")
    var ca = false

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JWK Set (RFC 7517) with x5c members, dates and sightings.")
    var json = false

    func run() throws {
        let now = epochSeconds()
        let store = try data.open()
        let client = try argument.find(in: store)
        let listed =
            ca
            ? CertificateListing.authorities(
                of: client,
                in: try client.trustSet.flatMap { try store.trustSet($0) },
                now: now
            )
            : CertificateListing.certificates(
                of: client,
                try store.sightings(of: client.clientID),
                now: now
            )
        guard !json else {
            print(Output.json(.object(["keys": .array(listed.map(\.value))])))
            return
        }
        print(CertificateListing.columns(withUses: !ca).heading)
        for certificate in listed { print(certificate.line) }
    }
}
