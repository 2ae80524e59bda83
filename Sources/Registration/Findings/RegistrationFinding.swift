// SPDX-License-Identifier: Apache-2.0
internal import Text

/// One thing for which a registration, or a change of one, is refused.
package struct RegistrationFinding: Sendable, Equatable {
    /// The kind of error, for a front end's status.
    package enum Kind: Sendable, Equatable {
        /// A value, or several together, make no sense.
        case invalid
        /// A certificate, a key set or a revocation list cannot be used.
        case unusable
        /// The change conflicts with registered values.
        case conflict
    }

    package let kind: Kind
    /// The fields that are looked at, first the one that is best changed.
    package let fields: [RegistrationField]
    /// Which of several, as the subject of a certificate in a file with many.
    package let about: String?
    /// The problem, in sentences.
    package let reason: RegistrationText
    /// The remedy, in a sentence; empty where the problem implies it.
    package let remedy: RegistrationText

    /// The field that is best changed.
    package var field: RegistrationField { fields[0] }

    /// The member of a document that it is about.
    package var member: String {
        switch field {
        case .unknown: about ?? ""
        // Findings say more than `name`, which is a trust set's, too.
        case .userName, .issuerName: RegistrationField.trustSetName.rawValue
        default: field.rawValue
        }
    }

    private init(
        _ kind: Kind,
        _ fields: [RegistrationField],
        _ about: String?,
        _ reason: RegistrationText,
        _ remedy: RegistrationText
    ) {
        self.kind = kind
        self.fields = fields
        self.about = about
        self.reason = reason
        self.remedy = remedy
    }

    /// A value that makes no sense, alone or beside the other `fields`.
    package static func invalid(
        _ field: RegistrationField,
        with fields: [RegistrationField] = [],
        about: String? = nil,
        _ reason: RegistrationText,
        remedy: RegistrationText
    ) -> RegistrationFinding {
        RegistrationFinding(.invalid, [field] + fields, about, reason, remedy)
    }

    /// A member that no document has, which is most likely misspelt.
    package static func unknown(
        _ member: String,
        among known: [String]
    ) -> RegistrationFinding {
        let nearest = NearestName.suggestion(for: member, among: known)
        return .invalid(
            .unknown,
            about: member,
            "There is no such member.",
            remedy: nearest.map { "Is \($0) meant?" } ?? "Leave it out."
        )
    }

    /// A content that cannot be used; `reason` says what to do, too.
    package static func unusable(
        _ field: RegistrationField,
        about: String? = nil,
        _ reason: String
    ) -> RegistrationFinding {
        RegistrationFinding(.unusable, [field], about, "\(reason)", "")
    }

    /// A change that does not go with what is registered.
    package static func conflict(
        _ field: RegistrationField,
        _ reason: RegistrationText,
        remedy: RegistrationText
    ) -> RegistrationFinding {
        RegistrationFinding(.conflict, [field], nil, reason, remedy)
    }

    /// The same, about what is in the file at `path`.
    func inFile(_ path: String) -> RegistrationFinding {
        let about = about.map { "\(path) (\($0))" } ?? path
        return RegistrationFinding(kind, fields, about, reason, remedy)
    }

    /// Problem and remedy in a front end's words.
    package func text(_ vocabulary: some RegistrationVocabulary) -> String {
        [reason, remedy].map { $0.text(vocabulary) }.filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension [RegistrationFinding] {
    /// Adds a value that makes no sense, alone or beside the other `fields`.
    mutating func refuse(
        _ field: RegistrationField,
        with fields: [RegistrationField] = [],
        _ reason: RegistrationText,
        _ remedy: RegistrationText = ""
    ) {
        append(.invalid(field, with: fields, reason, remedy: remedy))
    }
}

/// Why a registration was refused: everything that is wrong with it, at least one finding.
package struct RegistrationError: Error, Sendable, Equatable, CustomStringConvertible {
    package let findings: [RegistrationFinding]

    package init(_ findings: [RegistrationFinding]) {
        precondition(!findings.isEmpty)
        self.findings = findings
    }

    package init(_ finding: RegistrationFinding) {
        findings = [finding]
    }

    /// All findings, with the members' names.
    package var description: String {
        findings.map { $0.text(MemberVocabulary()) }.joined(separator: " ")
    }

    /// Throws if there is something in `findings`.
    static func refuse(_ findings: [RegistrationFinding]) throws(RegistrationError) {
        if !findings.isEmpty { throw RegistrationError(findings) }
    }
}

/// A warning, for which nothing is refused.
package struct RegistrationWarning: Sendable, Equatable {
    /// The field that it is about.
    package let field: RegistrationField
    /// Which of several.
    package let about: String?
    /// In sentences.
    package let text: String

    package init(_ field: RegistrationField, about: String? = nil, _ text: String) {
        self.field = field
        self.about = about
        self.text = text
    }

    /// The same, about what is in the file at `path`.
    func inFile(_ path: String) -> RegistrationWarning {
        RegistrationWarning(field, about: about.map { "\(path) (\($0))" } ?? path, text)
    }
}
