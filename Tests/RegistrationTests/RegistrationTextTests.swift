// SPDX-License-Identifier: Apache-2.0
import Registration
import Testing

struct RegistrationTextTests {
    private struct Shouting: RegistrationVocabulary {
        func name(of field: RegistrationField) -> String { field.rawValue.uppercased() }
        func setting(_ field: RegistrationField, _ value: String) -> String {
            "\(name(of: field))=\(value)"
        }
        func operation(_ operation: RegistrationOperation) -> String { "DO IT" }
    }

    @Test func `a sentence has fields and operations in the words of each front end`() {
        let text: RegistrationText =
            "Give \(field: .jwks) or \(field: .authenticationMethod, "none"), \(7) times: "
            + "\(to: .listCertificates)."
        #expect(
            text.text(MemberVocabulary())
                == "Give `jwks` or `token_endpoint_auth_method` none, 7 times: the certificates of"
                + " the client."
        )
        #expect(
            text.text(Shouting()) == "Give JWKS or TOKEN_ENDPOINT_AUTH_METHOD=none, 7 times: DO IT."
        )
    }

    @Test func `words of a stranger are words, whatever stands in them`() {
        let stranger = "\\(field: .jwks)"
        let text: RegistrationText = "It is \(stranger)."
        #expect(text.text(Shouting()) == "It is \\(field: .jwks).")
    }

    @Test func `an error says all of its findings, and each field has a name of its own`() {
        let error = RegistrationError([
            .invalid(.scope, "One.", remedy: "Two."), .unusable(.jwks, "Three."),
        ])
        #expect(error.description == "One. Two. Three.")
        #expect(
            Set(RegistrationField.allCases.map(\.rawValue)).count
                == RegistrationField.allCases.count
        )
    }

    @Test func `what cannot be printed is shown by its number`() {
        #expect(PrintableText.escaped("a\u{1b}[1m\nb\u{202e}") == "a\\u{1b}[1m\\u{a}b\\u{202e}")
        #expect(PrintableText.escaped("Ä ☃ 文") == "Ä ☃ 文")
    }
}
