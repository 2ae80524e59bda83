// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor
internal import Storage

/// Reads a row of grants, or makes a change of one durable before its answer leaves.
struct GrantNeed {
    private let grants: StoredGrants
    private let mailbox: Mailbox<ReactorMessage>

    init(_ grants: StoredGrants, _ mailbox: Mailbox<ReactorMessage>) {
        self.grants = grants
        self.mailbox = mailbox
    }

    /// Submits a read; returns the answer at once where too many wait.
    func submit(_ key: GrantKey, _ id: ExchangeID) -> Met? {
        let caller = NeedCaller(id: id, mailbox: mailbox)
        return grants.reader.read(key, for: caller) ? nil : Self.waiting
    }

    /// Submits a change; returns the answer at once where too many wait.
    func submit(_ work: GrantWriter.Work, _ id: ExchangeID) -> Met? {
        let caller = NeedCaller(id: id, mailbox: mailbox)
        return grants.writer.write(work, for: caller) ? nil : Self.waiting
    }

    // MARK: answers that are none

    /// Too many requests wait.
    static let waiting = refusal("too many requests are waiting", .grantQueue, retryAfter: 1)
    /// The store could not be read.
    static let unread = refusal("the grant cannot be looked up", .grantNotKept, retryAfter: 5)
    /// The store could not be written, or has not said so.
    static let unkept = Met.refused(.grantNotKept, retryAfter: 5)

    private static func refusal(
        _ description: StaticString,
        _ check: Check,
        retryAfter: Int
    ) -> Met {
        let error = OAuthError(.temporarilyUnavailable, description, check: check)
        return .refused(error, retryAfter: retryAfter)
    }
}
