// SPDX-License-Identifier: Apache-2.0
package import PostgresStore
internal import Serving
package import Storage
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
    /// In the order of the example file.
    static let ofStore: [ConfigurationKey] = [.storeURL, .storeKeyFile, .storeStaleness]
}

extension ConfigurationLoader {
    /// The shared store, if one is named.
    mutating func buildSharedStore() -> SharedStoreSettings? {
        let keyFile = text(.storeKeyFile)
        guard let url = storeURL(.storeURL) else {
            if keyFile != nil, !isBroken(.storeURL) {
                addFinding(
                    ConfigurationKey.storeKeyFile.name,
                    "is of no use without \(ConfigurationKey.storeURL.name)"
                )
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
                    "is missing (--store-key-file): secrets in the store are wrapped under its key",
                    allowed: ConfigurationKey.storeKeyFile.allowed
                )
            }
            return nil
        }
        return SharedStoreSettings(
            url: url,
            keyFile: keyFile,
            stalenessMaxSeconds: integer(.storeStaleness)
        )
    }
}

/// The places of a node's state.
public struct StorePlace: Sendable, Equatable {
    /// The node's own folder.
    public let directory: String
    /// The shared store; nil where the folder has the database.
    package let shared: SharedStoreSettings?
}

extension ServerConfiguration {
    /// The places of the state of a server with this configuration.
    package var storePlace: StorePlace {
        StorePlace(directory: dataDirectory, shared: sharedStore)
    }

    /// Whether sessions are resumed on any node.
    var sharesSessions: Bool { sharedStore != nil && tls.resumption == .tickets }

    /// The time for which the server goes on without news of a shared store; nil without one.
    func staleness(by gauges: Gauges) -> StoreStaleness? {
        sharedStore.map { StoreStaleness(gauges, secondsMax: $0.stalenessMaxSeconds) }
    }
}
