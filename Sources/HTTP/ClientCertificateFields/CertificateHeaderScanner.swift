// SPDX-License-Identifier: Apache-2.0
/// Finds the header fields in which proxies forward client certificates.
///
/// A listener without a trusted proxy refuses or logs a request that has such a field: a legitimate
/// client sends none. (Cloudflare's transform sends its flags with every request.) A listener with
/// a trusted proxy checks the fields for duplicates and aliases before it reads them.
public struct CertificateHeaderScanner: Sendable {
    /// The names of the fields.
    public let names: [FieldName]

    /// A bit for each length that a name has: most fields of a request need no further look.
    private let lengths: UInt64

    /// A scanner for these names.
    public init(_ names: [FieldName]) {
        self.names = names
        lengths = names.reduce(0) { $0 | 1 << UInt64($1.description.utf8.count) }
    }

    /// A scanner for the usual names of every format, the names that other gateways and servers use
    /// for the same purpose, and `configured` ones.
    public init(everyFormatAnd configured: [FieldName] = []) {
        let usual = ClientCertificateFormat.allCases.flatMap(\.names.all)
        let names = usual + Self.relatives.map(FieldName.init(known:)) + configured
        var distinct: [FieldName] = []
        for name in names where !distinct.contains(name) { distinct.append(name) }
        self.init(distinct)
    }

    // Related fields of the same proxies, and fields that others (Azure, Google, WSO2, ingress
    // controllers) are known or documented to send.
    private static let relatives = [
        "x-forwarded-tls-client-cert-info", "x-amzn-mtls-clientcert-serial-number",
        "x-amzn-mtls-clientcert-issuer", "x-amzn-mtls-clientcert-subject",
        "x-amzn-mtls-clientcert-validity", "cf-client-cert-sha256", "cf-client-cert-verified",
        "cf-cert-issuer-dn", "cf-cert-subject-dn", "ssl-client-subject-dn", "ssl-client-issuer-dn",
        "x-arr-clientcert", "x-client-cert", "x-client-cert-chain", "x-client-cert-leaf",
        "x-client-certificate", "x-ssl-cert", "x-ssl-client-cert", "x-wso2-mtls-cert",
    ]

    /// The names that occur, under any spelling, each once and in the order of the fields.
    ///
    /// Does not allocate when there are none.
    public func present(in fields: [HeaderField], _ bytes: Span<UInt8>) -> [FieldName] {
        var present: [FieldName] = []
        for field in fields {
            guard let found = find(field.name, bytes), !present.contains(found.name) else {
                continue
            }
            present.append(found.name)
        }
        return present
    }

    /// Throws for a field that is there twice, and for one under an alias.
    ///
    /// Two spellings of one name are the same field twice, even if both are names of some format.
    public func check(
        _ fields: [HeaderField],
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) {
        var seen: [FieldName] = []
        for field in fields {
            guard let found = find(field.name, bytes) else { continue }
            guard !seen.contains(where: found.name.isAlias) else { throw .repeated(found.name) }
            guard found.spelling == .exact else { throw .alias(found.name) }
            seen.append(found.name)
        }
    }

    /// The name that is spelled like this, or else one that this is an alias of.
    private func find(
        _ field: Range<Int>,
        _ bytes: Span<UInt8>
    ) -> (name: FieldName, spelling: FieldName.Spelling)? {
        guard field.count <= FieldName.bytesMax, lengths & 1 << UInt64(field.count) != 0 else {
            return nil
        }
        var alias: FieldName?
        for name in names {
            switch name.spelling(field, bytes) {
            case .exact: return (name, .exact)
            case .alias: alias = alias ?? name
            case nil: continue
            }
        }
        return alias.map { ($0, .alias) }
    }
}
