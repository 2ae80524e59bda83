// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Text

/// A parameter of a route's query, with what it may say.
struct QueryParameter: Sendable {
    /// The values that are taken.
    enum Kind: Sendable, Equatable {
        /// Any text.
        case text
        /// A whole number.
        case number(ClosedRange<Int>)
        /// `true` or `false`.
        case boolean
        /// One of these words.
        case choice([String])
        /// A time (RFC 3339), such as `2027-01-31T00:00:00Z`.
        case time
    }

    let name: String
    let kind: Kind
    /// For people.
    let description: String

    init(_ name: String, _ kind: Kind, _ description: String) {
        (self.name, self.kind, self.description) = (name, kind, description)
    }

    /// The problem with a value; nil for a good one.
    func finding(_ text: String) -> ProblemDetails.Finding? {
        let (problem, remedy): (String, String)
        switch kind {
        case .text: return nil
        case .number(let range):
            // Int alone takes a sign, which an address shows in two ways.
            if text.utf8.allSatisfy(\.isDigit), let number = Int(text), range.contains(number) {
                return nil
            }
            problem = "It is no number from \(range.lowerBound) to \(range.upperBound)."
            remedy = "Give one in digits, or leave it out."
        case .boolean:
            if ["true", "false"].contains(text) { return nil }
            problem = "It is neither true nor false."
            remedy = "Give one of them, or leave it out."
        case .choice(let words):
            if words.contains(text) { return nil }
            problem = "There is no such word."
            remedy = "Give one of \(words.joined(separator: ", ")), or leave it out."
        case .time:
            if TimestampText.milliseconds(text) != nil { return nil }
            problem = "It is no time."
            remedy = "Give one such as 2027-01-31T00:00:00Z, or leave it out."
        }
        return ProblemDetails.Finding(member: name, problem: problem, remedy: remedy)
    }
}

/// The parameters of a request's query, each of which its route knows.
struct QueryValues: Sendable, Equatable {
    private var values: [String: String] = [:]

    /// No parameters.
    init() {}

    /// Parses a query strictly; throws every parameter that is not known, stands twice, or has a
    /// value that is not taken.
    ///
    /// A parameter with an empty value counts as left out.
    init(_ query: [UInt8], _ known: [QueryParameter]) throws(ProblemDetails) {
        var findings: [ProblemDetails.Finding] = []
        var seen: Set<String> = []
        for pair in query.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let name = Self.decoded(parts[0]),
                let value = Self.decoded(parts.count == 2 ? parts[1] : [])
            else { throw .bad(nil, "The query cannot be read.", "Encode it as a form's content.") }
            guard let parameter = known.first(where: { $0.name == name }) else {
                findings.append(Self.unknown(name, known))
                continue
            }
            guard seen.insert(name).inserted else {
                findings.append(Self.finding(name, "It stands twice.", "Give it once."))
                continue
            }
            guard !value.isEmpty else { continue }
            if let finding = parameter.finding(value) { findings.append(finding) }
            values[name] = value
        }
        guard findings.isEmpty else {
            throw ProblemDetails(400, "The query cannot be used.", findings)
        }
    }

    /// The value of a parameter; nil where it is left out.
    subscript(name: String) -> String? { values[name] }

    /// The value of a parameter that is a number.
    func number(_ name: String) -> Int? { values[name].flatMap { Int($0) } }

    /// The value of a parameter that is a time, in seconds since 1970.
    func seconds(_ name: String) -> Int64? {
        values[name].flatMap { TimestampText.milliseconds($0) }.map { $0 / 1000 }
    }

    /// The value of a parameter that is true or false.
    func boolean(_ name: String) -> Bool? { values[name].map { $0 == "true" } }

    private static func unknown(
        _ name: String,
        _ known: [QueryParameter]
    ) -> ProblemDetails.Finding {
        let names = known.map(\.name).joined(separator: ", ")
        return finding(
            String(name.prefix(64)),
            "There is no such parameter here.",
            names.isEmpty ? "Leave the query out." : "Leave it out, or give one of \(names)."
        )
    }

    private static func finding(
        _ name: String,
        _ problem: String,
        _ remedy: String
    ) -> ProblemDetails.Finding {
        ProblemDetails.Finding(member: name, problem: problem, remedy: remedy)
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String? {
        guard let bytes = PercentEncoding.decodeForm(Array(text).span),
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
