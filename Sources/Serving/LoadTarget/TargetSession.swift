// SPDX-License-Identifier: Apache-2.0
internal import LoadTarget

/// The part of a connection that load targets alone have.
///
/// An object, so that the connections of every other server have one word for it.
final class TargetSession {
    /// Whether the handshake has resumed a session.
    let isResumed: Bool
    /// The current call, or the last one.
    var call: TargetCall?
    /// The answer that is held back; nil where there is none.
    var held: HeldAnswer?
    /// The calls of its last client.
    var lastClient: ClientCalls?
    private var counted: ClientCalls?

    init(isResumed: Bool) {
        self.isResumed = isResumed
    }

    deinit {
        endCount()
    }

    /// Counts as a connection of `client` until it ends.
    func count(for client: ClientCalls) {
        counted = client
    }

    /// Counts no more: the connection was refused, and may linger.
    func endCount() {
        counted?.endConnection()
        counted = nil
    }

    /// The next request has come, or the current one is decided once more: the same call then.
    func begin(isRepeated: Bool) {
        if !isRepeated { call = nil }
        held = nil
    }

    /// Takes the answer that is held back; nil where there is none.
    func takeHeld() -> HeldAnswer? {
        held.take()
    }
}
