// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Reactor
internal import Seeding

extension SeedExportFormat: ExpressibleByArgument {}

/// Writes the certificates and keys of clients for the tools that make load.
struct LoadTargetExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the clients' certificates and keys in the form that a tool reads.",
        discussion: """
            pem-folder: a folder with ID.pem (the certificate, then the CA that has signed it), \
            ID.key (PKCS #8) and ca.pem (both CAs), for curl, h2load and Benchmarks.

            csv, jsonl: one file with client_id, certificate_pem and key_pem of each client, for \
            k6, Locust and programs of your own.

            pkcs12: a folder with ID.p12, for Gatling. jks: one Java keystore with the ids as \
            aliases, for JMeter. The password of both is \(SeedExport.password).

            Everything is derived again from \(SeedManifest.fileName) in the directory; all but \
            pkcs12 are the same bytes on any machine and day. What is made can be read by its \
            owner alone, and nothing is overwritten.

            Examples:

              handfast load-target export --data DIR --format pem-folder --out clients
              handfast load-target export --data DIR --format jks --first 100 --out clients.jks
            """
    )

    @OptionGroup var target: LoadTargetData

    @Option(help: .value("format", "The form."))
    var format: SeedExportFormat

    @Option(help: .value("path", "The folder or the file to make."))
    var out: String

    @Option(help: .value("n", "How many clients, from the first on. The default is all."))
    var first: Int?

    func run() throws {
        let begun = Clock.milliseconds
        let manifest = try FileRights.asOwner(of: target.data) { try SeedManifest(of: target.data) }
        let export = try SeedExport(manifest, as: format, first: first)
        var progress = ProgressLine()
        defer { progress.end() }
        let count = try export.write(to: out) { progress.show($0) }
        progress.end()
        print(
            "exported: \(out): \(count) clients, \(format.rawValue),"
                + " \(ProgressLine.seconds(since: begun)) s"
        )
    }
}
