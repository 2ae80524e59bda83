// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
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

            JKS and JCEKS can be read without their password, but are checked against changes \
            only with it. PKCS#12 needs it where its certificates are encrypted, or it has a MAC.

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

    @Option(help: .value("file", "The file to write, instead of standard output."))
    var out: String?

    func run() throws {
        let password = passwordStdin ? Input.line() : nil
        let found = try KeystoreImport(reading: keystore, password: password)
        Output.warn(found.remarks)
        let taken = try found.certificates(alias: alias)
        try Output.put(Array(taken.map(\.commentedPEM).joined().utf8), to: out)
        guard let out else { return }
        let key = found.hasPrivateKey ? "; its private key was left where it is" : ""
        print("\(out): \(taken.count) of \(keystore)\(key)")
    }
}
