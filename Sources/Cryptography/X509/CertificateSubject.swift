// SPDX-License-Identifier: Apache-2.0
internal import Network

/// Why a registered subject was refused.
public struct CertificateSubjectError: Error, Sendable, CustomStringConvertible {
    /// The problem and the remedy.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// The subject that a client of `tls_client_auth` registers (RFC 8705 §2.1.2): exactly one of five.
public struct CertificateSubject: Sendable {
    /// The part of a certificate that is compared.
    public enum Kind: String, Sendable, CaseIterable {
        case distinguishedName = "tls_client_auth_subject_dn"
        case dns = "tls_client_auth_san_dns"
        case uri = "tls_client_auth_san_uri"
        case ip = "tls_client_auth_san_ip"
        case email = "tls_client_auth_san_email"
    }

    /// The part of a certificate that is compared.
    public let kind: Kind
    /// As it was registered.
    public let text: String
    /// In the form that is compared and shown.
    public let canonical: String

    private let expected: Expected

    private enum Expected: Sendable {
        case name(DistinguishedName)
        case text(String)
        case octets([UInt8])
    }

    /// Checks and keeps what a client registers.
    public init(_ kind: Kind, parsing text: String) throws(CertificateSubjectError) {
        self.kind = kind
        self.text = text
        guard !text.utf8.contains(0) else {
            throw CertificateSubjectError("A name with a NUL in it never matches.")
        }
        switch kind {
        case .distinguishedName:
            let name: DistinguishedName
            do throws(DistinguishedNameError) {
                name = try DistinguishedName(parsing: text)
            } catch {
                throw CertificateSubjectError(error.description)
            }
            guard name.matches(name) else {
                throw CertificateSubjectError(
                    "The name has a character that no certificate may use, so it never matches."
                )
            }
            (expected, canonical) = (.name(name), name.canonical)
        case .dns:
            canonical = try AlternativeNameSyntax.dns(text)
            expected = .text(canonical)
        case .uri:
            canonical = try AlternativeNameSyntax.uri(text)
            expected = .text(canonical)
        case .email:
            canonical = try AlternativeNameSyntax.email(text)
            expected = .text(canonical)
        case .ip:
            guard let address = InternetAddress(text) else {
                throw CertificateSubjectError(
                    "`\(text)` is no IP address. Write one such as 192.0.2.1 or 2001:db8::1, "
                        + "without brackets, zone or prefix length."
                )
            }
            (expected, canonical) = (.octets(address.octets), address.description)
        }
    }

    /// Why no client may be registered with it, in a sentence; nil where one may.
    ///
    /// Not for a subject that is registered already: that keeps what it matches.
    public var reasonNotToRegister: String? {
        guard case .name(let name) = expected, let empty = name.emptyAttribute else { return nil }
        let keyword = AttributeType.keyword(empty.type) ?? empty.type.dotted
        return "\(keyword) has an empty value. Write the value after \(keyword)=, or leave the "
            + "attribute out."
    }

    /// Whether `certificate` is for this subject; says nothing about who signed it.
    ///
    /// A name matches as `DistinguishedName.matches(registered:)` does, in either order. The
    /// others match if any alternative name of their type is equal; the common name is not
    /// looked at, and a `*` is not a wildcard.
    public func matches(_ certificate: Certificate) -> Bool {
        if case .name(let name) = expected { return certificate.subject.matches(registered: name) }
        return alternativeNames(of: certificate).contains { matches($0) }
    }

    /// The names of `certificate` that `matches` looks at, in the form that is shown.
    public func candidates(in certificate: Certificate) -> [String] {
        guard kind != .distinguishedName else { return [certificate.subject.canonical] }
        return alternativeNames(of: certificate).map(\.description)
    }

    private func alternativeNames(of certificate: Certificate) -> [SubjectAlternativeName] {
        certificate.extensions.subjectAlternativeNames.filter {
            switch (kind, $0) {
            case (.dns, .dns), (.uri, .uri), (.email, .email), (.ip, .ip): true
            default: false
            }
        }
    }

    private func matches(_ name: SubjectAlternativeName) -> Bool {
        switch (kind, name, expected) {
        case (.dns, .dns(let name), .text(let text)):
            AlternativeNameSyntax.lowercased(name) == text
        case (.uri, .uri(let uri), .text(let text)):
            (try? AlternativeNameSyntax.uri(uri)) == text
        case (.email, .email(let mailbox), .text(let text)):
            (try? AlternativeNameSyntax.email(mailbox)) == text
        case (.ip, .ip(let address), .octets(let octets)):
            address == octets
        default: false
        }
    }
}
