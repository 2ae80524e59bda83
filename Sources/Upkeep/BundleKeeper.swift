// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Registration
internal import Storage

/// Keeps a bundle in the store, for workers; blocks.
struct BundleKeeper: Sendable {
    let store: any RegistrationStore
    let mayWrite: Bool

    /// Writes a bundle that is another one, unless the set has another source by now.
    ///
    /// Another node may have written it, or a newer one: the store's sequence decides.
    func keep(
        _ bundle: SPIFFEBundle,
        _ name: String,
        _ known: SPIFFEBundleRecord,
        at now: Int64
    ) throws -> TrustSetRecord.BundleResult {
        guard mayWrite else {
            throw StoreError(.reader, "a node that writes takes it over", of: .sharedStore)
        }
        return try store.write(by: .server, at: now) { writer in
            guard var set = try writer.trustSet(name), let spiffe = set.spiffe,
                spiffe.source == known.source, spiffe.trustDomain == known.trustDomain
            else { return .same }
            let result = set.take(bundle, at: now)
            switch result {
            case .taken: _ = try writer.update(set)
            case .same: try writer.confirmBundle(of: name, at: now)
            case .older: break
            }
            return result
        }
    }

    /// Records the look.
    func confirm(_ name: String, at now: Int64) throws {
        guard mayWrite else { return }
        try store.write(by: .server, at: now) { writer in
            try writer.confirmBundle(of: name, at: now)
        }
    }
}
