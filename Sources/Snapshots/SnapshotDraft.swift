// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// A snapshot that is being written: a file that takes the place of the one before when whole.
///
/// One thread's own. A failure is kept until `finish`, so that reading the store goes on.
package final class SnapshotDraft {
    private var records = RecordWriter()
    private var frame: [UInt8] = []
    private var file: SealedFileWriter?
    private var failure: (any Error)?
    private let path: String
    private let key: [UInt8]
    private let purpose: String

    /// Few system calls, and little memory.
    static let frameCount = 256 * 1_024

    /// A draft at `path`, whose file is made with the first record.
    init(_ path: String, key: [UInt8], purpose: String) {
        (self.path, self.key, self.purpose) = (path, key, purpose)
    }

    /// Adds `record`.
    package func append(_ record: SnapshotRecord) {
        guard failure == nil else { return }
        records.append(record, to: &frame)
        if frame.count >= Self.frameCount { flush() }
    }

    /// Makes durable what there is, so that little is left for `finish`.
    func sync() {
        flush()
        do {
            try file?.sync()
        } catch {
            failure = error
        }
    }

    /// The file with its last frame, and the CA certificates that it has; throws the first failure.
    func finish(epoch: UInt64) throws -> (SealedFileWriter, RecordWriter) {
        RecordWriter.appendEnd(epoch: epoch, to: &frame)
        flush()
        if let failure { throw failure }
        guard let file else { throw SystemError("writing \(path)", code: 0) }
        return (file, records)
    }

    /// Removes the file.
    func abandon() {
        file = nil
        DataFile.remove(path)
    }

    private func flush() {
        guard failure == nil, !frame.isEmpty else { return }
        do {
            let file = try file ?? SealedFileWriter(path, key: key, purpose: purpose)
            self.file = file
            try file.append(frame)
        } catch {
            failure = error
        }
        frame.removeAll(keepingCapacity: true)
    }
}
