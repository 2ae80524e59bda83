// SPDX-License-Identifier: Apache-2.0
/// Reads a client's certificate from the fields of one format.
///
/// The caller must have checked that the request comes from a trusted proxy.
public struct ClientCertificateReader: Sendable, Equatable {
    /// The bytes of certificate and chain together, as encoded in the fields.
    ///
    /// The limit of a TLS peer; encoding takes some of it.
    public static let bytesMax = 32 * 1024
    /// Certificates besides the leaf; twice what any public hierarchy has.
    public static let chainMax = 8
    /// The longest verification result with its reason, which is a sentence of OpenSSL's.
    static let verificationBytesMax = 256

    /// The format of the fields.
    public let format: ClientCertificateFormat
    /// The names of the fields.
    public let names: ClientCertificateFieldNames

    /// Reads the usual fields of the format.
    public init(_ format: ClientCertificateFormat) {
        self.format = format
        names = format.names
    }

    /// Reads fields of other names; nil if one is named that the format does not have.
    ///
    /// Without a name for the verification result it is not read: the caller then verifies the
    /// certificate.
    public init?(_ format: ClientCertificateFormat, names: ClientCertificateFieldNames) {
        guard format.names.covers(names) else { return nil }
        self.format = format
        self.names = names
    }

    /// The client's certificate, or nil if the proxy reports none.
    ///
    /// `fields` are those of the request in `bytes`. Throws for every deviation from the format.
    /// Copies the certificates out; linear in the fields' bytes.
    public func read(
        _ fields: [HeaderField],
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        let values = ClientCertificateValues(
            certificate: try value(of: names.certificate, fields, bytes),
            chain: try value(of: names.chain, fields, bytes),
            verification: try value(of: names.verification, fields, bytes),
            presence: try value(of: names.presence, fields, bytes),
            revocation: try value(of: names.revocation, fields, bytes),
            expectsVerification: names.verification != nil
        )
        let size = (values.certificate?.count ?? 0) + (values.chain?.count ?? 0)
        guard size <= Self.bytesMax else { throw .tooLarge }
        for value in [values.verification, values.presence, values.revocation] {
            guard value?.count ?? 0 <= Self.verificationBytesMax else { throw .tooLarge }
        }
        return try format.read(values, bytes)
    }

    /// The value of a field; nil when it is missing, or empty as HAProxy leaves it.
    ///
    /// Throws for a field that occurs twice or under an alias: one of them may be the client's own,
    /// and nothing tells which.
    private func value(
        of name: FieldName?,
        _ fields: [HeaderField],
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> Range<Int>? {
        guard let name else { return nil }
        var found: Range<Int>?
        for field in fields {
            guard let spelling = name.spelling(field.name, bytes) else { continue }
            guard spelling == .exact else { throw .alias(name) }
            guard found == nil else { throw .repeated(name) }
            found = field.value
        }
        return found?.isEmpty == true ? nil : found
    }
}
