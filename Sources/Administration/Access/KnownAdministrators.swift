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
/// the store's tokens every second, so that one that a command has removed ends then.
final class KnownAdministrators: Sendable {
    private let credential: AdministrationCredential
    private let store: any RegistrationStore
    private let known = Lock<[Digest256: Administrator]>([:])

    /// The field by which the console names the user who runs it; heeded beside the token of the
    /// data directory alone.
    private static let consoleUserField = "handfast-console-user"
    /// As long as the names of users are in the audit.
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
        let presented = bytes.extracting(range)
        // By its digest, so that the time of the look-up says nothing of the token.
        if let found = known.withLock({ $0[Digest256.of(presented)] }) { return found }
        guard SecretComparison.equal(presented, try credential.read().span) else { return nil }
        guard let field = request.only(Self.consoleUserField, in: bytes) else { return .first }
        return Self.user(bytes.extracting(field)).map { .console(user: $0) }
    }

    /// Reads the tokens of the store; blocks.
    func refresh() throws(StoreError) {
        var found: [Digest256: Administrator] = [:]
        for token in try store.adminTokens() {
            guard let digest = Digest256(token.digest) else { continue }
            found[digest] = Administrator(
                author: .administration(name: token.name),
                role: token.role
            )
        }
        known.withLock { $0 = found }
    }

    private static func user(_ value: Span<UInt8>) -> String? {
        guard (1...userBytesMax).contains(value.count) else { return nil }
        let isName = value.indices.allSatisfy { index in
            let byte = value[index]
            return byte.isLetterOrDigit || "._-".utf8.contains(byte)
        }
        return isName ? String(decoding: [UInt8](copying: value), as: UTF8.self) : nil
    }
}
