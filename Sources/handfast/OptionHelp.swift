// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

// A shorter spelling of the library's initializer, which many options use.
extension ArgumentHelp {
    /// Help for an option whose value is called `value`.
    static func value(_ value: String, _ text: String, discussion: String = "") -> ArgumentHelp {
        ArgumentHelp("\(text)", discussion: discussion, valueName: value)
    }

    /// Help for an option whose value is one of a type's words, which end the text.
    static func choice<Words: CaseIterable & RawRepresentable<String>>(
        _ value: String,
        _ text: String,
        of _: Words.Type,
        discussion: String = ""
    ) -> ArgumentHelp {
        let words = Words.allCases.map(\.rawValue).joined(separator: ", ")
        return .value(value, "\(text): \(words).", discussion: discussion)
    }
}
