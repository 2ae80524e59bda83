// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Reads one rule; everything that is wrong with it is found at once.
struct FaultRuleReader {
    private var members: RuleMembers

    private static let common = [
        "client", "percent", "seed", "every", "once_at", "from", "until", "fault",
    ]
    private static let selections = ["percent", "every", "once_at"]

    static func read(
        _ members: [String: RuleMember],
        line: Int? = nil
    ) throws(FaultRuleError) -> FaultRule {
        var reader = FaultRuleReader(members: RuleMembers(members, line: line))
        let rule = reader.rule()
        let findings = reader.members.findings.sorted {
            ($0.line ?? 0, $0.member ?? "") < ($1.line ?? 0, $1.member ?? "")
        }
        guard findings.isEmpty, let rule else { throw FaultRuleError(findings) }
        return rule
    }

    private mutating func rule() -> FaultRule? {
        let kind = kind()
        let client = client()
        let selection = selection(kind)
        let window = window()
        let seed = members.integer("seed", 0...Int.max) ?? 0
        guard let kind else {
            // The parameters are unknown ones without a fault that they could belong to.
            return nil
        }
        let fault = fault(kind)
        checkSeed(fault, selection)
        let parameters = Self.parameters(kind)
        let own = parameters.isEmpty ? "none of its own" : parameters.joined(separator: ", ")
        members.refuseOthers(
            "Leave it out: every rule may have \(Self.common.joined(separator: ", ")); and"
                + " \(kind.name) has \(own)."
        )
        guard let client, let selection, let window, let fault else { return nil }
        return FaultRule(
            client: client,
            selection: selection,
            seed: Int64(seed),
            window: window,
            fault: fault
        )
    }

    // MARK: whose calls, which, and when

    private mutating func kind() -> FaultKind? {
        let remedy = "Give one of \(FaultKind.allCases.map(\.name).joined(separator: ", "))."
        guard members.has("fault") else {
            members.refuse("fault", "A rule needs a fault, which is missing.", remedy)
            return nil
        }
        guard let name = members.text("fault") else { return nil }
        guard let kind = FaultKind(name: name) else {
            members.refuse("fault", "No fault has this name.", remedy)
            return nil
        }
        return kind
    }

    private mutating func client() -> ClientPattern? {
        guard members.has("client") else { return .everyClient }
        guard let text = members.text("client") else { return nil }
        guard let pattern = ClientPattern(text) else {
            members.refuse(
                "client",
                "No client's id is like this.",
                "Give an id, or a pattern with *: 1 to \(ClientPattern.bytesMax) printable ASCII"
                    + " characters without quotation marks and backslashes."
            )
            return nil
        }
        return pattern
    }

    private mutating func selection(_ kind: FaultKind?) -> CallSelection? {
        let millionths = percent()
        let every = members.integer("every", CallSelection.numbers)
        let once = members.integer("once_at", CallSelection.numbers)
        let given = Self.selections.filter { members.has($0) }
        if let kind, kind.isLimit {
            for name in given {
                members.exclude(
                    name,
                    "The fault \(kind.name) counts all that its clients do.",
                    "Leave it out."
                )
            }
        } else if given.count > 1 {
            for name in given.dropFirst() {
                members.exclude(
                    name,
                    "The rule has \(given[0]) already.",
                    "Leave one of them out, or write two rules."
                )
            }
        }
        if kind == .rotateKeys, given.isEmpty {
            members.refuse(
                "every",
                "Without a selection each call of each client would rotate the keys.",
                "Give every, once_at or percent."
            )
        }
        guard let name = given.first else { return .all }
        switch name {
        case "percent": return millionths.map { .percent(millionths: $0) }
        case "every": return every.map { .every($0) }
        default: return once.map { .once(at: $0) }
        }
    }

    private mutating func percent() -> Int? {
        let remedy = "Give a number above 0 and up to 100, with six decimals at most."
        guard let digits = members.digits("percent", remedy) else { return nil }
        guard let value = DecimalText.parse(digits, decimals: CallSelection.decimals),
            value > 0, value <= CallSelection.millionthsMax
        else {
            members.refuse("percent", "The value is no such part of a hundred.", remedy)
            return nil
        }
        return Int(value)
    }

    private mutating func checkSeed(_ fault: Fault?, _ selection: CallSelection?) {
        // Of a fault or a selection that is wrong, nothing is known.
        guard let fault, let selection else { return }
        if case .percent = selection { return }
        guard !fault.isRandom, !members.has("deviation") else { return }
        members.exclude(
            "seed",
            "Nothing in this rule is left to chance.",
            "Leave it out: it belongs to percent, and to a delay with a deviation."
        )
    }

    private mutating func window() -> FaultWindow? {
        let from = members.limit("from")
        let until = members.limit("until")
        guard members.has("from") == (from != nil), members.has("until") == (until != nil) else {
            return nil
        }
        switch (from, until) {
        case (.sinceStart(let first)?, .sinceStart(let end)?), (.time(let first)?, .time(let end)?):
            if first >= end {
                members.refuse("until", "The end is not after from.", "Give a later one.")
            }
        case (_?, _?):
            members.refuse(
                "until",
                "One of from and until counts from the start, and the other is a time.",
                "Give two of a kind."
            )
        default: break
        }
        return FaultWindow(from: from, until: until)
    }
}

// MARK: faults and their members

