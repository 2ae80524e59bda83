// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// The newest snapshot that the node has written, and when it last heard of its store: a small file
/// beside the snapshot, so that an older one that is put back is told from it.
struct SnapshotMark: Sendable, Equatable {
    /// The epoch of each part, by its name.
    var epochs: [String: UInt64] = [:]
    /// When the store was read last.
    var heard: NodeMoment

    /// The mark at `path`; throws where there is none, or another key has sealed it.
    static func read(_ path: String, keys: [[UInt8]]) throws -> SnapshotMark {
        let reader = try SealedFileReader(path, keys: keys, purpose: "mark")
        guard let frame = try reader.next() else { throw SealedFileReader.ForeignFileError() }
        var mark = SnapshotMark(heard: NodeMoment(wall: 0, boot: 0, bootID: ""))
        var fields = FieldReader(frame, frame.indices)
        while let (number, value) = try fields.next() {
            switch number {
            case 1: mark.heard.wall = try value.number()
            case 2: mark.heard.boot = UInt64(bitPattern: try value.number())
            case 3: mark.heard.bootID = try value.text()
            case 4:
                let (name, epoch) = try value.label()
                mark.epochs[name] = UInt64(epoch)
            default: break
            }
        }
        return mark
    }

    /// Replaces the file at `path`, durably.
    func write(_ path: String, key: [UInt8]) throws {
        var fields = FieldWriter()
        fields.add(1, heard.wall)
        fields.add(2, Int64(bitPattern: heard.boot))
        fields.add(3, heard.bootID)
        fields.add(4, epochs.mapValues { "\($0)" })
        let partial = path + ".partial"
        do {
            let file = try SealedFileWriter(partial, key: key, purpose: "mark")
            try file.append(fields.bytes)
            try file.publish(as: path)
        } catch {
            DataFile.remove(partial)
            throw error
        }
    }
}
