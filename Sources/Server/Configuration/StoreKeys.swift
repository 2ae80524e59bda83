// SPDX-License-Identifier: Apache-2.0
internal import OAuth
package import PostgresStore
internal import Serving
package import Storage
internal import Synchronization
internal import TLS
internal import Telemetry

/// A store that nodes share.
package struct SharedStoreSettings: Sendable, Equatable {
    /// Its address.
    package let url: PostgresURL
    /// The file of the key under which its secrets are wrapped.
    package let keyFile: String
    /// Seconds without a successful read of it after which a node issues nothing.
    package let stalenessMaxSeconds: Int
    /// Whether the node writes to it.
    package let mode: StoreMode
}

/// Whether a node writes to the store that it shares.
package enum StoreMode: String, Sendable, CaseIterable {
    /// Everything is served.
    case write
    /// Grants that need no row are served, by a role that may only read, of a standby if that is
    /// named.
    case read
}

/// The nodes among which a client's assertion is used once.
package enum AssertionReplay: String, Sendable, CaseIterable {
    /// Among all nodes of the store, by a row of it.
    case shared
    /// On each node by itself, by a database in its own folder.
    case node
}

/// The keys of a store that nodes share.
extension ConfigurationKey {
    static let storeURL = ConfigurationKey(
        "store.url",
        .store,
        nil,
        "A store in PostgreSQL that nodes share. Without it, the database in the data directory."
    ).needingRestart(\.sharedStore, "store")
    static let storeKeyFile = ConfigurationKey(
        "store.key_file",
        .path,
        nil,
        "The file of the key under which secrets are wrapped in that store; all nodes and commands"
            + " have the same, and the database does not. Made by `handfast store migrate`."
    ).needingRestart(\.sharedStore, "store")
    static let storeStaleness = ConfigurationKey(
        "store.staleness_max_seconds",
        0...2_592_000,
        3_600,
        "Seconds without a successful read of that store after which a node issues nothing: it"
            + " cannot hear of a client that was disabled meanwhile. 0 stops at once."
    ).needingRestart(\.sharedStore, "store")
    static let storeMode = ConfigurationKey(
        "store.mode",
        StoreMode.write,
        "read is for a node whose role may only read that store, or a standby of it: grants that"
            + " need no row are served, and nothing is written."
    ).needingRestart(\.sharedStore, "store")
    static let assertionReplay = ConfigurationKey(
        "assertions.replay",
        AssertionReplay.shared,
        "The nodes among which a client's assertion is used once: all that share a store, or each"
            + " node by itself, which goes on while the store is away."
    ).needingRestart(\.assertionReplay)
    /// In the order of the example file.
    static let ofStore: [ConfigurationKey] = [
        .storeURL, .storeKeyFile, .storeStaleness, .storeMode, .assertionReplay,
    ]
}

extension ConfigurationLoader {
    /// The shared store, if one is named.
    mutating func buildSharedStore() -> SharedStoreSettings? {
        let keyFile = text(.storeKeyFile)
        guard let url = storeURL(.storeURL) else {
            let mode: StoreMode = choice(.storeMode)
            for (key, isGiven) in [(.storeKeyFile, keyFile != nil), (.storeMode, mode == .read)]
                as [(ConfigurationKey, Bool)] where isGiven && !isBroken(.storeURL)
            {
                let needed = ConfigurationKey.storeURL.name
                addFinding(key.name, "is of no use without \(needed) (--store)")
            }
            return nil
        }
        if url.hasPassword {
            warn(
                ConfigurationKey.storeURL.name,
                value: url.description,
                "has a password, which others may read where it stands: keep it in the file that"
                    + " PGPASSFILE names"
            )
        }
        if url.isUnproven {
            warn(
                ConfigurationKey.storeURL.name,
                value: url.description,
                "has no sslmode=verify-full: whoever stands between this node and the database can"
                    + " read and change what they say"
            )
        }
        guard let keyFile else {
            if !isBroken(.storeKeyFile) {
                addFinding(
                    ConfigurationKey.storeKeyFile.name,
                    "is missing (--store-key-file): secrets in the store are wrapped under its key,"
                        + " which `handfast store migrate --new-key-file` makes for a new store",
                    allowed: ConfigurationKey.storeKeyFile.allowed
                )
            }
            return nil
        }
        return SharedStoreSettings(
            url: url,
            keyFile: keyFile,
            stalenessMaxSeconds: integer(.storeStaleness),
            mode: choice(.storeMode)
        )
    }
}

/// The places of a node's state.
public struct StorePlace: Sendable, Equatable {
    /// The node's own folder.
    public let directory: String
    /// The shared store; nil where the folder has the database.
    package let shared: SharedStoreSettings?
    /// The nodes among which assertions are used once.
    package let assertionReplay: AssertionReplay
}

extension ServerConfiguration {
    /// The places of the state of a server with this configuration.
    package var storePlace: StorePlace {
        StorePlace(
            directory: dataDirectory,
            shared: sharedStore,
            assertionReplay: assertionReplay
        )
    }

    /// Whether sessions are resumed on any node.
    var sharesSessions: Bool { sharedStore != nil && tls.resumption == .tickets }

    /// Whether the server writes nothing to the store that it shares.
    var isReader: Bool { sharedStore?.mode == .read }

    /// The profile of a listener, without what the server cannot serve: on a node that only reads
    /// its store, what needs a row.
    func profile(of listener: ListenerSettings) -> SecurityProfile {
        var profile = listener.profile.endpoint(authentication)
        guard isReader else { return profile }
        profile.grants.formIntersection([.clientCredentials, .password, .tokenExchange])
        if assertionReplay == .shared {
            let signing: [ClientAuthenticationMethod] = [.privateKeyJWT, .secretJWT]
            profile.methods = profile.methods.subtracting(ClientAuthenticationMethods(signing))
        }
        return profile
    }

    /// The time for which the server goes on without news of a shared store, which `gauges` have
    /// then; nil without one.
    func staleness(by gauges: Gauges) -> StoreStaleness? {
        guard let sharedStore else { return nil }
        gauges.storeUnreadSecondsMax.store(sharedStore.stalenessMaxSeconds, ordering: .relaxed)
        gauges.assertionsNeedRow.store(assertionReplay == .shared, ordering: .relaxed)
        gauges.storeIsReadOnly.store(isReader, ordering: .relaxed)
        return StoreStaleness(gauges)
    }
}
