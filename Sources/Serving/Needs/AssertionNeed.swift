// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor

/// Writes the use of an assertion before its answer leaves, against replay (RFC 7523 §3, `jti`).
struct AssertionNeed {
    private let uses: UsedAssertionWriter
    private let mailbox: Mailbox<ReactorMessage>

    init(_ uses: UsedAssertionWriter, _ mailbox: Mailbox<ReactorMessage>) {
        self.uses = uses
        self.mailbox = mailbox
    }

    /// Submits a use to the writer; returns the answer at once where the queue is full.
    func submit(_ use: AssertionUse, _ id: ExchangeID) -> Met? {
        let mailbox = mailbox
        let isTaken = uses.write(use) { mailbox.post(.met(id, Self.met($0))) }
        guard !isTaken else { return nil }
        let error = OAuthError(
            .temporarilyUnavailable,
            "too many requests are waiting",
            check: .assertionQueue
        )
        return .refused(error, retryAfter: 1)
    }

    private static func met(_ result: UsedAssertionWriter.WriteResult) -> Met {
        switch result {
        case .kept: return .assertionUse(isFirst: true)
        case .repeated: return .assertionUse(isFirst: false)
        case .failed:
            let error = OAuthError(
                .temporarilyUnavailable,
                "the request cannot be recorded",
                check: .assertionNotKept
            )
            return .refused(error, retryAfter: 5)
        }
    }
}
