// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor

/// The request that waits for a need, at its reactor.
struct NeedCaller: Sendable {
    let id: ExchangeID
    let mailbox: Mailbox<ReactorMessage>
}

/// The answers to the needs of one group, which each reactor gets at once.
struct NeedAnswers {
    private var boxes: [ObjectIdentifier: Box] = [:]

    private struct Box {
        let mailbox: Mailbox<ReactorMessage>
        var messages: [ReactorMessage] = []
    }

    /// Adds the answer to one caller.
    mutating func add(_ met: Met, for caller: NeedCaller) {
        let mailbox = caller.mailbox
        boxes[ObjectIdentifier(mailbox), default: Box(mailbox: mailbox)].messages
            .append(.met(caller.id, met))
    }

    /// Posts them, each reactor's in the order in which they were added.
    func post() {
        for box in boxes.values { box.mailbox.post(box.messages) }
    }
}
