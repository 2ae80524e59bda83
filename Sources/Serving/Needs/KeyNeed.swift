// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor

/// Fetches a client's keys from its `jwks_uri`, after which its request is decided once more.
struct KeyNeed {
    private let request: KeyRequest
    private let mailbox: Mailbox<ReactorMessage>

    init(_ request: @escaping KeyRequest, _ mailbox: Mailbox<ReactorMessage>) {
        self.request = request
        self.mailbox = mailbox
    }

    /// Requests a fetch of the client's keys; returns the answer at once where the throttle refuses
    /// it.
    func submit(_ client: ClientID, _ id: ExchangeID) -> Met? {
        let mailbox = mailbox
        let isTaken = request(client.text, Clock.milliseconds) {
            mailbox.post(.met(id, .clientKeys))
        }
        return isTaken ? nil : .unavailable
    }
}

/// Requests a fetch of a client's keys, at a moment in monotonic milliseconds.
///
/// Returns false where they were fetched a moment ago, or too many requests wait. Otherwise the
/// answer is called once, by another thread, when the registry has the keys.
package typealias KeyRequest =
    @Sendable (_ client: String, _ now: UInt64, _ answer: @escaping @Sendable () -> Void) -> Bool
