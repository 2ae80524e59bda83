// SPDX-License-Identifier: Apache-2.0
internal import Registration

/// The names of members as files have them, and the commands for the rest.
struct DeclarationVocabulary: RegistrationVocabulary {
    private let members = MemberVocabulary()

    func name(of field: RegistrationField) -> String { members.name(of: field) }

    func setting(_ field: RegistrationField, _ value: String) -> String {
        members.setting(field, value)
    }

    func operation(_ operation: RegistrationOperation) -> String {
        // The one operation that no file can do.
        if case .setPassword = operation { return "`handfast user password`" }
        return members.operation(operation)
    }
}
