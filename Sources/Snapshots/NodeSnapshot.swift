// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Reactor
package import Storage
internal import Text

/// The registrations and revocations that a node has read of a shared store, on its own disk: what
/// it starts from while that store is away.
///
/// Files in the node's folder, for its owner alone, sealed under a key of the node and of the
/// store together: the folder alone opens nothing, nor does the store's key file. Changes are
/// appended, and durable before they are in force; a mark beside them has the newest epoch, so that
/// an older file that is put back is refused. Restoring the whole folder is not told from that.
///
/// Failures of writing are kept for `failure` and never thrown: the node goes on, and its snapshot
/// is removed, since it is older than what the node has seen.
package final class NodeSnapshot: Sendable {
    /// The parts, each a file.
    enum Part: String, CaseIterable, Sendable {
        case registry
        case revocations
        case secrets
    }

    private struct Open {
        let file: SealedFileWriter
        var records: RecordWriter
        /// The bytes of the whole state that the file began with.
        let base: Int
        /// The key that has sealed it.
        let key: [UInt8]
    }

    private struct State {
        // SAFETY: files are used under the lock alone.
        var open: [Part: Open] = [:]
        var mark: SnapshotMark
        /// When the mark that is on the disk was written, in monotonic milliseconds.
        var markWrittenAt: UInt64 = 0
        /// Why a part could not be written the last time.
        var failures: [Part: StoreError] = [:]
        /// Whether the revocations of other nodes could not be read.
        var isLate = false
        /// Written again when the key of the store is another one.
        var secrets: [String: [UInt8]] = [:]
    }

    /// The interval at which the mark is written where nothing changes, in milliseconds: a start
    /// takes the store for so much older than it is.
    private static let markInterval: UInt64 = 5_000
    /// Appended bytes after which a part is written anew, beside those of its whole state.
    private static let appendedMax = 4 << 20
    private static let keyCount = 32

    private let directory: String
    private let nodeKey: [UInt8]
    private let storeKeys: @Sendable () -> [[UInt8]]
    private let clock: WallClock
    private let bootID: String
    private let state: Lock<State>

    /// The snapshot in `directory`; makes the node's key where there is none.
    ///
    /// `storeKeys` are secrets that follow from the keys of the store: the first one seals, and
    /// each opens.
    package init(
        in directory: String,
        clock: WallClock,
        storeKeys: @escaping @Sendable () -> [[UInt8]]
    ) throws(StoreError) {
        self.directory = directory
        self.clock = clock
        self.storeKeys = storeKeys
        nodeKey = try Self.ensureKey(at: directory + "/snapshot.key")
        bootID = NodeMoment.currentBootID()
        let keys = storeKeys().map { [nodeKey] in nodeKey + $0 }
        let known = try? SnapshotMark.read(Self.markPath(directory), keys: keys)
        state = Lock(
            State(mark: known ?? SnapshotMark(heard: NodeMoment(wall: 0, boot: 0, bootID: "")))
        )
    }

    /// The reason why the snapshot could not be written the last time; nil while it is current.
    package var failure: StoreError? {
        let failures = state.withLock { $0.failures }
        return Part.allCases.lazy.compactMap { failures[$0] }.first
    }

    // MARK: reading

    /// The age of the snapshot in milliseconds, by a clock that cannot be set back: the time since
    /// the store was read last.
    ///
    /// `.unavailable` where there is none, where it was changed, is older than the node has seen,
    /// or is of another node or store.
    package func age() throws(StoreError) -> UInt64 {
        let mark: SnapshotMark
        do {
            mark = try SnapshotMark.read(Self.markPath(directory), keys: keys)
        } catch {
            throw Self.refused(error, Self.markPath(directory))
        }
        let now = NodeMoment.now(clock, bootID: bootID)
        // A clock that tells nothing: as old as can be.
        return mark.heard.milliseconds(until: now) ?? .max
    }

    /// Calls `body` with every entry of the registry's part; throws as `age`, and what `body`
    /// throws.
    package func forEachRegistration(_ body: (SnapshotRecord) throws -> Void) throws {
        try read(.registry, body)
    }

    /// Calls `body` with every revocation; throws as `age`.
    package func forEachRevocation(_ body: (RevokedToken) -> Void) throws {
        try read(.revocations) { if case .revoked(let token) = $0 { body(token) } }
    }

    /// The secret of this name that the store had; nil for none, and throws as `age`.
    package func secret(_ name: String) throws -> [UInt8]? {
        var found: [UInt8]?
        try read(.secrets) {
            if case .secret(name, let bytes) = $0 { found = bytes }
        }
        return found
    }

    private func read(_ part: Part, _ body: (SnapshotRecord) throws -> Void) throws {
        let path = path(part)
        var bodyError: (any Error)?
        do {
            let newest = try SnapshotMark.read(Self.markPath(directory), keys: keys)
                .epochs[part.rawValue]
            let file = try SealedFileReader(path, keys: keys, purpose: part.rawValue)
            var reader = RecordReader()
            var epoch: UInt64?
            while let frame = try file.next() {
                epoch = nil
                try reader.read(frame) { entry in
                    switch entry {
                    case .end(let number): epoch = number
                    case .record(let record):
                        do {
                            try body(record)
                        } catch {
                            bodyError = error
                            throw error
                        }
                    }
                }
            }
            guard let newest, let epoch, epoch >= newest else {
                throw Self.refused(
                    file.isDamaged
                        ? "\(path) was changed, or is damaged"
                        : "\(path) is older than what this node has seen"
                )
            }
        } catch {
            throw bodyError ?? Self.refused(error, path)
        }
    }

    private static func refused(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? SystemError else {
            return refused("\(path) was changed, or is of another node or of another store")
        }
        return refused("\(path): \(error.reason)")
    }

    private static func refused(_ reason: String) -> StoreError {
        StoreError(
            .unavailable,
            "this node has no snapshot to start from (\(reason))",
            of: .sharedStore
        )
    }

    // MARK: writing

    /// Has `body` write the whole registry anew, which takes the place of the snapshot when it
    /// returns; throws what `body` throws, and leaves the snapshot as it was then.
    package func replaceRegistry<Value>(_ body: (SnapshotDraft) throws -> Value) throws -> Value {
        let value = try replace(.registry, body)
        let (secrets, isSealed) = state.withLock { state in
            (state.secrets, state.open[.secrets]?.key == key)
        }
        if !isSealed, !secrets.isEmpty { replaceSecrets(secrets) }
        return value
    }

    /// The same of the revocations.
    package func replaceRevocations<Value>(
        _ body: (SnapshotDraft) throws -> Value
    ) throws -> Value {
        try replace(.revocations, body)
    }

    /// Keeps the secrets of the store, by their names, in place of those before.
    package func replaceSecrets(_ secrets: [String: [UInt8]]) {
        state.withLock { $0.secrets = secrets }
        // Nothing here throws but the store.
        try? replace(.secrets) { draft in
            for (name, bytes) in secrets { draft.append(.secret(name, bytes)) }
        }
    }

    private func replace<Value>(
        _ part: Part,
        _ body: (SnapshotDraft) throws -> Value
    ) throws -> Value {
        // Before the store is asked: the draft is at least as new.
        let began = NodeMoment.now(clock, bootID: bootID)
        // Without a key nothing is written, and the part is none.
        let key = key ?? []
        let draft = SnapshotDraft(path(part) + ".partial", key: key, purpose: part.rawValue)
        let value: Value
        do {
            value = try body(draft)
        } catch {
            draft.abandon()
            throw error
        }
        draft.sync()
        state.withLock { state in
            let epoch = (state.mark.epochs[part.rawValue] ?? 0) + 1
            do {
                guard !key.isEmpty else { throw NotCurrentError() }
                let (file, records) = try draft.finish(epoch: epoch)
                try file.publish(as: path(part))
                state.open[part] = Open(
                    file: file,
                    records: records,
                    base: file.count,
                    key: key
                )
                state.mark.epochs[part.rawValue] = epoch
                if part == .registry { state.mark.heard = began }
                try writeMark(&state)
                state.failures[part] = nil
            } catch {
                draft.abandon()
                retire(part, error, &state)
            }
        }
        return value
    }

    /// Appends what has changed of the registry; durable when this returns, unless `failure` says
    /// otherwise.
    package func append(_ records: [SnapshotRecord]) { append(records, to: .registry) }

    /// Appends revocations, as `append`.
    package func append(_ tokens: [RevokedToken]) {
        append(tokens.map { .revoked($0) }, to: .revocations)
    }

    private func append(_ records: [SnapshotRecord], to part: Part) {
        guard !records.isEmpty else { return }
        state.withLock { state in
            guard var open = state.open[part] else {
                // One that the node has started from is not current any more.
                if DataFile.exists(path(part)) { retire(part, NotCurrentError(), &state) }
                return
            }
            do {
                var frame: [UInt8] = []
                for record in records {
                    if frame.count >= SnapshotDraft.frameCount {
                        try open.file.append(frame)
                        frame.removeAll(keepingCapacity: true)
                    }
                    open.records.append(record, to: &frame)
                }
                let epoch = (state.mark.epochs[part.rawValue] ?? 0) + 1
                RecordWriter.appendEnd(epoch: epoch, to: &frame)
                try open.file.append(frame)
                try open.file.sync()
                state.open[part] = open
                state.mark.epochs[part.rawValue] = epoch
                try writeMark(&state)
            } catch {
                retire(part, error, &state)
            }
        }
    }

    /// Whether the registry should be written anew: it could not be written, has grown far beyond
    /// its content, or is sealed under a key of the store that was changed.
    package var needsNewRegistry: Bool {
        let lacksSecrets = state.withLock { !$0.secrets.isEmpty && $0.open[.secrets] == nil }
        return lacksSecrets || needsReplacement(.registry)
    }

    /// The same of the revocations.
    package var needsNewRevocations: Bool { needsReplacement(.revocations) }

    private func needsReplacement(_ part: Part) -> Bool {
        let present = key
        return state.withLock { state in
            guard let open = state.open[part], open.key == present else { return true }
            return open.file.count - open.base > max(open.base, Self.appendedMax)
        }
    }

    /// Notes whether the revocations of other nodes could be read; while they cannot, the snapshot
    /// ages.
    package func noteRevocations(isLate: Bool) { state.withLock { $0.isLate = isLate } }

    /// Notes that the store was read just now, and that the snapshot has all of it.
    package func noteHeard() {
        state.withLock { state in
            guard state.open[.registry] != nil, !state.isLate else { return }
            state.mark.heard = NodeMoment.now(clock, bootID: bootID)
            guard Clock.milliseconds - state.markWrittenAt >= Self.markInterval else { return }
            do {
                try writeMark(&state)
            } catch {
                // The one on the disk is older, so that a start takes the snapshot for older.
                state.markWrittenAt = Clock.milliseconds
            }
        }
    }

    private func writeMark(_ state: inout State) throws {
        guard let key else { throw NotCurrentError() }
        try state.mark.write(Self.markPath(directory), key: key)
        state.markWrittenAt = Clock.milliseconds
    }

    /// Removes a part that is not current any more, and has the mark refuse it where that fails.
    private func retire(_ part: Part, _ error: any Error, _ state: inout State) {
        state.open[part] = nil
        let path = path(part)
        let isRemoved = DataFile.removeDurably(path)
        state.mark.epochs[part.rawValue] = (state.mark.epochs[part.rawValue] ?? 0) + 1
        let isMarked = (try? writeMark(&state)) != nil
        let reason = (error as? SystemError)?.reason ?? "\(error)"
        let left = isRemoved || isMarked ? "" : ", nor removed: remove it before a restart"
        state.failures[part] = StoreError(
            .inputOutput,
            "\(path) cannot be written (\(reason))\(left)",
            of: .file(path)
        )
    }

    // MARK: files and keys

    private func path(_ part: Part) -> String { "\(directory)/snapshot.\(part.rawValue)" }

    private static func markPath(_ directory: String) -> String { directory + "/snapshot.mark" }

    private var keys: [[UInt8]] { storeKeys().map { nodeKey + $0 } }

    /// Nil where no key follows from that of the store.
    private var key: [UInt8]? { keys.first }

    /// There is no key to seal with, or the part is not the one that was read.
    private struct NotCurrentError: Error, CustomStringConvertible {
        var description: String { "the file is not the one that was read, or has no key" }
    }

    private static func ensureKey(at path: String) throws(StoreError) -> [UInt8] {
        do {
            if !DataFile.exists(path) {
                let line = Hexadecimal.text(try RandomBytes.make(keyCount)) + "\n"
                try DataFile.write(Array(line.utf8), to: path, isPrivate: true)
            }
            try DataFile.makePrivate(path)
            let line = try DataFile.read(path, upTo: 4 * keyCount, followsLinks: false)
            let digits = line.split(separator: UInt8(ascii: "\n")).first ?? []
            if let key = Hexadecimal.bytes(digits), key.count == keyCount { return key }
        } catch let error as SystemError {
            throw StoreError(
                .unavailable,
                "the key of this node's snapshot cannot be read or made (\(error.reason))",
                of: .file(path)
            )
        } catch {
            throw StoreError(.inputOutput, "no key can be made: \(error)", of: .file(path))
        }
        throw StoreError(
            .corrupt,
            "\(path) is no key of a snapshot: remove it, and the node makes another",
            of: .file(path)
        )
    }
}
