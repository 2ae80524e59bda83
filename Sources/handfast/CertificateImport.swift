// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Reactor
internal import Registration

/// `handfast certificate import`: certificates out of a keystore, ready to be registered.
struct CertificateImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take the certificates out of a keystore, as PEM.",
        discussion: """
            Reads PKCS#12 keystores, Java's JKS and JCEKS, PKCS#7 files and PEM bundles. Each \
            certificate is printed below its alias, subject and thumbprint; private keys stay \
            where they are. Give one of them to `handfast client add --certificate`, or a CA to \
            --ca-certificate; --alias takes one out of many.

            JKS and JCEKS can be read without their password, but only with it can be seen \
            whether somebody changed them. PKCS#12 needs it where its certificates are encrypted, \
            or it has a MAC.

            Example, for a truststore made by keytool:

              echo wso2carbon | handfast certificate import client-truststore.jks \\
                --alias client --password-stdin --out client-certificate.pem
            """
    )

    @Argument(help: "A keystore (PKCS#12, JKS or JCEKS), PKCS#7, or a PEM bundle.")
    var keystore: String

    @Option(
        help: .value(
            "alias",
            "Take only the certificate with this alias; the case of letters does not matter."
        )
    )
    var alias: String?

    @Flag(help: "Read the keystore's password from standard input.")
    var passwordStdin = false

    @Option(help: .value("file", "Where to write instead of the output."))
    var out: String?

    func run() throws {
        try CertificateCommand.reporting(keystore) {
            let content = try Keystore.content(
                of: try CertificateFile.read(keystore, upTo: Keystore.bytesMax),
                password: passwordStdin ? CertificateCommand.password(fromInput: true) : nil
            )
            for remark in content.remarks(on: keystore) {
                Output.warn(remark.text(FlagVocabulary()))
            }
            let taken = try chosen(content)
            let text = taken.map(\.commentedPEM).joined()
            guard let out else {
                print(text, terminator: "")
                return
            }
            try CertificateCommand.reporting(out) {
                try DataFile.write(Array(text.utf8), to: out, isPrivate: false)
            }
            let key = content.hasPrivateKey ? "; its private key was left where it is" : ""
            print("\(out): \(taken.count) of \(keystore)\(key)")
        }
    }

    private func chosen(_ content: Keystore.Content) throws -> [Keystore.Entry] {
        guard let alias else { return content.entries }
        let taken = content.entries(alias: alias)
        guard taken.isEmpty else { return taken }
        let known = content.entries.compactMap(\.alias).prefix(20).map(Output.printable)
        throw CertificateCommandError(
            "\(keystore): no certificate has the alias \(Output.printable(alias)). "
                + (known.isEmpty
                    ? "None has one; leave --alias out."
                    : "There are: \(known.joined(separator: ", ")).")
        )
    }
}
