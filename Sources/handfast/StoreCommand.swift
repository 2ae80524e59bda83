// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import PostgresStore
internal import Reactor
internal import Registration
internal import Server
internal import Storage

/// Looks after a store that nodes share.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract:
            "Look after a store in PostgreSQL: its tables, its key, a directory that moves there.",
        subcommands: [StoreMigrate.self, StoreCopyCommand.self, StoreRewrapCommand.self]
    )

    /// The store at `url`, or the one that environment and configuration name; warns of a password
    /// in its address.
    static func sharedStore(
        _ url: String?,
        keyFile: String?,
        config: String?
    ) throws -> SharedStoreSettings {
        let flags = ConfigurationOverrides(store: url, storeKeyFile: keyFile)
        let place = try flags.read(config, ServerConfiguration.storePlace)
        guard let shared = place.shared else {
            throw Output.usage(
                "There is no store that nodes share; give its URL, postgresql://…. A data"
                    + " directory's database is brought up to date when it is opened."
            )
        }
        if shared.url.hasPassword { Output.warn(StoreOptions.passwordWarning) }
        return shared
    }
}

/// Makes the tables, or brings them to this program's schema.
struct StoreMigrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Make the tables in a database, or bring them to this program's schema.",
        discussion: """
            Servers never change tables: they say that this command is missing. Its role must own \
            the tables; the roles of servers and of administrators need less \
            (Documentation/fleet.md). All of it is one transaction. Nodes of the release before go \
            on beside the new tables.

            Secrets in the database are wrapped under a key in a file that the database does not \
            have. For the first migration --new-key-file makes one; it is never overwritten. Copy \
            it to every node, and keep a copy elsewhere: without it the secrets are lost.

            Examples:

              handfast store migrate --store postgresql://owner@db/handfast --new-key-file KEY
              handfast store migrate --store postgresql://owner@db/handfast --store-key-file KEY
            """
    )

    @OptionGroup var store: StoreOptions

    @Option(help: .value("file", "Where to make the key of a new store, readable for you alone."))
    var newKeyFile: String?

    @Option(help: .value("file", "The server's configuration file, for the store that it names."))
    var config: String?

    func run() throws {
        let made = newKeyFile
        if made != nil, store.storeKeyFile != nil {
            throw Output.usage("A new key is for a new store: give --new-key-file alone.")
        }
        let shared = try StoreCommand.sharedStore(
            store.store,
            keyFile: made ?? store.storeKeyFile,
            config: config
        )
        if let made {
            try PostgresMigration.requireEmpty(shared.url)
            try StoreKeyFile.make(at: made)
        }
        let report: PostgresMigration.Report
        do throws(StoreError) {
            report = try PostgresMigration.migrate(
                shared.url,
                keyFile: StoreKeyFile(path: shared.keyFile)
            )
        } catch {
            // Of no store, unless the commit may have been made.
            if let made, error.kind != .commitUnknown { DataFile.remove(made) }
            throw error
        }
        if let made { Output.line("key file: \(PrintableText.escaped(made))") }
        Output.line(
            report.from == report.to
                ? "schema: \(report.to), unchanged" : "schema: \(report.to), from \(report.from)"
        )
    }
}
