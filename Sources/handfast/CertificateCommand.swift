// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Registration
internal import Server

/// `handfast certificate`: shows, imports and exports certificates.
struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Inspect certificates, import them from keystores, export the server's.",
        subcommands: [
            CertificateInspectCommand.self, CertificateThumbprintCommand.self,
            CertificateExportCommand.self, CertificateImportCommand.self,
            CertificateCliffCommand.self,
        ]
    )
}

/// `handfast certificate thumbprint`: what tokens are bound to.
struct CertificateThumbprintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thumbprint",
        abstract: "Print a certificate's x5t#S256 thumbprint (RFC 8705 section 3.1)."
    )

    @Argument(help: "A certificate in PEM or DER.")
    var file: String

    func run() throws {
        print(try CertificateReading.certificate(file).thumbprint.base64URL)
    }
}

/// `handfast certificate inspect`: the content of a certificate, and whether a client may register
/// it.
struct CertificateInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a certificate says, and whether a client may register it.",
        discussion: """
            Shows the subject in both orders: either can be given to --subject-dn. The findings \
            at the end are those of `handfast client add --certificate`; an error means that it \
            would be refused.
            """
    )

    @Argument(help: "A certificate in PEM or DER.")
    var file: String

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() throws {
        let certificate = try CertificateReading.certificate(file)
        try Output.show(CertificateInspection(certificate, now: epochSeconds()), json: json)
    }
}

extension ServerCertificateForm: ExpressibleByArgument {}

/// `handfast certificate export`: the server's own certificate, for clients that must trust it.
struct CertificateExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the server's own certificate, for clients that must trust it.",
        discussion: """
            PEM and PKCS#12 have the whole chain that the server shows, DER the server's \
            certificate alone. The PKCS#12 file is a truststore for Java and others; it has no \
            private key. Its password is `changeit` unless --password-stdin is given.
            """
    )

    @OptionGroup var data: DataOptions

    @Option(help: "pem, der or pkcs12.")
    var format = ServerCertificateForm.pem

    @Option(help: .value("file", "Where to write; without it, PEM goes to standard output."))
    var out: String?

    @Flag(help: "Read the password of the PKCS#12 file from standard input.")
    var passwordStdin = false

    func validate() throws {
        guard format == .pem || out != nil else {
            throw ValidationError("\(format.rawValue) is not text. Name a file with --out.")
        }
    }

    func run() throws {
        let password =
            passwordStdin && format == .pkcs12 ? Input.line() : nil
        let shown = try data.overrides.read(data.config, ServerConfiguration.shownCertificate)
        _ = try data.enter()
        let content = try format.content(ofChain: shown.madePath(), password: password)
        try Output.put(content, to: out)
    }
}
