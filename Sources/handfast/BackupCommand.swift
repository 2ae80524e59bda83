// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Reactor
internal import Registration
internal import SQLiteStore
internal import Seeding
internal import Server

/// Copies a data directory into one file.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the data directory into one file, beside a running server.",
        discussion: """
            The file has the database as it is at one moment, with the keys that sign and seal \
            tokens, and server.key, server.pem, admin.token and audit.key where they are there: \
            keep it as secret as the directory. Only its owner can read it, and a file that is \
            there is not overwritten. It is a tar file with the SHA-256 of everything in it.

            Files that the configuration names outside the directory are not in it. With --config \
            they are listed, for you to keep them with it.

            What is printed last is the SHA-256 of the whole file. `handfast restore --sha256` \
            compares it; kept elsewhere, it shows whether somebody changed the file.

            Examples:

              handfast backup /backup/handfast-2030-01-31.tar --config /etc/handfast/handfast.yaml
              handfast backup - | age -r RECIPIENT > handfast.tar.age
            """
    )

    @Argument(help: "The file to make; - for standard output.")
    var file: String

    @OptionGroup var data: DataOptions

    func run() throws {
        guard file != "-" || !SystemCall.isTerminal(1) else {
            throw Output.usage("A backup is not shown on a terminal. Name a file.")
        }
        let target = Backup.Target(named: file)
        try Backup.check(target)
        // Before the directory is opened, by the rights of whom it belongs to from then on.
        let named = try data.namedFiles()
        let store = try data.openWhole()
        guard let snapshots = store.snapshots else {
            throw CommandError(
                "A store in PostgreSQL is backed up with PostgreSQL's own tools, such as pg_dump;"
                    + " its key file is kept elsewhere."
            )
        }
        // A restored copy would have no manifest, and could be served as if its keys were secret.
        try SeedManifest.refuse(store.directory, remedy: "In place of a backup, seed it again.")
        let backup = Backup(of: store.directory)
        let digest = try backup.copy(
            snapshots,
            with: named.map(\.path),
            to: target,
            now: epochSeconds()
        )
        for file in named where backup.member(file.path) == nil {
            Output.line("not in it: \(PrintableText.escaped(file.path)) (\(file.key))", to: stream)
        }
        Output.line("sha256: \(digest.hexadecimal)", to: stream)
    }

    /// Texts go to standard error where the backup goes to standard output.
    private var stream: Output.Stream { file == "-" ? .error : .output }
}
