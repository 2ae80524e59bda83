// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Serving

/// The keys of the server as a whole, and of its threads.
extension ConfigurationKey {
    static let data = ConfigurationKey(
        "data",
        .path,
        "/var/lib/handfast",
        "The directory of the database and of generated keys; made on the first start."
    ).needingRestart(\.dataDirectory)
    static let issuer = ConfigurationKey(
        "issuer",
        .issuer,
        nil,
        "The issuer in tokens and metadata. Without it: https://localhost:PORT of the first"
            + " listener where that is loopback or all addresses, else https://HOST:PORT."
    )
    static let reactors = ConfigurationKey(
        "reactors",
        ServerConfiguration.reactorsRange,
        0,
        "Threads that serve connections; 0 is one for each core this process may use."
    ).needingRestart(\.reactors)
    /// In the order of the example file.
    static let general: [ConfigurationKey] = [.data, .issuer, .reactors]

    static let workerThreads = ConfigurationKey(
        "workers.threads",
        WorkerSettings.threadsRange,
        0,
        "Threads for password hashing; 0 is one for each core."
    ).needingRestart(\.workers, "workers")
    static let workerQueue = ConfigurationKey(
        "workers.queue",
        WorkerSettings.queueRange,
        WorkerSettings(threads: 1).queue,
        "Jobs that may wait for these threads; beyond it the answer is 503."
    ).needingRestart(\.workers, "workers")
    /// In the order of the example file.
    static let ofWorkers: [ConfigurationKey] = [.workerThreads, .workerQueue]
}

extension ConfigurationLoader {
    /// The issuer that follows from the first listener's address.
    mutating func deriveIssuer(_ listeners: [ListenerSettings]) -> String {
        guard let address = listeners.first?.address else { return "" }
        if address.path != nil, !isBroken(.issuer) {
            addFinding(
                ConfigurationKey.issuer.name,
                "is missing: it does not follow from a Unix socket",
                allowed: ConfigurationKey.issuer.allowed
            )
        }
        return ServerConfiguration.issuer(at: address)
    }

    func buildWorkers() -> WorkerSettings {
        let threads = integer(.workerThreads)
        var section = WorkerSettings(
            threads: threads == 0 ? max(1, ProcessSettings.processors) : threads
        )
        section.queue = integer(.workerQueue)
        return section
    }
}
