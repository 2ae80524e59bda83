// SPDX-License-Identifier: Apache-2.0
internal import LoadTarget

/// An answer that a load target holds back, cuts, or sends slowly.
///
/// Without socket and clock: moments come in, and bytes with the next moment go out.
final class HeldAnswer {
    /// The end of the exchange, after the last byte.
    enum End {
        /// As without a fault.
        case answered
        /// As after a handshake: there was no request.
        case none
        /// The connection ends; in TLS properly, with a close_notify.
        case closed
        /// The connection is reset.
        case reset
    }

    /// The part that is to be sent now, and the moment of the next; nil with the last part.
    struct Part {
        let bytes: ArraySlice<UInt8>
        let next: UInt64?
    }

    let end: End
    /// Whether nothing of an answer is left to send.
    var isEmpty: Bool { sent == bytes.count }
    private let bytes: [UInt8]
    private var sent = 0
    /// How many bytes a second; nil for all at once.
    private let bytesPerSecond: Int?

    /// Parts of a slow answer: ten a second, or as few as its rate needs.
    private static let partMilliseconds: UInt64 = 100

    /// Holds back what follows a handshake.
    init() {
        end = .none
        bytes = []
        bytesPerSecond = nil
    }

    /// Holds `answer`, whose content are its last `contentCount` bytes, as `strike` asks for.
    init(_ answer: [UInt8], contentCount: Int, _ strike: Strike) {
        var rate: Int?
        switch strike.fault {
        case .truncate:
            end = .closed
            bytes = Array(answer.dropLast(max(1, contentCount - contentCount / 2)))
        case .reset:
            end = .reset
            bytes = []
        case .silence:
            end = .closed
            bytes = []
        case .trickle(let bytesPerSecond):
            end = .answered
            bytes = answer
            rate = bytesPerSecond
        default:
            end = .answered
            bytes = answer
        }
        bytesPerSecond = rate
    }

    /// Takes the bytes that are due at `now`, in milliseconds.
    func takePart(now: UInt64) -> Part {
        guard let bytesPerSecond else {
            defer { sent = bytes.count }
            return Part(bytes: bytes[sent...], next: nil)
        }
        let perPart = bytesPerSecond * Int(Self.partMilliseconds) / 1000
        let count = min(max(perPart, 1), bytes.count - sent)
        let part = bytes[sent..<(sent + count)]
        sent += count
        guard sent < bytes.count else { return Part(bytes: part, next: nil) }
        // A byte each second, or less often, where a part would be less than a byte.
        let milliseconds = max(UInt64(count * 1000 / bytesPerSecond), 1)
        return Part(bytes: part, next: now + milliseconds)
    }
}
