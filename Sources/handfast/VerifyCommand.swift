// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
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
            failed decides, and the last line says what to change. The file of --certificate has \
            what the client sends: its certificate first, and perhaps its chain after it; --chain \
            adds to that.

            What this cannot check: that the client holds the certificate's key, which the \
            handshake proves; and whether the server's configuration allows the client's method. \
            Revocation lists are read anew; a server that cannot reach one goes by the last \
            it had. \
            A running server caches that a certificate was accepted under a CA until the first \
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
        let report = try report()
        try Output.show(report, json: json)
        guard report.authenticated else { throw ExitCode.failure }
    }

    /// Ends with status 64 for a problem with the arguments, because 1 is the result of a check.
    private func report() throws -> AuthenticationReport {
        do {
            let presented = try HandshakeCertificates(reading: certificate, chain: chain)
            return try AuthenticationExplanation(
                of: client,
                in: data.open(),
                presenting: presented,
                now: epochSeconds()
            ).report
        } catch let error as RegistrationError {
            Output.fail(error.lines, isUsage: true)
        } catch let error as StoreError where error.kind == .ambiguous {
            throw Output.usage("\(error.sentence).")
        }
    }
}
