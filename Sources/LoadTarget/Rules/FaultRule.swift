// SPDX-License-Identifier: Apache-2.0
package import Text

/// One rule: whose calls, which of them, when, and the fault that they meet.
package struct FaultRule: Sendable, Equatable {
    /// Whose calls.
    package let client: ClientPattern
    /// Which of them.
    package let selection: CallSelection
    /// The seed of what is left to chance: the selection by percent, the length of a delay.
    package let seed: Int64
    /// When.
    package let window: FaultWindow
    /// The fault.
    package let fault: Fault

    /// The members that have another value than their default, as they are read.
    ///
    /// Two texts of one rule have the same members here, so that chance goes by the rule and
    /// neither by its id nor by its place among others.
    package var members: [String: JSONValue] {
        var members = parameters
        members["fault"] = .string(fault.kind.name)
        if client != .everyClient { members["client"] = .string(client.text) }
        switch selection {
        case .all: break
        case .percent(let millionths):
            members["percent"] = DecimalText.json(
                Int64(millionths),
                decimals: CallSelection.decimals
            )
        case .every(let count): members["every"] = .integer(Int64(count))
        case .once(let at): members["once_at"] = .integer(Int64(at))
        }
        if seed != 0 { members["seed"] = .integer(seed) }
        members["from"] = window.from.map(Self.json)
        members["until"] = window.until.map(Self.json)
        return members
    }

    /// The rule as an object with `members`.
    package var json: JSONValue { .object(members) }

    /// The start of the rule's streams of random numbers.
    var key: UInt64 { CallStream.hash(Array(json.indentedText.utf8)) }

    private var parameters: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        func set(_ name: String, _ value: Int) { members[name] = .integer(Int64(value)) }
        switch fault {
        case .delay(let delay):
            set("milliseconds", delay.milliseconds)
            if delay.deviation > 0 { set("deviation", delay.deviation) }
            if delay.shape == .longTail { members["shape"] = .string(delay.shape.rawValue) }
        case .status(let status, let retryAfter):
            set("status", status)
            if let retryAfter { set("retry_after", retryAfter) }
        case .oauthError(let error): members["error"] = .string(error)
        case .slowHandshake(let milliseconds): set("milliseconds", milliseconds)
        case .trickle(let bytesPerSecond): set("bytes_per_second", bytesPerSecond)
        case .rateLimit(let requests, let seconds):
            set("requests", requests)
            set("seconds", seconds)
        case .connectionLimit(let connections): set("connections", connections)
        case .malformed, .truncate, .reset, .silence, .tlsAlert, .expiredToken, .wrongCnf,
            .wrongSignature, .wrongKid, .rotateKeys:
            break
        }
        return members
    }

    private static func json(_ limit: FaultWindow.Limit) -> JSONValue {
        switch limit {
        case .sinceStart(let milliseconds): return DecimalText.json(milliseconds, decimals: 3)
        case .time(let milliseconds):
            var text: [UInt8] = []
            TimestampText.append(milliseconds: milliseconds, to: &text)
            return .string(String(decoding: text, as: UTF8.self))
        }
    }
}
