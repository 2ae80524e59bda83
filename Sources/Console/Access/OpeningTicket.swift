// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor

/// The secret of the one-time link, and the one session that it opens.
///
/// A ticket opens once, within its time; there is no other way in, and so never a second session.
final class OpeningTicket: Sendable {
    /// 256 bits.
    private static let randomBytes = 32
    /// Long enough to open a tunnel first, too short to be of use in an old terminal.
    static let validMilliseconds: UInt64 = 600_000

    /// The ticket, or the session that it has become.
    private enum State {
        case waiting(Digest256)
        case used(Opened)
    }

    private struct Opened {
        let cookie: Digest256
        let session: ConsoleSession
    }

    private let state: Lock<State>
    /// In monotonic milliseconds.
    let endsAt: UInt64
    /// The ticket, for the link that is printed.
    let text: String

    /// A fresh ticket.
    init(now: UInt64, validFor milliseconds: UInt64 = validMilliseconds) throws(CryptographyError) {
        text = try Self.secret()
        state = Lock(.waiting(Digest256.of(Array(text.utf8))))
        endsAt = now + milliseconds
    }

    /// Whether a session was opened.
    var isUsed: Bool {
        state.withLock { if case .used = $0 { true } else { false } }
    }

    /// Opens the session with a ticket, once: the value of its cookie, made here; nil for a ticket
    /// that is wrong, used or too old.
    func open(_ presented: String, now: UInt64) throws(CryptographyError) -> String? {
        let cookie = try Self.secret()
        let session = try ConsoleSession(formToken: Self.secret(), now: now)
        return state.withLock { state in
            guard case .waiting(let digest) = state, now < endsAt,
                Self.equal(Digest256.of(Array(presented.utf8)), digest)
            else { return nil }
            state = .used(Opened(cookie: Digest256.of(Array(cookie.utf8)), session: session))
            return cookie
        }
    }

    /// The session whose cookie has this value; nil for any other.
    func session(cookie: [UInt8]) -> ConsoleSession? {
        state.withLock { state in
            guard case .used(let opened) = state,
                Self.equal(Digest256.of(cookie), opened.cookie)
            else { return nil }
            return opened.session
        }
    }

    /// The session that was opened, if one was.
    var opened: ConsoleSession? {
        state.withLock { if case .used(let opened) = $0 { opened.session } else { nil } }
    }

    private static func equal(_ one: Digest256, _ other: Digest256) -> Bool {
        SecretComparison.equal(one.bytes.span, other.bytes.span)
    }

    private static func secret() throws(CryptographyError) -> String {
        try RandomBytes.base64URL(randomBytes)
    }
}
