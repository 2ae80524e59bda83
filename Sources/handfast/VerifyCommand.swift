// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Registration
internal import Storage

/// `handfast verify`: why a certificate authenticates a client, or why it does not.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Show whether a certificate authenticates a client, check by check.",
        discussion: """
            Makes the checks that the server makes, with the same code and in the same order, on \
            the registration as it is now. Each is passed, failed or not reached; the first that \
            failed decides, and what to change stands below. With --certificate comes what the \
            client sends: its certificate first, and perhaps its chain after it; --chain adds to \
            that.

            What this cannot check: that the client holds the certificate's key, which the \
            handshake proves; and whether the server's configuration allows the client's method. \
            Revocation lists are read anew; a server that cannot reach one goes by the last \
            it had. \
            A running server that accepted a certificate under a CA goes by that until the first \
            certificate on the path expires, whatever is sent along later.

            Exits 0 when the client would be authenticated, 1 when not, and 64 when the arguments \
            cannot be used.

            Example:

              handfast verify --data DIR --client playground2 --certificate client.pem
            """
    )

    @Option(help: .value("id", "The client's client_id, or its name."))
    var client: String

    @Option(help: .value("file", "The client's certificate, PEM or DER, and perhaps its chain."))
    var certificate: String

    @Option(help: .value("file", "Certificates that the client sends along. Repeatable."))
    var chain: [String] = []

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() throws {
        let presented = try Self.certificates(in: certificate)
        guard let leaf = presented.first else {
            throw Output.usage("\(certificate) has no certificate. Name the client's own.")
        }
        let sent = try presented.dropFirst() + chain.flatMap(Self.certificates)
        let report = try Self.report(client, in: data.open(), leaf, Array(sent))
        print(json ? try Output.json(report) : report.text)
        guard report.authenticated else { throw ExitCode.failure }
    }

    private static func report(
        _ client: String,
        in store: any RegistrationStore,
        _ leaf: Certificate,
        _ sent: [Certificate]
    ) throws -> AuthenticationReport {
        do throws(StoreError) {
            return try AuthenticationExplanation(
                of: client,
                in: store,
                presenting: leaf,
                with: sent,
                now: epochSeconds()
            ).report
        } catch {
            guard error.kind == .ambiguous else { throw error }
            throw Output.usage("\(error.sentence).")
        }
    }

    private static func certificates(in file: String) throws -> [Certificate] {
        do throws(CertificateError) {
            let bytes = try CertificateContainer.plain(try CertificateFile.read(file))
            return try CertificateFile.certificates(in: bytes)
        } catch {
            throw Output.usage("\(file): \(error.description)")
        }
    }
}
