// SPDX-License-Identifier: Apache-2.0
/// Numbers of the server in Prometheus's text format 0.0.4, read strictly.
///
/// One line that cannot be read makes the whole unreadable: half of the numbers would be wrong ones.
struct MetricsReading: Sendable {
    /// One number.
    struct Sample: Sendable, Equatable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    /// Far more than a server with the most listeners has.
    private static let samplesMax = 50_000
    private static let bytesMax = 8 << 20

    private let samples: [String: [Sample]]

    /// Reads a whole answer; nil where it is none.
    init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax else { return nil }
        var samples: [String: [Sample]] = [:]
        var count = 0
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            count += 1
            var reader = LineReader(line)
            guard count <= Self.samplesMax, let sample = reader.sample() else { return nil }
            samples[sample.name, default: []].append(sample)
        }
        guard count > 0 else { return nil }
        self.samples = samples
    }

    /// The samples of a series; none where there is no such series.
    func all(_ name: String) -> [Sample] { samples["handfast_" + name] ?? [] }

    /// The sum of a series: of one without labels, the number itself.
    func sum(_ name: String) -> Double { all(name).reduce(0) { $0 + $1.value } }

    /// A label of a series with one sample.
    func label(_ label: String, of name: String) -> String? { all(name).first?.labels[label] }
}

/// Reads one line: a name, labels in braces, a number.
private struct LineReader {
    private var rest: Substring

    init(_ line: Substring) { rest = line }

    mutating func sample() -> MetricsReading.Sample? {
        let name = take { $0.isLetter && $0.isASCII || $0.isNumber && $0.isASCII || $0 == "_" }
        guard !name.isEmpty, let labels = labels(), skip(" "),
            let value = Double(String(rest)), value.isFinite
        else { return nil }
        return MetricsReading.Sample(name: name, labels: labels, value: value)
    }

    /// The labels in braces; none without braces, nil where they are not as they should be.
    private mutating func labels() -> [String: String]? {
        guard skip("{") else { return [:] }
        var labels: [String: String] = [:]
        while !skip("}") {
            if !labels.isEmpty { guard skip(",") else { return nil } }
            let name = take { $0.isLetter && $0.isASCII || $0 == "_" }
            guard !name.isEmpty, labels[name] == nil, skip("="), skip("\""), let value = quoted()
            else { return nil }
            labels[name] = value
        }
        return labels
    }

    /// A value up to its quotation mark, which is taken too.
    private mutating func quoted() -> String? {
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                switch rest.popFirst() {
                case "\\": value += "\\"
                case "\"": value += "\""
                case "n": value += "\n"
                default: return nil
                }
            default: value.append(character)
            }
        }
        return nil
    }

    private mutating func skip(_ character: Character) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func take(while isPart: (Character) -> Bool) -> String {
        let part = rest.prefix(while: isPart)
        rest = rest[part.endIndex...]
        return String(part)
    }
}
