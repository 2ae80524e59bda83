// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Registration
internal import Text

/// The lists of a declaration, in the order in which they are applied.
enum DeclaredKind: String, CaseIterable {
    case trustSet = "trust_sets"
    case user = "users"
    case client = "clients"
    // Behind the clients that issuers name.
    case issuer = "issuers"

    /// The name of one entry.
    var noun: String {
        switch self {
        case .trustSet: "trust set"
        case .user: "user"
        case .client: "client"
        case .issuer: "issuer"
        }
    }

    /// The member into which the certificates of files go, by the member that names the files.
    var certificateFiles: [String: RegistrationField] {
        switch self {
        case .trustSet:
            ["certificate_file": .caCertificates, "ca_certificate_file": .caCertificates]
        case .client:
            ["certificate_file": .certificates, "ca_certificate_file": .caCertificates]
        case .user, .issuer: [:]
        }
    }
}

/// An entry of a list: a document of the API, with the place where it stands.
struct DeclaredEntry {
    let kind: DeclaredKind
    let members: [String: JSONValue]
    /// Where paths without a leading slash begin.
    let folder: String
    /// The file, line and column of the entry, which may be kept: says so when it is asked.
    ///
    /// Of JSON linear in the text before it, and so is `memberPlace`.
    let start: () -> String
    /// The same of one of its members.
    let memberPlace: (_ member: String) -> String

    /// The file, line and column of a member, or of the entry.
    func place(_ member: String?) -> String {
        member.map(memberPlace) ?? start()
    }

    /// The member that a finding is about; nil for the entry.
    func member(of finding: RegistrationFinding) -> String? {
        let named = [finding.member] + finding.fields.map(\.rawValue)
        if let found = named.first(where: { members[$0] != nil }) { return found }
        return kind.certificateFiles.first { name, field in
            members[name] != nil && finding.fields.contains(field)
        }?.key
    }

    /// The beginning of a sentence about the entry; empty where it has no name.
    var owner: String {
        let names = [RegistrationField.clientName.rawValue, "client_id", "name"]
        let name = names.lazy.compactMap { members[$0]?.text }.first
        return name.map { "\(kind.noun) \(PrintableText.escaped($0)): " } ?? ""
    }

    /// The document, with the content of the files that it names; throws the problems with them.
    func document() throws(RegistrationError) -> JSONValue {
        var members = members
        var findings: [RegistrationFinding] = []
        for (name, field) in kind.certificateFiles.sorted(by: { $0.key < $1.key }) {
            guard let value = members.removeValue(forKey: name), value != .null else { continue }
            guard let paths = value.texts else {
                findings.append(
                    .invalid(
                        field,
                        about: name,
                        "This is neither the path of a file nor a list of paths.",
                        remedy: "Give one of them."
                    )
                )
                continue
            }
            var texts: [JSONValue] = []
            for path in paths {
                do throws(CertificateError) {
                    texts += try Self.certificates(path, in: folder).map { .string($0) }
                } catch {
                    findings.append(.unusable(field, about: path, error.description))
                }
            }
            switch members[field.rawValue] ?? .null {
            case .null: members[field.rawValue] = .array(texts)
            case .array(let others): members[field.rawValue] = .array(others + texts)
            default:
                findings.append(
                    .invalid(
                        field,
                        about: name,
                        "Its certificates cannot be added to \(field.rawValue), which is no list.",
                        remedy: "Give one of the two, or a list."
                    )
                )
            }
        }
        if !findings.isEmpty { throw RegistrationError(findings) }
        return .object(members)
    }

    private static func certificates(
        _ path: String,
        in folder: String
    ) throws(CertificateError) -> [String] {
        let bytes = try CertificateFile.read(path.hasPrefix("/") ? path : "\(folder)/\(path)")
        return try CertificateFile.certificates(in: CertificateContainer.plain(bytes)).map {
            CertificateText.pem($0.der)
        }
    }
}

/// Certificates as texts.
enum CertificateText {
    /// In PEM (RFC 7468 §5.1), with a line break at the end.
    static func pem(_ der: [UInt8]) -> String {
        var lines = ["-----BEGIN CERTIFICATE-----"]
        var rest = Base64.encode(der.span)[...]
        while !rest.isEmpty {
            lines.append(String(decoding: rest.prefix(64), as: UTF8.self))
            rest = rest.dropFirst(64)
        }
        return (lines + ["-----END CERTIFICATE-----", ""]).joined(separator: "\n")
    }
}
