// SPDX-License-Identifier: Apache-2.0
package import OAuth
internal import Reactor

/// Fetches the keys of a client or a trusted issuer from its `jwks_uri`, after which the request is
/// decided with them.
struct KeyNeed {
    private let request: KeyRequest
    private let mailbox: Mailbox<ReactorMessage>

    init(_ request: @escaping KeyRequest, _ mailbox: Mailbox<ReactorMessage>) {
        self.request = request
        self.mailbox = mailbox
    }

    /// Requests a fetch of the owner's keys, to be answered with `met`; returns the answer at once
    /// where the throttle refuses it.
    func submit(_ owner: KeyOwner, _ met: Met, _ id: ExchangeID) -> Met? {
        let mailbox = mailbox
        let isTaken = request(owner, Clock.milliseconds) {
            mailbox.post(.met(id, met))
        }
        return isTaken ? nil : .unavailable
    }
}

/// Requests a fetch of an owner's keys, at a moment in monotonic milliseconds.
///
/// Returns false where they were fetched a moment ago, or too many requests wait. Otherwise the
/// answer is called once, by another thread, when the registry has the keys.
package typealias KeyRequest =
    @Sendable (_ owner: KeyOwner, _ now: UInt64, _ answer: @escaping @Sendable () -> Void) -> Bool
