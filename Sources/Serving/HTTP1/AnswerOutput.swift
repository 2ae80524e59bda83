// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Reactor

/// Answers that have gathered for the connection that is served, as bytes.
struct AnswerOutput {
    private(set) var bytes: [UInt8] = []
    /// The number of answers in `bytes`.
    private(set) var count = 0
    private let clock: WallClock
    private let date = DateField()

    init(_ clock: WallClock) {
        self.clock = clock
        bytes.reserveCapacity(8192)
    }

    /// Empties the output after it was written.
    mutating func clear() {
        count = 0
        bytes.removeAll(keepingCapacity: true)
    }

    /// Appends the interim response 100 (RFC 9110 §15.2.1).
    mutating func appendContinue() {
        ResponseWriter.appendContinue(to: &bytes)
    }

    /// Appends 200 with JSON that is not to be stored: the hot path's answer.
    mutating func append(json: [UInt8], _ framing: ResponseFraming) {
        ResponseWriter.appendSuccess(
            json,
            date: date.value(clock.seconds),
            keepsAlive: framing.keepsAlive,
            announcesKeepAlive: framing.announcesKeepAlive,
            to: &bytes
        )
    }

    /// Appends any other answer.
    mutating func append(_ response: Response, _ framing: ResponseFraming) {
        ResponseWriter.append(response, framing, date: date.value(clock.seconds), to: &bytes)
    }

    /// Appends a part of an answer that was held back.
    mutating func append(part: ArraySlice<UInt8>) {
        bytes.append(contentsOf: part)
    }

    /// Takes the bytes from `start` on back.
    mutating func take(from start: Int) -> [UInt8] {
        let taken = Array(bytes[start...])
        bytes.removeSubrange(start...)
        return taken
    }

    /// Counts an answer that is whole.
    mutating func countAnswer() {
        count += 1
    }
}
