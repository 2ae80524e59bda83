// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor

/// The socket of a local connection, in the clear or with TLS; never blocks.
///
/// Confined to the service's thread.
protocol LocalChannel: AnyObject {
    /// The number of the socket.
    var number: Int32 { get }
    /// SHA-256 of the peer's SubjectPublicKeyInfo, the possession of whose key it has proven; nil
    /// without.
    var peerKey: Digest256? { get }
    /// Whether bytes wait here that epoll does not report.
    var mayHaveMore: Bool { get }
    /// Whether bytes are kept here that the socket has not taken yet.
    var isBlocked: Bool { get }

    /// Receives what has come into `buffer`.
    func receive(into buffer: inout [UInt8]) -> LocalInput
    /// Throws away what has come; false where the connection has ended.
    func discard(by buffer: inout [UInt8]) -> Bool
    /// Sends of `unsent` what the socket takes, and removes it; false where the socket is broken.
    func send(_ unsent: inout [UInt8]) -> Bool
    /// Ends sending, so that the peer reads to the end; receiving goes on.
    func endSending()
}

/// The result of receiving.
enum LocalInput {
    /// So many bytes, at least one.
    case bytes(Int)
    /// Nothing for now.
    case nothing
    /// The end of the connection, by the peer or by a failure.
    case ended
}

/// A channel in the clear.
final class PlainChannel: LocalChannel {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    var number: Int32 { descriptor.number }
    var peerKey: Digest256? { nil }
    var mayHaveMore: Bool { false }
    var isBlocked: Bool { false }

    func receive(into buffer: inout [UInt8]) -> LocalInput {
        guard let seen = SystemCall.peek(number, into: &buffer) else { return .ended }
        guard seen > 0 else { return .nothing }
        return SystemCall.discard(number, count: seen) ? .bytes(seen) : .ended
    }

    func discard(by buffer: inout [UInt8]) -> Bool {
        if case .ended = receive(into: &buffer) { return false }
        return true
    }

    func send(_ unsent: inout [UInt8]) -> Bool {
        var done = 0
        while done < unsent.count {
            guard
                let written = SystemCall.writeSome(number, unsent.span.extracting(done...))
            else { return false }
            guard written > 0 else { break }
            done += written
        }
        unsent.removeFirst(done)
        return true
    }

    func endSending() {
        SystemCall.endSending(number)
    }
}
