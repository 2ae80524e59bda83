// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Reactor
internal import Registration

/// `handfast certificate`: looks at certificates and carries them in and out.
struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Look at certificates, and carry them in and out of keystores.",
        subcommands: [
            CertificateInspectCommand.self, CertificateThumbprintCommand.self,
            CertificateExportCommand.self, CertificateImportCommand.self,
            CertificateCliffCommand.self,
        ]
    )

    /// Runs `body`; prints a refusal's text after `subject` and ends with a failure.
    static func reporting(_ subject: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as CertificateError {
            throw CertificateCommandError("\(subject): \(error.description)")
        } catch let error as CryptographyError {
            throw CertificateCommandError("\(subject): \(error.description)")
        } catch is SystemError {
            throw CertificateCommandError(
                "\(subject) cannot be written. Does its folder exist, and may you write there?"
            )
        }
    }

    /// The first line of standard input, or empty without one.
    static func password(fromInput: Bool) -> String {
        fromInput ? readLine(strippingNewline: true) ?? "" : ""
    }
}

/// A refusal whose text is all that is printed.
struct CertificateCommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
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
        try CertificateCommand.reporting(file) {
            let bytes = try CertificateContainer.plain(try CertificateFile.read(file))
            print(try CertificateFile.certificate(in: bytes).thumbprint.base64URL)
        }
    }
}

/// `handfast certificate inspect`: what a certificate says and whether a client may register it.
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
        try CertificateCommand.reporting(file) {
            let bytes = try CertificateContainer.plain(try CertificateFile.read(file))
            let certificate = try CertificateFile.certificate(in: bytes)
            let inspection = CertificateInspection(certificate, now: epochSeconds())
            print(json ? Output.json(inspection.value) : inspection.text)
        }
    }
}

/// `handfast certificate export`: the server's own certificate, for those who must trust it.
struct CertificateExportCommand: ParsableCommand {
    /// The formats that it can be written in.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case pem, der, pkcs12
    }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the server's own certificate, for clients that must trust it.",
        discussion: """
            PEM and PKCS#12 have the whole chain of the file server.pem, DER the server's \
            certificate alone. The PKCS#12 file is a truststore for Java and others; it has no \
            private key. Its password is `changeit` unless --password-stdin is given.
            """
    )

    @OptionGroup var data: DataOptions

    @Option(help: "pem, der or pkcs12.")
    var format = Format.pem

    @Option(help: .value("file", "Where to write; without it, PEM goes to the output."))
    var out: String?

    @Flag(help: "Read the password of the PKCS#12 file from standard input.")
    var passwordStdin = false

    func validate() throws {
        guard format == .pem || out != nil else {
            throw ValidationError("\(format.rawValue) is not text. Name a file with --out.")
        }
    }

    func run() throws {
        let directory = try data.path()
        let source = (directory.hasSuffix("/") ? directory : directory + "/") + "server.pem"
        try CertificateCommand.reporting(source) {
            let chain = try CertificateFile.certificates(in: try CertificateFile.read(source))
            let content = try encode(chain)
            guard let out else {
                print(String(decoding: content, as: UTF8.self), terminator: "")
                return
            }
            try CertificateCommand.reporting(out) {
                try DataFile.write(content, to: out, isPrivate: false)
            }
        }
    }

    private func encode(_ chain: [Certificate]) throws -> [UInt8] {
        switch format {
        case .pem: return Array(chain.map(\.pem).joined().utf8)
        case .der: return chain.first?.der ?? []
        case .pkcs12:
            let given = CertificateCommand.password(fromInput: passwordStdin)
            let password = passwordStdin ? given : "changeit"
            return try Keystore.truststore(chain, name: "handfast", password: password)
        }
    }
}
