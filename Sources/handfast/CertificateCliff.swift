// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration

/// `handfast certificate cliff`: clients that fail when their public CA renews their certificate.
struct CertificateCliffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cliff",
        abstract: "List the clients under public CAs, which stop issuing client certificates.",
        discussion: """
            Certificates that public CAs renew are for servers only (extended key usage serverAuth \
            without clientAuth), and tls_client_auth refuses them. Listed are the enabled clients \
            of tls_client_auth under such a CA, by the day on which the certificate that they last \
            used ends; those that the server has not seen yet stand at the end. A client that last \
            came with a certificate of another CA of its trust set has rolled over, and is not \
            listed.

            A CA counts as public when its key is in the machine's ca-certificates, when one of \
            those has issued it, or when its own extended key usage leaves out clientAuth. The \
            file is read for this and for warnings only, never for trust: it is the one that \
            --public-authorities names, or SSL_CERT_FILE or SSL_CERT_DIR, or Debian's.

            Certificates that are registered themselves (self_signed_tls_client_auth) are not \
            affected, whoever signed them and whatever their purpose is.

            Exits 0 when no client is listed, 1 when some are, and 64 when the arguments cannot be \
            used. With --within, clients that were never seen are listed all the same, because \
            their day is not known. Documentation/public-ca-cliff.md tells what to do.

            Example, for a daily job:

              handfast certificate cliff --data DIR --within 30
            """
    )

    @Option(
        help: .value("days", "Only those whose certificate ends within so many days, or has ended.")
    )
    var within: Int?

    @Option(
        help: .value(
            "path",
            "The public CAs: a PEM file, or a folder of such, in place of the machine's."
        )
    )
    var publicAuthorities: String?

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON object.")
    var json = false

    func validate() throws {
        guard let within else { return }
        guard (0...CliffReport.daysMax).contains(within) else {
            throw ValidationError("--within is from 0 to \(CliffReport.daysMax) days.")
        }
    }

    func run() throws {
        let report = try CliffReport(
            of: data.open(),
            publicCAs: publicAuthorities,
            within: within,
            now: epochSeconds()
        )
        try Output.show(report, json: json)
        guard report.clients.isEmpty else { throw ExitCode.failure }
    }
}
