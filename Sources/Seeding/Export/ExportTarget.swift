// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Reactor

/// The place that an export goes to; its owner calls `finish` or `remove`.
protocol ExportTarget {
    /// Writes a part; one without bytes is none.
    mutating func take(_ piece: ExportPiece) throws(SystemError)
    /// Makes the export durable, or visible, as a whole.
    mutating func finish() throws(SystemError)
    /// Removes what was written.
    mutating func remove()
}

/// A folder of files, each for its owner alone.
struct ExportFolder: ExportTarget {
    private let path: String
    private let wasThere: Bool
    private var written: [String] = []

    /// Makes the folder; throws where it has anything in it.
    init(_ path: String) throws(SeedError) {
        self.path = path
        let names: [String]
        do throws(SystemError) {
            wasThere = try DataFile.kind(path) != nil
            if !wasThere { try Folder.make(path) }
            names = try Folder.names(in: path)
        } catch {
            throw SeedError("\(path) cannot be written: \(error.reason).")
        }
        guard names.isEmpty else {
            throw SeedError(
                "\(path) has files already. An export goes into a folder that is empty or"
                    + " absent: name another one."
            )
        }
    }

    mutating func take(_ piece: ExportPiece) throws(SystemError) {
        guard !piece.bytes.isEmpty else { return }
        let file = "\(path)/\(piece.name)"
        written.append(piece.name)
        try DataFile.append(piece.bytes.span, to: try DataFile.create(file), file)
    }

    mutating func finish() throws(SystemError) {}

    mutating func remove() {
        for name in written { DataFile.remove("\(path)/\(name)") }
        if !wasThere { Folder.remove(path) }
    }
}

/// One file for its owner alone, which has its name when it is whole.
struct ExportFile: ExportTarget {
    /// A system call for so many bytes, and not for each client.
    private static let bufferBytes = 1 << 18

    private let path: String
    private let partial: String
    private let file: OpenFile
    private var buffer: [UInt8] = []

    /// A descriptor that a copyable value can hold.
    private final class OpenFile {
        let descriptor: Descriptor

        init(_ path: String) throws(SystemError) { descriptor = try DataFile.create(path) }
    }

    /// Begins the file; throws where something has its name.
    init(_ path: String) throws(SeedError) {
        self.path = path
        partial = "\(path).\(getpid()).partial"
        guard !DataFile.exists(path) else {
            throw SeedError("\(path) is there already, and is not overwritten: name another file.")
        }
        do throws(SystemError) {
            file = try OpenFile(partial)
        } catch {
            throw SeedError("\(path) cannot be written: \(error.reason).")
        }
    }

    mutating func take(_ piece: ExportPiece) throws(SystemError) {
        buffer += piece.bytes
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    mutating func finish() throws(SystemError) {
        try flush()
        try DataFile.sync(file.descriptor, path)
        try DataFile.publish(partial, as: path)
    }

    mutating func remove() { DataFile.remove(partial) }

    private mutating func flush() throws(SystemError) {
        try DataFile.append(buffer.span, to: file.descriptor, path)
        buffer.removeAll(keepingCapacity: true)
    }
}
