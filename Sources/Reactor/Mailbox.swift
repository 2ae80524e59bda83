// SPDX-License-Identifier: Apache-2.0
internal import CLinux

/// The only way from other threads into a reactor: any thread posts messages, the reactor's
/// collects them.
public final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Lock<[Message]>([])
    private let bell: Bell

    /// An empty mailbox with a bell of its own; throws where descriptors have run out.
    public init() throws(SystemError) {
        bell = try Bell()
    }

    /// Leaves a message; rings only when the box was empty, so a busy reactor is not woken for
    /// each.
    public func post(_ message: Message) {
        let wasEmpty = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        if wasEmpty { bell.ring() }
    }

    /// Leaves several messages at once, in their order.
    public func post(_ several: [Message]) {
        guard !several.isEmpty else { return }
        let wasEmpty = messages.withLock { messages in
            messages += several
            return messages.count == several.count
        }
        if wasEmpty { bell.ring() }
    }

    /// Takes all messages, in the order of their posting.
    ///
    /// Called by the reactor's thread.
    public func collect() -> [Message] {
        bell.silence()
        return messages.takeAll()
    }

    /// The descriptor that the reactor watches: readable when a message has come.
    public var bellDescriptor: Int32 { bell.descriptor.number }
}

/// An eventfd.
private final class Bell: Sendable {
    let descriptor: Descriptor

    init() throws(SystemError) {
        let number = handfast_eventfd()
        guard number >= 0 else { throw SystemError("eventfd", code: -number) }
        descriptor = Descriptor(owning: number)
    }

    func ring() { handfast_eventfd_ring(descriptor.number) }
    func silence() { handfast_eventfd_clear(descriptor.number) }
}
