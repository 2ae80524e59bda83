// SPDX-License-Identifier: Apache-2.0
internal import Fetch
internal import Logging
internal import Storage

extension Server {
    /// Loads what fetching needs where anything that is stored or configured may be fetched, and
    /// logs what is missing; else the first fetch loads it.
    ///
    /// A package that is not there is told at the start then, and not by the first client.
    static func loadFetching(
        _ fetching: ServerConfiguration.Fetching,
        _ contents: RegistryContents,
        log: Logger
    ) {
        let isConfigured = fetching.authorities != nil || !fetching.networks.isEmpty
        let sources = contents.trustSets.values.lazy.flatMap(\.record.sources)
        let isStored =
            !contents.remoteKeys.isEmpty || sources.contains { !RevocationListSource.isFile($0) }
        guard isConfigured || isStored, let problem = Fetch.libraryProblem else { return }
        log.error("nothing can be fetched", metadata: ["reason": "\(problem)"])
    }
}
