// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Reactor
internal import SQLiteStore
internal import Server

/// Makes a data directory from a backup.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a data directory from a file of `handfast backup`.",
        discussion: """
            The directory must be empty or absent. Everything is checked before anything appears \
            in it; when something is wrong, it stays as it was. The files belong to the owner of \
            the directory. Where it is absent, run this as the user that the server runs as.

            Clients and users that were disabled or removed after the backup can authenticate \
            again then: disable or remove them once more.
            """
    )

    @Argument(help: "The backup; - for standard input.")
    var file: String

    @OptionGroup var data: DataOptions

    @Option(
        name: .customLong("sha256"),
        help: ArgumentHelp("The SHA-256 that `handfast backup` printed; another file is refused.")
    )
    var digest: String?

    func validate() throws {
        guard digest == nil || expected != nil else {
            throw ValidationError("--sha256 takes the 64 hexadecimal digits that backup printed.")
        }
    }

    func run() throws {
        let backup = try BackupReader(named: file)
        let place = try data.place()
        guard place.shared == nil else {
            throw CommandError(
                "A backup has a data directory with a database of its own; a store in PostgreSQL is"
                    + " restored with PostgreSQL's own tools."
            )
        }
        let directory = place.directory
        try FileRights.takeOn(ownerOf: directory)
        let restoration = try Restoration(in: directory)
        for warning in restoration.warnings { Output.warn(warning) }
        try restoration.fill(from: backup, expecting: expected)
        print("restored: \(directory)")
    }

    private var expected: Digest256? { digest.flatMap { BackupMember.digest($0.utf8) } }
}
