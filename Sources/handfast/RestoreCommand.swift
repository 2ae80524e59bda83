// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Reactor
internal import SQLiteStore

/// Makes a data directory from a backup.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a data directory from a file of `handfast backup`.",
        discussion: """
            The directory must be empty or absent. Everything is checked before anything appears \
            in it; when something is wrong, it stays as it was. Run as the user that the server \
            runs as.

            What was disabled or removed after the backup is back then: do it again.
            """
    )

    @Argument(help: "The backup; - for the input.")
    var file: String

    @OptionGroup var data: DataOptions

    @Option(
        name: .customLong("sha256"),
        help: ArgumentHelp("What `handfast backup` printed; another file is refused.")
    )
    var digest: String?

    func validate() throws {
        guard let digest, BackupMember.digest(digest.utf8) == nil || digest.utf8.count != 64 else {
            return
        }
        throw ValidationError("--sha256 takes the 64 hexadecimal digits that backup printed.")
    }

    func run() throws {
        guard file != "-" else { return try restore(from: 0, "The input") }
        let input = try open()
        try restore(from: input.number, file)
    }

    private func restore(from input: Int32, _ name: String) throws {
        let directory = try data.path()
        let restoration = try Restoration(in: directory)
        for warning in restoration.warnings { Output.warn(warning) }
        try restoration.fill(from: BackupReader(input, name)) { found throws(BackupError) in
            guard digest.map({ BackupMember.digest($0.utf8) == found }) ?? true else {
                throw BackupError.another(file, digest: found.hexadecimal)
            }
        }
        print("restored: \(directory)")
    }

    private func open() throws -> Descriptor {
        let refusal = Refusal(
            "\(file) cannot be read. Name a file that `handfast backup` made."
        )
        do {
            guard try DataFile.kind(file) != .directory else { throw refusal }
            return try DataFile.openStream(file)
        } catch {
            throw refusal
        }
    }
}
