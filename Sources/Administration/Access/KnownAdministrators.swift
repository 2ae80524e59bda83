// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Reactor
internal import Storage
internal import Text

/// The tokens that open the listener, and whose they are: that of the data directory, and those of
/// the store, as they were last read.
///
/// Looking never blocks for the store: the emergency switch works while it hangs. The service reads
/// the store's tokens every second, so that one that a command has removed ends then. Fails closed:
/// tokens that could not be read for a minute open nothing until they are; that of the data
/// directory does.
final class KnownAdministrators: Sendable {
    private let credential: AdministrationCredential
    private let store: any RegistrationStore
    private let known = Lock(Known())
    /// Held from the read to its result: an older read must not bring a removed token back.
    private let refreshing = Lock(())

    private struct Known {
        var administrators: [Digest256: Administrator] = [:]
        /// When they were read, in monotonic milliseconds.
        var readAt = Clock.milliseconds
        /// Why the last reading has failed; nil where it has not.
        var failure: String?
    }

    /// A store that is busy or restarts is back by then; a removed token must end.
    static let staleMillisecondsMax: UInt64 = 60_000

    /// The field by which the console names the user who runs it; heeded beside the token of the
    /// data directory alone.
    private static let consoleUserField = "handfast-console-user"
    /// Names of a directory's users, such as ann@corp.example, too.
    private static let userBytesMax = 64

    init(_ credential: AdministrationCredential, _ store: any RegistrationStore) {
        self.credential = credential
        self.store = store
    }

    /// The administrator whose token the request carries, in one Authorization field and nowhere
    /// else; nil for no token, and for one that is not known.
    ///
    /// Throws where the file of the first token cannot be used.
    func find(_ request: borrowing Request, _ bytes: Span<UInt8>) throws -> Administrator? {
        guard let range = AdministrationCredential.presented(request, bytes) else { return nil }
        // By its digest, so that the time of the look-up says nothing of the token.
        let digest = Digest256.of(bytes.extracting(range))
        if let found = administrator(digest, now: Clock.milliseconds) { return found }
        let first = try credential.read()
        guard SecretComparison.equal(bytes.extracting(range), first.span) else { return nil }
        guard let field = request.only(Self.consoleUserField, in: bytes) else { return .first }
        guard let user = Self.user([UInt8](copying: bytes.extracting(field))) else { return nil }
        return .console(user: user)
    }

    /// The administrator with the token of this digest, unless it was read too long before `now`.
    func administrator(_ digest: Digest256, now: UInt64) -> Administrator? {
        known.withLock { known in
            guard now < known.readAt + Self.staleMillisecondsMax else { return nil }
            return known.administrators[digest]
        }
    }

    /// For how many milliseconds the tokens could not be read at `now`, and why as far as is known.
    func staleness(now: UInt64) -> (milliseconds: UInt64, reason: String) {
        known.withLock { known in
            let age = now > known.readAt ? now - known.readAt : 0
            return (age, known.failure ?? "the store has not answered")
        }
    }

    /// Reads the tokens of the store; blocks.
    func refresh() throws(StoreError) {
        do throws(StoreError) {
            try refreshing.withLock { _ throws(StoreError) in try read() }
        } catch {
            known.withLock { $0.failure = error.reason }
            throw error
        }
    }

    private func read() throws(StoreError) {
        var found: [Digest256: Administrator] = [:]
        for token in try store.adminTokens() {
            guard let digest = Digest256(token.digest) else { continue }
            found[digest] = Administrator(
                author: .administration(name: token.name),
                role: token.role
            )
        }
        known.withLock { $0 = Known(administrators: found) }
    }

    /// Printable ASCII without the space: the audit has the name as one word.
    private static func user(_ value: [UInt8]) -> String? {
        guard (1...userBytesMax).contains(value.count) else { return nil }
        let isName = value.allSatisfy { (0x21...0x7e).contains($0) }
        return isName ? String(decoding: value, as: UTF8.self) : nil
    }
}