extension FaultRuleReader {
    /// The members that a fault has of its own.
    private static func parameters(_ kind: FaultKind) -> [String] {
        switch kind {
        case .delay: ["milliseconds", "deviation", "shape"]
        case .status: ["status", "retry_after"]
        case .oauthError: ["error"]
        case .slowHandshake: ["milliseconds"]
        case .trickle: ["bytes_per_second"]
        case .rateLimit: ["requests", "seconds"]
        case .connectionLimit: ["connections"]
        case .malformed, .truncate, .reset, .silence, .tlsAlert, .expiredToken, .wrongCnf,
            .wrongSignature, .wrongKid, .rotateKeys:
            []
        }
    }

    private mutating func fault(_ kind: FaultKind) -> Fault? {
        switch kind {
        case .delay: return delay()
        case .status: return status()
        case .oauthError: return oauthError()
        case .slowHandshake:
            return members.required("milliseconds", FaultBounds.milliseconds, kind)
                .map { .slowHandshake(milliseconds: $0) }
        case .trickle:
            return members.required("bytes_per_second", FaultBounds.bytesPerSecond, kind)
                .map { .trickle(bytesPerSecond: $0) }
        case .rateLimit:
            let requests = members.required("requests", FaultBounds.requests, kind)
            let seconds = members.required("seconds", FaultBounds.seconds, kind)
            guard let requests, let seconds else { return nil }
            return .rateLimit(requests: requests, seconds: seconds)
        case .connectionLimit:
            return members.required("connections", FaultBounds.connections, kind)
                .map { .connectionLimit(connections: $0) }
        case .malformed: return .malformed
        case .truncate: return .truncate
        case .reset: return .reset
        case .silence: return .silence
        case .tlsAlert: return .tlsAlert
        case .expiredToken: return .expiredToken
        case .wrongCnf: return .wrongCnf
        case .wrongSignature: return .wrongSignature
        case .wrongKid: return .wrongKid
        case .rotateKeys: return .rotateKeys
        }
    }

    private mutating func delay() -> Fault? {
        let milliseconds = members.required("milliseconds", FaultBounds.milliseconds, .delay)
        let deviation = members.integer("deviation", FaultBounds.milliseconds)
        var shape = members.has("deviation") ? Delay.Shape.normal : .fixed
        if let name = members.text("shape") {
            guard let known = Delay.Shape(rawValue: name) else {
                let names = Delay.Shape.allCases.map(\.rawValue).joined(separator: ", ")
                members.refuse("shape", "No shape has this name.", "Give one of \(names).")
                return nil
            }
            shape = known
        } else if members.has("shape") {
            return nil
        }
        switch (shape, members.has("deviation")) {
        case (.fixed, true):
            members.exclude(
                "deviation",
                "A delay of the shape fixed has none.",
                "Leave it out, or give the shape normal or long_tail."
            )
        case (.normal, false), (.longTail, false):
            members.refuse(
                "deviation",
                "The shape \(shape.rawValue) needs this member, which is missing.",
                "Give a whole number from 1 to \(FaultBounds.milliseconds.upperBound)."
            )
        default: break
        }
        guard let milliseconds else { return nil }
        return .delay(Delay(milliseconds: milliseconds, deviation: deviation ?? 0, shape: shape))
    }

    private mutating func status() -> Fault? {
        let status = members.required("status", FaultBounds.status, .status)
        let retryAfter = members.integer("retry_after", FaultBounds.retryAfter)
        guard let status else { return nil }
        if FaultBounds.bodilessStatuses.contains(status) {
            members.refuse(
                "status",
                "An answer of this status has no body, and clients would wait for the next one.",
                "Give another status."
            )
        }
        if status < 300 {
            members.exclude(
                "retry_after",
                "A client that has succeeded does not try again (RFC 9110 §10.2.3).",
                "Leave it out, or give a status from 300 on."
            )
        }
        return .status(status, retryAfter: retryAfter)
    }

    private mutating func oauthError() -> Fault? {
        let remedy =
            "Give 1 to \(FaultBounds.errorBytes.upperBound) characters of RFC 6749 §5.2, such as"
            + " invalid_client."
        guard members.has("error") else {
            members.refuse(
                "error",
                "The fault oauth_error needs this member, which is missing.",
                remedy
            )
            return nil
        }
        guard let error = members.text("error") else { return nil }
        let good = error.utf8.allSatisfy { 0x20...0x7E ~= $0 && $0 != 0x22 && $0 != 0x5C }
        guard good, FaultBounds.errorBytes.contains(error.utf8.count) else {
            members.refuse("error", "No error is like this.", remedy)
            return nil
        }
        return .oauthError(error)
    }
}

extension RuleMembers {
    /// A limit of a window; nil where it is missing or is none.
    fileprivate mutating func limit(_ name: String) -> FaultWindow.Limit? {
        let remedy =
            "Give seconds since the start (with three decimals at most), seconds since 1970, or a"
            + " time such as 2026-11-30T14:00:00Z."
        know(name)
        switch value(name) {
        case nil: return nil
        case .json(.integer(let value)):
            if let limit = Self.limit(digits: String(value)) { return limit }
        case .json(.number(let digits)):
            if let limit = Self.limit(digits: digits) { return limit }
        case .json(.string(let text)):
            if let time = TimestampText.milliseconds(text) { return .time(time) }
        case .untyped(let text):
            if let limit = Self.limit(digits: text) { return limit }
            if let time = TimestampText.milliseconds(text) { return .time(time) }
        case .json, .other: break
        }
        refuse(name, "The value is no moment.", remedy)
        return nil
    }

    private static func limit(digits: String) -> FaultWindow.Limit? {
        guard let milliseconds = DecimalText.parse(digits, decimals: 3),
            milliseconds <= FaultWindow.lastTime * 1000
        else { return nil }
        let isTime = milliseconds >= FaultWindow.firstTime * 1000
        return isTime ? .time(milliseconds) : .sinceStart(milliseconds)
    }
}
