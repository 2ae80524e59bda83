// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import ArgumentParser
internal import Reactor
internal import Registration
internal import Server
internal import Text

/// The options for a server that runs, which is asked over its administrative listener.
struct RunningServer: ParsableArguments {
    @OptionGroup var data: DataOptions

    @Option(
        help: .value(
            "address",
            "Where the server's administrative listener is: unix:/PATH, or HOST:PORT on loopback."
                + " The default is that of serve: HANDFAST_ADMINISTRATION_ADDRESS, then the"
                + " configuration's, then admin.sock in the data directory."
        )
    )
    var administration: String?

    /// The content of the answer to a GET; anything but 200 ends the command with what is wrong.
    func get(_ path: String, query: [(name: String, value: String?)]) throws -> [UInt8] {
        let address = try address()
        let client = AdministrationClient(directory: try data.enter(), address: address)
        let given = query.compactMap { name, value in value.map { (name: name, value: $0) } }
        let answer: ReceivedAnswer
        do throws(AdministrationClientError) {
            answer = try client.ask(.get, path, query: given)
        } catch {
            guard case .noServer = error else { throw CommandError("\(error)") }
            throw CommandError(
                "\(error) Start one with `handfast serve`; where it has another"
                    + " administration.address, give that with --administration."
            )
        }
        switch answer.status {
        case 200: return answer.content
        case 401:
            throw CommandError(
                "The server at \(client.address) does not take the token in \(client.tokenPath)."
                    + " Give the --data that it was started with."
            )
        case 404: throw CommandError("The server at \(client.address) has no \(path).")
        default: refuse(answer, by: client)
        }
    }

    /// Asks the server, with a time of its own for each request.
    func client(waitMilliseconds: UInt64) throws -> AdministrationClient {
        let address = try address()
        return AdministrationClient(
            directory: try data.enter(),
            address: address,
            waitMilliseconds: waitMilliseconds
        )
    }

    /// nil for the usual one.
    private func address() throws -> ListenAddress? {
        if let administration {
            do throws(ValueError) {
                return try ListenAddress(local: administration)
            } catch {
                throw Output.usage(
                    "--administration: \"\(PrintableText.escaped(administration))\""
                        + " \(error.reason). Give unix:/PATH, or HOST:PORT on loopback, such as"
                        + " 127.0.0.1:9444."
                )
            }
        }
        // A bad configuration may still be that of a server which runs by an older one.
        let configuration = try? ServerConfiguration.load(
            file: data.config,
            environment: ProcessSettings.environment,
            overrides: ConfigurationOverrides(data: data.data)
        )
        guard let configuration else { return nil }
        guard let address = configuration.administration.address else {
            throw CommandError(
                "administration.address is none: such a server cannot be asked. Give an address."
            )
        }
        return address
    }

    private func refuse(_ answer: ReceivedAnswer, by client: AdministrationClient) -> Never {
        let lines = AnswerFindings.lines(answer.content)
        guard !lines.isEmpty else {
            let text = "The server at \(client.address) has answered with status \(answer.status)."
            Output.fail([text], isUsage: false)
        }
        Output.fail(lines, isUsage: answer.status == 400)
    }
}
