// SPDX-License-Identifier: Apache-2.0
/// Texts of strangers as they may stand in a sentence or on a terminal.
package enum PrintableText {
    /// The text with what is not printable shown by its number.
    package static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { !isPrintable($0) }) else { return text }
        return text.unicodeScalars.map {
            isPrintable($0) ? String($0) : "\\u{" + String($0.value, radix: 16) + "}"
        }.joined()
    }

    /// Neither a control or format character, nor a line break, nor unassigned.
    package static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        default: true
        }
    }
}

/// The rule for the names of clients and users.
package enum DisplayName {
    /// More than fits a line of a list.
    package static let charactersMax = 128

    /// The error of a `name` that cannot be displayed, typed or told apart; nil if it can.
    static func finding(
        _ name: String,
        _ field: RegistrationField,
        of owner: String
    ) -> RegistrationFinding? {
        guard !name.isEmpty, name.count <= charactersMax, name.utf8.count <= 4 * charactersMax,
            name.unicodeScalars.allSatisfy(PrintableText.isPrintable)
        else {
            return .invalid(
                field,
                "The name of a \(owner) has 1 to \(charactersMax) printable characters.",
                remedy: ""
            )
        }
        guard name.first?.isWhitespace == false, name.last?.isWhitespace == false else {
            return .invalid(
                field,
                "The name of a \(owner) does not begin or end with white space.",
                remedy: ""
            )
        }
        return nil
    }
}
