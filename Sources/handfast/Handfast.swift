// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Reactor
internal import Registration
internal import Seeding
internal import Storage

/// The program's entry point.
@main
enum Program {
    static func main() {
        let isServer = Self.begins(with: [["serve"], ["load-target", "serve"]])
        // Checked first: Swift's runtime hangs where a thread cannot be started, and ends without a
        // word where an allocation fails.
        if let short = ProcessSettings.addressSpaceShortage(isServer ? serverBytes : commandBytes) {
            Output.fail([short], isUsage: false)
        }
        // Signals are blocked before any thread starts, so that every thread inherits the mask.
        if isServer || Self.begins(with: [["console"]]) { Signals.block() }
        run(ClientCertificateRemove.arranged(Array(CommandLine.arguments.dropFirst())))
    }

    /// Whether the arguments begin with one of these commands.
    private static func begins(with commands: [[String]]) -> Bool {
        commands.contains { CommandLine.arguments.dropFirst().starts(with: $0) }
    }

    /// Runs the command; prints findings in the command line's vocabulary.
    private static func run(_ arguments: [String]) {
        do {
            var command = try Handfast.parseAsRoot(arguments)
            try command.run()
        } catch let error as RegistrationError {
            Output.fail(error.lines, isUsage: error.isUsage)
        } catch let error as StoreError {
            Output.fail([error.sentence], isUsage: false)
        } catch let error as SeedError {
            Output.fail([error.description], isUsage: error.isUsage)
        } catch {
            Handfast.exit(withError: error)
        }
    }

    /// Memory that a command maps besides the program itself: threads' stacks, the allocator's
    /// arenas.
    private static let commandBytes = 64 << 20
    /// The same for a server of two reactors; with more of them it may still run short.
    private static let serverBytes = 128 << 20
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

            Commands other than serve and restore run beside a running server; what they change \
            takes effect there within a second.
            """,
        version: Version.whole,
        subcommands: [
            ServeCommand.self, ClientCommand.self, TrustSetCommand.self, UserCommand.self,
            IssuerCommand.self, ApplyCommand.self, ExportCommand.self, TokenCommand.self,
            KeyCommand.self,
            StoreCommand.self,
            AdminTokenCommand.self, AuditCommand.self, CertificateCommand.self, VerifyCommand.self,
            CheckCommand.self, HealthCommand.self, RefusalsCommand.self, ConsoleCommand.self,
            BackupCommand.self,
            RestoreCommand.self, LoadTargetCommand.self,
        ]
    )
}

/// The version of this program.
enum Version {
    static let text = "0.1.0"

    /// The version with the program's origin and its library, on one line.
    static var whole: String {
        let commit = ProgramBuild.commit.isEmpty ? "" : "commit \(ProgramBuild.commit)"
        let parts = [commit, ProgramBuild.compiler, CryptographyLibrary.version]
        return "handfast \(text) (\(parts.filter { !$0.isEmpty }.joined(separator: ", ")))"
    }
}
