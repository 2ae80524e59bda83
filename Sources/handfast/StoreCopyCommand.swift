// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import PostgresStore
internal import Reactor
internal import Registration
internal import SQLiteStore
internal import Seeding
internal import Server
internal import Storage

/// Moves what a data directory has into a store that nodes share.
struct StoreCopyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Move everything in a data directory into an empty store that nodes share.",
        discussion: """
            Registrations, users, keys, grants and the audit go along, in one transaction: all of \
            them or none. Stop the directory's server first; its database is brought up to date \
            when it is opened, as by every command. The store must have the tables that `handfast \
            store migrate` makes, and nothing in them. Its role must own the tables.

            Afterwards the directory is served with --store alone, and its database takes no \
            changes: refresh tokens would be good twice. Keep it for its audit, whose entries \
            before the copy only its audit.key can check.

            Examples:

              handfast store copy --from DIR --to postgresql://owner@db/handfast --dry-run
              handfast store copy --from DIR --to postgresql://owner@db/handfast
            """
    )

    @Option(help: .value("dir", "The data directory of a server that is stopped."))
    var from: String

    @Option(help: .value("url", "The store, postgresql://USER@HOST/DATABASE, empty."))
    var to: String

    @Option(
        help: .value(
            "file",
            "The key under which secrets are wrapped in the store. The default is"
                + " HANDFAST_STORE_KEY_FILE, then the configuration's."
        )
    )
    var storeKeyFile: String?

    @Option(help: .value("file", "The server's configuration file, for the key that it names."))
    var config: String?

    @Flag(help: "Check both, and print what would be copied; nothing is written.")
    var dryRun = false

    func run() throws {
        let shared = try StoreCommand.sharedStore(to, keyFile: storeKeyFile, config: config)
        let keyFile = try StoreKeyFile(path: shared.keyFile)
        try FileRights.takeOn(ownerOf: from)
        guard try DataStore.isMade(in: from) else {
            throw CommandError(
                "There is no Handfast database in \(from). Name the directory of a server whose"
                    + " database is its own."
            )
        }
        let source = try SQLiteDatabase.open(directory: from, as: .server)
        for warning in source.warnings { Output.warn(warning) }
        try SeedManifest.refuse(
            source.directory,
            remedy: "A store that nodes share is seeded by itself."
        )
        try requireWholeAudit(source)
        if let warning = keyFile.warning { Output.warn(warning) }
        // The certificates and passwords of the connection are the invoker's.
        let copy = try FileRights.asInvoker { try StoreCopy(to: shared.url, keyFile: keyFile) }
        let counts = try source.moving { database in
            guard dryRun else {
                return try copy.copy(database, by: .thisCommand, at: epochSeconds())
            }
            let counts = try StoreCopy.counts(of: database)
            show(counts)
            try copy.check()
            return counts
        }
        let places = "\(PrintableText.escaped(source.directory)) to \(shared.url.description)"
        if dryRun {
            Output.line("nothing stands against it: \(places); nothing was written")
        } else {
            show(counts)
            Output.line("copied: \(places)")
        }
    }

    /// Entries of another hand than the server's would be vouched for by nothing in the copy.
    private func requireWholeAudit(_ source: SQLiteDatabase) throws {
        let report = try source.read { reader in try AuditVerification.report(reader) }
        guard report.finding == nil else {
            throw CommandError(
                "The audit of \(source.directory) is not whole. See `handfast audit verify --data"
                    + " DIR`, find out what happened, and begin a new chain with `handfast audit"
                    + " renew`."
            )
        }
    }

    private func show(_ counts: [StoreCopy.Count]) {
        for count in counts { Output.line("\(count.kind): \(count.rows)") }
    }
}
