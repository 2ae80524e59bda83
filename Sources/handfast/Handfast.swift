internal import ArgumentParser
internal import Cryptography
internal import Reactor

/// Where the program starts.
@main
enum Program {
    static func main() {
        // The server takes signals one by one; every thread must inherit that, so it comes before
        // any is started.
        if CommandLine.arguments.dropFirst().first == ServeCommand.configuration.commandName {
            Signals.block()
        }
        Handfast.main(ClientCertificateRemove.arranged(Array(CommandLine.arguments.dropFirst())))
    }
}

/// The command line.
struct Handfast: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "handfast",
        abstract:
            "An OAuth 2.0 token endpoint for clients that authenticate with mutual TLS (RFC 8705).",
        discussion: """
            A first token in three commands:

              handfast serve --data DIR
              handfast client add NAME --data DIR --certificate client-certificate.pem
              curl -k https://localhost:9443/oauth2/token --cert client-certificate.pem \\
                --key key.pem -d "grant_type=client_credentials&client_id=CLIENT_ID"

            Every command but serve may run beside a running server; what it changes takes effect \
            there within a second.
            """,
        version: "handfast \(Version.text) (\(CryptographyLibrary.version))",
        subcommands: [
            ServeCommand.self, ClientCommand.self, TrustSetCommand.self, UserCommand.self,
            KeyCommand.self, CertificateCommand.self, VerifyCommand.self, CheckCommand.self,
        ]
    )
}

/// The version of this program.
enum Version {
    static let text = "0.1.0"
}
