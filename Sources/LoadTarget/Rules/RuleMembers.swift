// SPDX-License-Identifier: Apache-2.0
internal import Text

/// A member of a rule as its source gives it.
struct RuleMember {
    /// The value of a member.
    enum Value {
        case json(JSONValue)
        /// A scalar of YAML, which has no type.
        case untyped(String)
        /// A list or a map, or YAML's null.
        case other
    }

    let value: Value
    /// The line in a file.
    let line: Int?
}

/// The members of one rule while they are read: each once, and what is wrong with them.
struct RuleMembers {
    private let members: [String: RuleMember]
    /// The line where the rule begins.
    private let line: Int?
    private var known: Set<String> = []
    private(set) var findings: [FaultRuleFinding] = []

    init(_ members: [String: RuleMember], line: Int?) {
        self.members = members
        self.line = line
    }

    /// Whether the member is there, right or wrong.
    func has(_ name: String) -> Bool { members[name] != nil }

    /// The value of a member; nil where it is missing.
    func value(_ name: String) -> RuleMember.Value? { members[name]?.value }

    /// Notes that something is wrong with a member.
    mutating func refuse(_ name: String, _ problem: String, _ remedy: String) {
        let at = members[name]?.line ?? line
        findings.append(FaultRuleFinding(name, line: at, problem, remedy))
    }

    /// A string; nil where it is missing or is none.
    mutating func text(_ name: String) -> String? {
        known.insert(name)
        switch members[name]?.value {
        case nil: return nil
        case .json(.string(let text)), .untyped(let text): return text
        case .json, .other:
            refuse(name, "The value is not a string.", "Write it as one.")
            return nil
        }
    }

    /// The digits of a number; nil where it is missing or is none.
    mutating func digits(_ name: String, _ remedy: String) -> String? {
        known.insert(name)
        switch members[name]?.value {
        case nil: return nil
        case .json(.integer(let value)): return String(value)
        case .json(.number(let digits)), .untyped(let digits): return digits
        case .json, .other:
            refuse(name, "The value is not a number.", remedy)
            return nil
        }
    }

    /// A whole number in a range; nil where it is missing or is none.
    mutating func integer(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        let remedy = "Give a whole number from \(range.lowerBound) to \(range.upperBound)."
        guard let digits = digits(name, remedy) else { return nil }
        let unsigned = digits.hasPrefix("-") ? digits.dropFirst() : digits[...]
        guard !unsigned.isEmpty, unsigned.utf8.allSatisfy(\.isDigit) else {
            refuse(name, "The value is not a whole number.", remedy)
            return nil
        }
        guard let value = Int(digits), range.contains(value) else {
            refuse(name, "The value is out of range.", remedy)
            return nil
        }
        return value
    }

    /// As `integer`, and a finding where the member is missing.
    mutating func required(_ name: String, _ range: ClosedRange<Int>, _ fault: FaultKind) -> Int? {
        if !has(name) {
            refuse(
                name,
                "The fault \(fault.name) needs this member, which is missing.",
                "Give a whole number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return integer(name, range)
    }

    /// Names a member that is read elsewhere, or that nothing could be said about.
    mutating func know(_ name: String) { known.insert(name) }

    /// Refuses a member that has no meaning beside the others.
    mutating func exclude(_ name: String, _ problem: String, _ remedy: String) {
        guard has(name), !findings.contains(where: { $0.member == name }) else { return }
        known.insert(name)
        refuse(name, problem, remedy)
    }

    /// Refuses all members that nothing has asked for.
    mutating func refuseOthers(_ remedy: String) {
        for name in members.keys.sorted() where !known.contains(name) {
            let at = members[name]?.line ?? line
            findings.append(
                FaultRuleFinding(Self.shown(name), line: at, "No such member belongs here.", remedy)
            )
        }
    }

    /// A name for errors: short, and without what a terminal would take for a command.
    private static func shown(_ name: String) -> String {
        let bytes = name.utf8.prefix(64).map { 0x20...0x7E ~= $0 ? $0 : UInt8(ascii: "?") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
