// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import PostgresStore
internal import Registration
internal import Server
internal import Storage

/// Changes the key under which secrets are wrapped in a store that nodes share.
struct StoreRewrapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap",
        abstract: "Wrap the secrets of a store under another key, beside running nodes.",
        discussion: """
            Makes a file with a new key, and behind it the one that the store has, and wraps every \
            secret under the new one, in one transaction: all of them or none. The file is never \
            overwritten. The role must own the tables.

            Put the file in the place of the old one on every node and for every command then. \
            Nodes go on meanwhile, and take it up by themselves within seconds; until then they \
            write no registration, and refuse clients with a shared secret that were changed. The \
            second line is for dumps from before, and can be removed when there is none.

            Example:

              handfast store rewrap --store postgresql://owner@db/handfast --store-key-file OLD \
            --new-key-file NEW
            """
    )

    @OptionGroup var store: StoreOptions

    @Option(help: .value("file", "Where to make the file of the new key, readable for you alone."))
    var newKeyFile: String

    @Option(help: .value("file", "The server's configuration file, for the store that it names."))
    var config: String?

    func run() throws {
        let shared = try StoreCommand.sharedStore(
            store.store,
            keyFile: store.storeKeyFile,
            config: config
        )
        let keyFile = try StoreKeyFile(path: shared.keyFile)
        if let warning = keyFile.warning { Output.warn(warning) }
        let report = try StoreRewrap.run(
            shared.url,
            keyFile: keyFile,
            to: newKeyFile,
            by: .thisCommand,
            at: epochSeconds()
        )
        Output.line("key file: \(PrintableText.escaped(newKeyFile))")
        Output.line("keys of tokens: \(report.keys)")
        Output.line("secrets of clients: \(report.clients)")
        Output.line("secrets of the store: \(report.others)")
    }
}
