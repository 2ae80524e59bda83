// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Foundation
internal import Reactor
internal import Server
internal import Storage

/// Copies a data directory into one file.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the data directory into one file, beside a running server.",
        discussion: """
            The file has the database as it is at one moment, with the keys that sign and seal \
            tokens, and server.key, server.pem and admin.token where they are there: keep it as \
            secret as the directory. Only its owner can read it, and a file that is there is not \
            overwritten. It is a tar file with the SHA-256 of everything in it.

            Files that the configuration names outside the directory are not in it. With --config \
            they are listed, for you to keep them with it.

            What is printed last is the SHA-256 of the whole file. `handfast restore --sha256` \
            compares it; kept elsewhere, it shows whether somebody changed the file.

            Examples:

              handfast backup /backup/handfast-2030-01-31.tar --config /etc/handfast/handfast.yaml
              handfast backup - | age -r RECIPIENT > handfast.tar.age
            """
    )

    @Argument(help: "The file to make; - for the output.")
    var file: String

    @OptionGroup var data: DataOptions

    func run() throws {
        guard file != "-" || !SystemCall.isTerminal(1) else {
            throw Output.usage("A backup is not shown on a terminal. Name a file.")
        }
        try refuseTaken()
        let store = try data.openWhole()
        let named = try data.namedFiles()
        let inside = named.compactMap { within(store.directory, $0.path) }
        let outside = named.filter { within(store.directory, $0.path) == nil }
        let digest = try store.snapshots.withSnapshot { database in
            var files = [(name: BackupArchive.databaseName, path: database)]
            for name in BackupArchive.fileNames + inside
            where !files.contains(where: { $0.name == name }) {
                let path = "\(store.directory)/\(name)"
                // A link that leads nowhere is refused by the writer; it is not a missing file.
                if try DataFile.kind(path, followsLinks: false) != nil {
                    files.append((name, path))
                }
            }
            return try write(files)
        }
        for file in outside {
            Output.note("not in it: \(Output.printable(file.path)) (\(file.key))", to: stream)
        }
        Output.note("sha256: \(digest.hexadecimal)", to: stream)
    }

    /// Beside a backup on standard output, words go to standard error.
    private var stream: Output.Stream { file == "-" ? .error : .output }

    private func refuseTaken() throws {
        guard file != "-", try DataFile.kind(file) != nil else { return }
        throw Refusal("There is something at \(file) already. Name another file.")
    }

    private func write(_ files: [(name: String, path: String)]) throws -> Digest256 {
        let now = epochSeconds()
        guard file != "-" else {
            return try BackupWriter(1, "the output", now: now).write(files)
        }
        let partial = "\(file).\(try RandomBytes.alphanumeric(8)).partial"
        let target = try DataFile.create(partial)
        do {
            let digest = try BackupWriter(target.number, file, now: now).write(files)
            try DataFile.sync(target, file)
            try DataFile.publish(partial, as: file)
            return digest
        } catch {
            DataFile.remove(partial)
            throw error
        }
    }

    /// The name of a file that stands directly in `directory` and may be a member; nil for others.
    private func within(_ directory: String, _ path: String) -> String? {
        let file = URL(fileURLWithPath: path).standardized.resolvingSymlinksInPath()
        let name = file.lastPathComponent
        let isThere = file.deletingLastPathComponent().path == directory
        return isThere && BackupArchive.isMemberName(name) ? name : nil
    }
}
