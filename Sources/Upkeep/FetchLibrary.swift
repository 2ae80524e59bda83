// SPDX-License-Identifier: Apache-2.0
internal import Fetch
internal import Logging
internal import Registration
internal import Storage

/// Loads libcurl at the start where a stored registration or the configuration may need a fetch;
/// else the first fetch loads it.
///
/// A missing package is then reported at the start, and not with the first client.
struct FetchLibrary {
    private var wasLoaded = false

    /// Loads it, unless nothing is to be fetched, and logs what is missing once.
    mutating func load(for contents: RegistryContents, _ policy: FetchPolicy, log: Logger) {
        guard !wasLoaded else { return }
        let isConfigured = policy.caFile != nil || !policy.allowed.isEmpty
        let sources = contents.trustSets.values.lazy.flatMap(\.record.sources)
        let isStored =
            !contents.remoteKeys.isEmpty || sources.contains { !RevocationListSource.isFile($0) }
            || contents.bundles.values.contains { bundle in
                bundle.record.spiffe.map { !SPIFFEBundleSource.isFile($0.source) } ?? false
            }
        guard isConfigured || isStored else { return }
        wasLoaded = true
        guard let reason = Fetch.libraryError else { return }
        log.error("nothing can be fetched", metadata: ["reason": "\(reason)"])
    }
}
