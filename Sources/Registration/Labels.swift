// SPDX-License-Identifier: Apache-2.0
package import Text

/// A change of the labels of a client, a user or a trust set.
package struct LabelChange: Sendable, Equatable {
    /// Each takes the place of the one with its name.
    package var set: [String: String] = [:]
    /// Taken away, by name.
    package var removed: [String] = []
    /// Whether all that are registered are taken away first.
    package var removesAll = false

    /// No change.
    package init() {}

    /// These labels, in the place of all that are registered.
    package init(instead labels: [String: String]) {
        (set, removesAll) = (labels, true)
    }

    /// Whether nothing was said.
    package var isEmpty: Bool { self == LabelChange() }

    /// Writes the change into `labels`; returns the findings about the change itself.
    func apply(to labels: inout [String: String]) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        if removesAll { labels = [:] }
        for name in removed where labels.removeValue(forKey: name) == nil {
            findings.append(
                .conflict(
                    .labels,
                    "There is no label \(PrintableText.escaped(name)) to be taken away.",
                    remedy: "See \(to: .showLabels)."
                )
            )
        }
        labels.merge(set) { _, new in new }
        return findings
    }
}

/// The rules of labels, the same for clients, users and trust sets, and their forms.
package enum LabelRules {
    /// More than people look at, and few enough for a row of each in an index.
    static let countMax = 32
    /// As long as labels are elsewhere, such as in Kubernetes.
    static let nameBytesMax = 63
    /// A name of a team or a ticket, and no document.
    static let valueBytesMax = 255

    /// Everything that is wrong with the labels.
    package static func findings(_ labels: [String: String]) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
            if let finding = nameFinding(name) { findings.append(finding) }
            if value.utf8.count > valueBytesMax
                || !value.unicodeScalars.allSatisfy(PrintableText.isPrintable)
            {
                findings.refuse(
                    .labels,
                    "The value of the label \(PrintableText.escaped(name)) has at most"
                        + " \(valueBytesMax) bytes of printable characters."
                )
            }
        }
        if labels.count > countMax {
            findings.refuse(.labels, "There are at most \(countMax) labels.")
        }
        return findings
    }

    /// The error of a label's name; nil for a good one.
    package static func nameFinding(_ name: String) -> RegistrationFinding? {
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "/"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard !isName || !(1...nameBytesMax).contains(name.utf8.count) else { return nil }
        return .invalid(
            .labels,
            "The name of a label has 1 to \(nameBytesMax) letters, digits, full stops, underscores,"
                + " slashes and hyphens, without accents; \(PrintableText.escaped(name)) is none.",
            remedy: ""
        )
    }

    /// The finding about labels that are no object of texts.
    static let noLabels = RegistrationFinding.invalid(
        .labels,
        "\(field: .labels) is an object of strings.",
        remedy: ""
    )

    /// The labels of a document; nil where they are no object of texts.
    package static func labels(_ value: JSONValue) -> [String: String]? {
        guard case .object(let members) = value else { return nil }
        let labels = members.compactMapValues(\.text)
        return labels.count == members.count ? labels : nil
    }

    /// The labels in a document; nil for none.
    package static func value(_ labels: [String: String]) -> JSONValue? {
        labels.isEmpty ? nil : .object(labels.mapValues { .string($0) })
    }

    /// The labels for people.
    static func facts(_ labels: [String: String]) -> [(String, String)] {
        labels.sorted { $0.key < $1.key }.map { ("label", "\($0.key)=\($0.value)") }
    }
}
