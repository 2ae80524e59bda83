// SPDX-License-Identifier: Apache-2.0
package import Cryptography

/// The subject that a client of `tls_client_auth` is registered with (RFC 8705 §2.1.2), checked.
package struct SubjectRegistration: Sendable, Equatable {
    /// In which order the text of a distinguished name has its parts.
    package enum Order: String, Sendable, CaseIterable {
        /// As in the certificate, from either end.
        case printed
        /// As Go's pkix.Name.String sorts them.
        case go
    }

    package let kind: CertificateSubject.Kind
    /// As it is kept: in one line.
    package let text: String
    /// As it was understood.
    package let canonical: String

    /// The finding about more than one subject of a client (RFC 8705 §2.1.2); nil for at most one.
    package static func finding(about kinds: [CertificateSubject.Kind]) -> RegistrationFinding? {
        guard kinds.count > 1 else { return nil }
        return .invalid(
            RegistrationField(kinds[1]),
            "A client has one subject (RFC 8705 §2.1.2).",
            remedy: "Give one of \(field: .subjectDN), \(field: .subjectDNS),"
                + " \(field: .subjectURI), \(field: .subjectIP) and \(field: .subjectEmail)."
        )
    }

    /// Reads a subject as people and programs write it.
    package init(
        _ kind: CertificateSubject.Kind,
        _ text: String,
        order: Order = .printed
    ) throws(RegistrationError) {
        let field = RegistrationField(kind)
        func refused(_ reason: String) -> RegistrationError {
            RegistrationError(.invalid(field, "The subject is refused. \(reason)", remedy: ""))
        }
        let subject: CertificateSubject
        do {
            var text = text
            if kind == .distinguishedName {
                if order == .go {
                    text = try DistinguishedName(parsingGo: text).canonical
                } else if text.contains(where: \.isNewline) {
                    // A registration is one line wherever it is shown.
                    text = try DistinguishedName(parsing: text).canonical
                }
            }
            subject = try CertificateSubject(kind, parsing: text)
        } catch {
            throw refused("\(error)")
        }
        if let reason = subject.reasonNotToRegister { throw refused(reason) }
        (self.kind, self.text, canonical) = (kind, subject.text, subject.canonical)
    }
}

extension RegistrationField {
    /// The member that has a subject of this kind.
    package init(_ kind: CertificateSubject.Kind) {
        self =
            switch kind {
            case .distinguishedName: .subjectDN
            case .dns: .subjectDNS
            case .uri: .subjectURI
            case .ip: .subjectIP
            case .email: .subjectEmail
            }
    }
}
