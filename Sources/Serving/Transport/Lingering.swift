// SPDX-License-Identifier: Apache-2.0
/// A lingering close: after the last answer, while the peer may still be sending.
///
/// Closing a socket with unread bytes resets the connection, and the peer loses the answer that it
/// has not read yet (RFC 9112 §9.6). So only sending ends at first, and received bytes are
/// discarded until the peer closes or the deadline passes. A drain does not wait for lingering
/// connections.
struct Lingering {
    /// The deadline, in monotonic milliseconds.
    private let end: UInt64
    /// Bytes discarded so far.
    private var discarded = 0

    /// Bytes that are discarded after the last answer: more than any request has, because a client
    /// may read no answer before it has sent everything.
    private static let bytesMax = 64 * 1024 * 1024
    /// At most so much a turn; level-triggered epoll reports the rest again, when the others have
    /// had theirs.
    private static let turnBytesMax = 256 * 1024
    /// For the peer to read its last answer and close, or to send more, in milliseconds; a few
    /// round trips.
    private static let silenceMax: UInt64 = 5_000
    /// For one that goes on sending, in milliseconds: twenty megabytes on a slow line.
    private static let timeMax: UInt64 = 30_000

    init(now: UInt64) {
        end = now + Self.timeMax
    }

    /// The number of bytes that may be discarded now; 0 for a peer that sends without end.
    var room: Int { min(Self.bytesMax - discarded, Self.turnBytesMax) }

    /// Counts discarded bytes.
    mutating func discard(_ count: Int) {
        discarded += count
    }

    /// When the connection ends if nothing comes.
    func deadline(now: UInt64) -> UInt64 {
        min(now + Self.silenceMax, end)
    }
}
