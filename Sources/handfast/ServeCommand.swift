internal import ArgumentParser
internal import Cryptography
internal import Foundation
internal import Logging
internal import Server

/// Runs the server.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the token endpoint.",
        discussion: """
            On its first start the server makes what it needs in the data directory: the database, a private key with a \
            self-signed certificate for localhost, and a key that signs tokens. It prints "listening on https://…" on \
            standard output when it accepts connections.

            SIGTERM lets requests in flight finish and ends with status 0. SIGHUP reads the configuration and the \
            certificates again; when something in them is wrong, the old ones stay in force.
            """
    )

    @Option(help: ArgumentHelp("The data directory; made when it is missing.", valueName: "dir"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "Where to listen; replaces the configured listeners.",
            valueName: "host:port"
        )
    )
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "How many reactor threads; 0 for one on each core.",
            valueName: "number"
        )
    )
    var reactors: Int?

    @Option(help: ArgumentHelp("The issuer identifier in tokens and metadata.", valueName: "url"))
    var issuer: String?

    @Option(help: ArgumentHelp("A configuration file, YAML or JSON.", valueName: "file"))
    var config: String?

    func run() async throws {
        let overrides = ConfigurationOverrides(
            data: data,
            listen: listen,
            reactors: reactors,
            issuer: issuer
        )
        let file = config
        let loaded = try await ServerConfiguration.load(
            file: file,
            environment: ProcessInfo.processInfo.environment,
            overrides: overrides
        )
        let sink = try LogSink(format: loaded.log.format, level: loaded.log.level)
        LoggingSystem.bootstrap { SinkLogHandler($0, sink) }
        let log = Logger(label: "handfast")
        defer { sink.stop() }
        let provider = CryptographyLibrary.start(slim: loaded.tls.slimProvider)
        if loaded.tls.slimProvider, provider == .plain {
            log.warning(
                "the slim provider could not be loaded; handshakes cost about twice as much",
                metadata: ["openssl": "\(CryptographyLibrary.version)"]
            )
        }
        let server = try Server(loaded, log: log, sink: sink) {
            try Self.waiting {
                try await ServerConfiguration.load(
                    file: file,
                    environment: ProcessInfo.processInfo.environment,
                    overrides: overrides
                )
            }
        }
        for address in try server.start() { Output.line("listening on \(address)") }
        server.run()
    }

    // SIGHUP arrives in a loop that waits for signals; the configuration library is asynchronous.
    private static func waiting<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let result = ResultBox<Value>()
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            do { result.store(.success(try await body())) } catch { result.store(.failure(error)) }
            done.signal()
        }
        done.wait()
        return try result.value()
    }
}

/// A result on its way from a task to the thread that waits for it.
private final class ResultBox<Value: Sendable>: Sendable {
    private let lock = NSLock()
    nonisolated(unsafe) private var result: Result<Value, any Error>?

    func store(_ result: Result<Value, any Error>) {
        lock.withLock { unsafe self.result = result }
    }

    func value() throws -> Value {
        guard let result = lock.withLock({ unsafe result }) else { throw CancellationError() }
        return try result.get()
    }
}
