// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The name of a watched descriptor: a slot and its generation, or one of the reactor's own
/// numbers.
public typealias Token = UInt64

/// The operations that are possible on a descriptor without waiting.
public struct Readiness: OptionSet, Sendable {
    /// The bits of `CLinux.h`.
    public let rawValue: UInt32
    /// A set from its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Bytes, or an end, can be read.
    public static let readable = Readiness(rawValue: UInt32(HANDFAST_READABLE))
    /// There is room to write.
    public static let writable = Readiness(rawValue: UInt32(HANDFAST_WRITABLE))
    /// Of an interest: told once for all that has come, and again when more comes.
    public static let edgeTriggered = Readiness(rawValue: UInt32(HANDFAST_EDGE_TRIGGERED))
    /// The descriptor is broken or hung up.
    public static let broken = Readiness(rawValue: UInt32(HANDFAST_BROKEN))
}

/// An epoll set, level triggered unless an interest says otherwise.
@safe struct Poller: ~Copyable {
    private let descriptor: Descriptor
    private var events: [handfast_event]

    init() throws(SystemError) {
        let number = handfast_epoll_create()
        guard number >= 0 else { throw SystemError("epoll_create1", code: -number) }
        descriptor = Descriptor(owning: number)
        events = [handfast_event](repeating: handfast_event(token: 0, events: 0), count: 256)
    }

    func watch(_ number: Int32, for interest: Readiness, token: Token) throws(SystemError) {
        let status = handfast_epoll_add(descriptor.number, number, interest.rawValue, token)
        guard status == 0 else { throw SystemError("epoll_ctl", code: -status) }
    }

    func change(_ number: Int32, to interest: Readiness, token: Token) throws(SystemError) {
        let status = handfast_epoll_modify(descriptor.number, number, interest.rawValue, token)
        guard status == 0 else { throw SystemError("epoll_ctl", code: -status) }
    }

    func forget(_ number: Int32) {
        _ = handfast_epoll_remove(descriptor.number, number)
    }

    /// Waits at most `milliseconds` (negative: for ever); returns how many events `event(at:)` now
    /// has.
    mutating func wait(milliseconds: Int) -> Int {
        let limit = Int32(events.count)
        let timeout = Int32(clamping: milliseconds)
        // SAFETY: at most `limit` events are written, the array's length.
        let count = unsafe events.withUnsafeMutableBufferPointer {
            unsafe handfast_epoll_wait(descriptor.number, $0.baseAddress, limit, timeout)
        }
        // EINTR is a turn without events; anything else is a mistake of ours.
        precondition(count >= 0 || count == -EINTR, "epoll_wait failed")
        return Int(max(count, 0))
    }

    func event(at index: Int) -> (token: Token, readiness: Readiness) {
        (events[index].token, Readiness(rawValue: events[index].events))
    }
}
