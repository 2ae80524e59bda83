// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import ArgumentParser
internal import Reactor
internal import Registration
internal import Server
internal import Text

/// Asks a server whether it lives, or whether it is ready.
struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask a server on this machine whether it lives, or whether it is ready.",
        discussion: """
            Asks the listener for probes (probe.address), or the administrators' one where there \
            is no such listener; neither wants a token for this. Prints one line, and exits 0 for \
            yes, 1 for no, 2 where the server could not be asked: for Kubernetes' exec probes, and \
            for health checks of Compose. The certificate of a listener with TLS is not checked.

            Example:

              handfast health --ready --config /etc/handfast/handfast.yaml
            """
    )

    @Flag(help: "Ask whether balancers should send requests there (/ready), not whether it lives.")
    var ready = false

    @Option(
        help: .value(
            "file",
            "The server's configuration file, for the address; HANDFAST_ variables are heeded as by"
                + " serve."
        )
    )
    var config: String?

    @Option(
        help: .value("dir", "The server's data directory, where the administrators' socket is.")
    )
    var data: String?

    @Option(help: .value("address", "The listener in place of both: \(HealthPlace.form)."))
    var address: String?

    @Option(help: .value("seconds", "The time for the answer, 1 to 60. The default is 2."))
    var timeout = 2

    private static let timeouts = 1...60

    func validate() throws {
        guard address == nil || config == nil && data == nil else {
            throw ValidationError("--address stands in place of --config and --data.")
        }
        guard Self.timeouts.contains(timeout) else {
            throw ValidationError(
                "--timeout: “\(timeout)” is not allowed. Allowed: \(Self.timeouts.lowerBound) to"
                    + " \(Self.timeouts.upperBound)."
            )
        }
    }

    func run() throws {
        let milliseconds = UInt64(timeout) * 1_000
        let place = try place()
        // The socket's directory is the service's: root goes by its owner's rights there.
        do {
            if let path = place.address.path { try FileRights.takeOn(ownerOf: path) }
        } catch {
            throw Self.unasked("\(error)")
        }
        let question = HealthQuestion(
            place,
            ready ? .ready : .health,
            milliseconds: milliseconds
        )
        guard let end = try question.askInTime() else {
            throw Self.unasked("There was no answer in \(milliseconds) ms.")
        }
        switch end {
        case .success((true, let line)): Output.line(line)
        case .success((false, let line)):
            Output.line(line)
            throw ExitCode(1)
        case .failure(let error): throw Self.unasked("\(error)")
        }
    }

    private func place() throws -> HealthPlace {
        if let address {
            do throws(ValueError) {
                return try HealthPlace(address)
            } catch {
                throw Self.unasked(
                    "--address: \"\(PrintableText.escaped(address))\" \(error.reason). Allowed:"
                        + " \(HealthPlace.form)."
                )
            }
        }
        do throws(ConfigurationError) {
            let place = try ServerConfiguration.healthPlace(
                file: config,
                environment: ProcessSettings.environment,
                flags: ConfigurationOverrides(data: data)
            )
            if let place { return place }
        } catch {
            throw Self.unasked("\(error)".split(separator: "\n").joined(separator: "; "))
        }
        throw Self.unasked("probe.address and administration.address are none: nothing answers.")
    }

    /// Prints why the server was not asked, and returns the error to throw then.
    private static func unasked(_ reason: String) -> ExitCode {
        Output.line(reason, to: .error)
        return ExitCode(2)
    }
}
