// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import ArgumentParser
internal import Reactor
internal import Registration
internal import Text

/// The options for a load target that serves, and its answers.
struct RunningTarget: ParsableArguments {
    @Option(
        help: .value("dir", "The data directory of a load target that serves, with admin.token.")
    )
    var data: String

    @Option(
        help: .value(
            "address",
            "Where its administrative listener is, if not at admin.sock in the directory:"
                + " unix:/PATH, or HOST:PORT on loopback."
        )
    )
    var administration: String?

    /// Asks, and prints the answer's content; a refusal ends the command with its findings.
    ///
    /// `name` is what is not there where the answer is 404, if not the path.
    func show(
        _ method: AdministrationClient.Method,
        _ path: String,
        query: [(name: String, value: String?)] = [],
        content: [UInt8] = [],
        called name: String? = nil
    ) throws {
        let given = query.compactMap { name, value in value.map { (name: name, value: $0) } }
        let client = try client()
        let answer = try ask(client, method, path, query: given, content: content)
        switch answer.status {
        case 200...299: Self.show(answer.content)
        case 401:
            throw CommandError(
                "The server at \(client.address) does not take the token in \(client.tokenPath)."
                    + " Give the --data that it was started with."
            )
        case 404: throw CommandError(try notFound(client, name ?? path))
        case 413:
            throw CommandError("The server at \(client.address) takes no content of that length.")
        default: refuse(answer, by: client)
        }
    }

    private func client() throws -> AdministrationClient {
        try FileRights.takeOn(ownerOf: data)
        guard let administration else { return AdministrationClient(directory: data) }
        do throws(ValueError) {
            let address = try ListenAddress(local: administration)
            return AdministrationClient(directory: data, address: address)
        } catch {
            throw Output.usage(
                "--administration: \"\(PrintableText.escaped(administration))\" \(error.reason)."
                    + " Give unix:/PATH, or HOST:PORT on loopback, such as 127.0.0.1:9444."
            )
        }
    }

    private func ask(
        _ client: AdministrationClient,
        _ method: AdministrationClient.Method,
        _ path: String,
        query: [(name: String, value: String)] = [],
        content: [UInt8] = []
    ) throws -> ReceivedAnswer {
        do throws(AdministrationClientError) {
            return try client.ask(method, path, query: query, content: content)
        } catch {
            guard case .noServer = error else { throw CommandError("\(error)") }
            throw CommandError(
                "\(error) Start it with `handfast load-target serve`; where its configuration names"
                    + " another administration.address, give that with --administration."
            )
        }
    }

    /// Whether the server has no such thing, or is of another kind, decides what to say.
    private func notFound(_ client: AdministrationClient, _ name: String) throws -> String {
        let isTarget = try ask(client, .get, "/load-target/clock").status == 200
        return isTarget
            ? "The load target at \(client.address) has no \(name)."
            : "The server at \(client.address) is no load target. Give the --data of one that"
                + " `handfast load-target serve` serves."
    }

    private func refuse(_ answer: ReceivedAnswer, by client: AdministrationClient) -> Never {
        let lines = AnswerFindings.lines(answer.content)
        guard !lines.isEmpty else {
            let text = "The server at \(client.address) has answered with status \(answer.status)."
            Output.fail([text], isUsage: false)
        }
        Output.fail(lines, isUsage: answer.status == 400)
    }

    private static func show(_ content: [UInt8]) {
        guard let last = content.last else { return }
        Output.write(String(decoding: content, as: UTF8.self), to: .output)
        if last != UInt8(ascii: "\n") { Output.line("") }
    }
}
