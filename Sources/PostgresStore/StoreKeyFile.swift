// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Glibc
internal import Reactor
package import Storage
package import Tables
internal import Text

/// The keys under which secrets are wrapped in the database (AES-256-GCM): a file that nodes and
/// commands have and the database does not, so that a dump of that signs nothing and opens nothing.
///
/// A few lines of 64 hexadecimal digits. A row has its key's id, so that another key is told from a
/// row that was changed. The file is read again, at most once a second, where a row is wrapped
/// under a key that it did not have: a node takes up another file without a restart.
package final class StoreKeyFile: KeyWrapping, Sendable {
    struct Key: Sendable {
        let bytes: [UInt8]
        /// Tells keys apart in rows, and says nothing of the key.
        let id: [UInt8]
    }

    private struct State {
        var keys: [Key]
        var stamp: FileStamp?
        /// Monotonic milliseconds before which the file is not looked at again.
        var nextRead: UInt64 = 0
        /// Whether a row was met whose key is missing, since the file was last read.
        var hasMissed = false
        /// Counts the times that keys came which had been missing.
        var generation = 0
        /// The generation at which every registration was read last.
        var settled = 0
        /// Material of the server's keys by their `kid`s, which never changes.
        var known: [String: [UInt8]] = [:]
    }

    private static let keyBytes = AuthenticatedCipher.keyCount
    /// The present key, the one before it, and room for two more that rows may still have.
    private static let keysMax = 4
    private static let idBytes = 8
    private static let idLabel = Array("handfast store key id 1".utf8)
    private static let textLabel = Array("handfast wrapped secret 1 ".utf8)
    private static let readMilliseconds: UInt64 = 1_000
    /// Far more than a store has keys.
    private static let knownMax = 1_024

    /// The file's path, for messages.
    let path: String
    /// A sentence for the operator if others than the owner can read it.
    package let warning: String?
    private let state: Lock<State>

    /// Reads the file at `path`; `.unavailable` where it is missing or unreadable, and `.invalid`
    /// where it holds anything but keys.
    package init(path: String) throws(StoreError) {
        self.path = path
        let stamp = try? DataFile.stamp(path)
        state = Lock(State(keys: try Self.read(path), stamp: stamp))
        warning =
            stamp?.isOpenToOthers == true
            ? "others may read the store's key file \(path): run `chmod 600 \(path)`" : nil
    }

    private static func read(_ path: String) throws(StoreError) -> [Key] {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try DataFile.read(path, upTo: 4 * keyBytes * keysMax)
        } catch {
            throw StoreError(
                .unavailable,
                "the store's key file \(path) cannot be read (\(error.reason))",
                of: .storeKey
            )
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        let keys = lines.compactMap { Hexadecimal.bytes($0) }.filter { $0.count == keyBytes }
        guard 1...keysMax ~= lines.count, keys.count == lines.count else {
            throw StoreError(
                .invalid,
                "\(path) is no key file of a store, which has a line of \(2 * keyBytes)"
                    + " hexadecimal digits for each key, and \(keysMax) at most",
                of: .storeKey
            )
        }
        var read: [Key] = []
        for key in keys { read.append(Key(bytes: key, id: try identifier(key))) }
        return read
    }

    /// Makes a file with a new key at `path`, and the key `kept` behind it, readable for its owner
    /// alone; `.alreadyExists` where there is one: a key that is overwritten takes every secret of
    /// its store with it.
    package static func make(at path: String) throws(StoreError) { try make(at: path, keeping: []) }

    static func make(at path: String, keeping kept: [Key]) throws(StoreError) {
        let partial = "\(path).\(getpid()).partial"
        do {
            let keys = [try RandomBytes.make(keyBytes)] + kept.map(\.bytes)
            DataFile.remove(partial)
            let file = try DataFile.create(partial)
            let lines = Array(keys.map { Hexadecimal.text($0) + "\n" }.joined().utf8)
            try DataFile.append(lines.span, to: file, partial)
            try DataFile.sync(file, partial)
            // Whole and durable under its name before anything is wrapped under it.
            try DataFile.publish(partial, as: path)
        } catch let error as SystemError {
            DataFile.remove(partial)
            let exists = DataFile.exists(path)
            throw StoreError(
                exists ? .alreadyExists : .unavailable,
                exists
                    ? "there is already a file \(path), which is never overwritten"
                    : "the key file \(path) cannot be made (\(error.reason))",
                of: .file(path)
            )
        } catch {
            throw StoreError(
                .inputOutput,
                "the key file \(path) cannot be made: \(error)",
                of: .file(path)
            )
        }
    }

    /// Secrets that follow from the keys, in their order, and open nothing in the database.
    package func secrets(for purpose: String) throws -> [[UInt8]] {
        try state.withLock { $0.keys }.map { key in
            try KeyDerivation.hkdf(
                secret: key.bytes,
                salt: [],
                purpose: Array("handfast store key for \(purpose) 1".utf8),
                count: Self.keyBytes
            )
        }
    }

    // MARK: Wrapping

    /// The material as it stands in a row: the key's id, a nonce, and the sealed bytes; under the
    /// file's first key.
    package func wrap(_ material: [UInt8], of name: String) throws -> [UInt8] {
        try Self.wrap(material, of: name, under: state.withLock { $0.keys[0] })
    }

    static func wrap(_ material: [UInt8], of name: String, under key: Key) throws -> [UInt8] {
        let nonce = try RandomBytes.make(AuthenticatedCipher.nonceCount)
        var wrapped = key.id + nonce
        try AuthenticatedCipher(key: key.bytes).seal(
            material.span,
            nonce: nonce.span,
            associated: (textLabel + Array(name.utf8)).span,
            to: &wrapped
        )
        return wrapped
    }

    /// The material again, of a row that `wrap` has made.
    ///
    /// Where its key is missing, material that was opened before: that of a `kid` never changes.
    package func unwrap(_ stored: [UInt8], of name: String) throws -> [UInt8] {
        do {
            let material = try open(stored, of: name)
            state.withLock { state in
                if state.known.count >= Self.knownMax { state.known = [:] }
                state.known[name] = material
            }
            return material
        } catch let error as StoreError where error.subject == .storeKey {
            guard let known = state.withLock({ $0.known[name] }) else { throw error }
            return known
        }
    }

    /// As `unwrap`, of a secret that may be replaced under its name.
    func open(_ stored: [UInt8], of name: String) throws -> [UInt8] {
        let nonceEnd = Self.idBytes + AuthenticatedCipher.nonceCount
        let key = try key(of: stored, named: name)
        guard stored.count > nonceEnd else { throw changed(name) }
        var material: [UInt8] = []
        let isOpened = try AuthenticatedCipher(key: key.bytes).open(
            Array(stored[nonceEnd...]).span,
            nonce: Array(stored[Self.idBytes..<nonceEnd]).span,
            associated: (Self.textLabel + Array(name.utf8)).span,
            into: &material
        )
        guard isOpened else { throw changed(name) }
        return material
    }

    /// The key that the row `stored` names; `.unavailable` where the file does not have it, also
    /// when it was read again.
    func key(of stored: [UInt8], named name: String) throws(StoreError) -> Key {
        let id = stored.prefix(Self.idBytes)
        if let key = find(id) { return key }
        readAgain()
        // In one step: another thread may have read the file meanwhile.
        let key = state.withLock { state -> Key? in
            let key = state.keys.first { $0.id.elementsEqual(id) }
            state.hasMissed = key == nil || state.hasMissed
            return key
        }
        if let key { return key }
        throw StoreError(
            .unavailable,
            "the secret \(name) is wrapped under a key that \(path) does not have",
            of: .storeKey
        )
    }

    private func find(_ id: ArraySlice<UInt8>) -> Key? {
        state.withLock { $0.keys.first { $0.id.elementsEqual(id) } }
    }

    private func changed(_ name: String) -> StoreError {
        StoreError(.corrupt, "the secret \(name) was changed in the database", of: .key)
    }

    // MARK: Another file

    /// Whether registrations are to be read again, since keys have come that were missing.
    ///
    /// Looks at the file where a key is missing.
    func hasNews() -> Bool {
        if state.withLock({ $0.hasMissed }) { readAgain() }
        return state.withLock { $0.generation > $0.settled }
    }

    /// The file that is missing, in a sentence; nil where none is.
    var missing: String? {
        guard state.withLock({ $0.hasMissed }) else { return nil }
        return "secrets are wrapped under a key that \(path) does not have: put the file there that"
            + " `handfast store rewrap` has made"
    }

    /// The number of times that missing keys have come; for `settle`.
    var generation: Int { state.withLock { $0.generation } }

    /// Every registration was read, by a transaction that began at `generation`.
    func settle(_ generation: Int) {
        state.withLock { $0.settled = max($0.settled, generation) }
    }

    /// Reads the file again where it is another one; one that cannot be read leaves the keys as
    /// they are.
    private func readAgain() {
        let now = Clock.milliseconds
        let known = state.withLock { state -> (FileStamp?, Bool) in
            guard now >= state.nextRead else { return (nil, false) }
            state.nextRead = now + Self.readMilliseconds
            return (state.stamp, true)
        }
        guard known.1, let stamp = try? DataFile.stamp(path), stamp != known.0,
            let keys = try? Self.read(path)
        else { return }
        state.withLock { state in
            (state.keys, state.stamp) = (keys, stamp)
            if state.hasMissed {
                state.hasMissed = false
                state.generation += 1
            }
        }
    }

    private static func identifier(_ key: [UInt8]) throws(StoreError) -> [UInt8] {
        do {
            return try KeyDerivation.hkdf(secret: key, salt: [], purpose: idLabel, count: idBytes)
        } catch {
            throw StoreError(.inputOutput, "the store's key cannot be used: \(error)")
        }
    }
}

/// The secrets of clients, which are texts.
extension StoreKeyFile {
    /// In Base64, under the name `client:ID`.
    package func wrap(secret: String, of clientID: String) throws -> String {
        try Self.text(wrap(Array(secret.utf8), of: Self.name(clientID)))
    }

    static func wrap(
        secret: String,
        of clientID: String,
        under key: Key
    ) throws -> String {
        try text(wrap(Array(secret.utf8), of: name(clientID), under: key))
    }

    package func unwrap(secret stored: String, of clientID: String) throws -> String {
        guard let wrapped = Base64.decode(stored.utf8Span.span) else {
            throw StoreError(.corrupt, "the secret of a client is not wrapped", of: .client)
        }
        let secret = try open(wrapped, of: Self.name(clientID))
        guard let text = String(validating: secret, as: UTF8.self) else {
            throw StoreError(.corrupt, "the secret of a client is not UTF-8", of: .client)
        }
        return text
    }

    private static func name(_ clientID: String) -> String { "client:" + clientID }

    private static func text(_ wrapped: [UInt8]) -> String {
        String(decoding: Base64.encode(wrapped.span), as: UTF8.self)
    }
}
