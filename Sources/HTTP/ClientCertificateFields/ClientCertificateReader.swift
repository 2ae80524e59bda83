// SPDX-License-Identifier: Apache-2.0
/// Reads a client's certificate from the fields of one kind of proxy.
///
/// Whether the request comes from that proxy is for the caller to know, before it asks.
public struct ClientCertificateReader: Sendable, Equatable {
    /// Certificate and chain together, as they stand in the fields.
    ///
    /// As much as a TLS peer may send; what is encoded has less.
    public static let bytesMax = 32 * 1024
    /// Certificates besides the leaf; twice what any public hierarchy has.
    public static let chainMax = 8
    /// A verdict with its reason, the longest of which is a sentence of OpenSSL's.
    static let verdictBytesMax = 256

    /// How the proxy tells of certificates.
    public let format: ClientCertificateFormat
    /// Where it does.
    public let names: ClientCertificateFieldNames

    /// Reads the usual fields of the format.
    public init(_ format: ClientCertificateFormat) {
        self.format = format
        names = format.names
    }

    /// Reads fields of other names; nil if one is named that the format does not have.
    ///
    /// A verdict without a name is not asked for: the certificate is then for the caller to verify.
    public init?(_ format: ClientCertificateFormat, names: ClientCertificateFieldNames) {
        guard format.names.covers(names) else { return nil }
        self.format = format
        self.names = names
    }

    /// The client's certificate, or nil if the proxy says that there is none.
    ///
    /// `fields` are those of the request in `bytes`. Throws for everything that is not exactly as
    /// the format wants it. Copies the certificates out; linear in the fields' bytes.
    public func read(
        _ fields: [HeaderField],
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        let values = ClientCertificateValues(
            certificate: try value(of: names.certificate, fields, bytes),
            chain: try value(of: names.chain, fields, bytes),
            verdict: try value(of: names.verdict, fields, bytes),
            presence: try value(of: names.presence, fields, bytes),
            revocation: try value(of: names.revocation, fields, bytes),
            expectsVerdict: names.verdict != nil
        )
        let size = (values.certificate?.count ?? 0) + (values.chain?.count ?? 0)
        guard size <= Self.bytesMax else { throw .tooLarge }
        for value in [values.verdict, values.presence, values.revocation] {
            guard value?.count ?? 0 <= Self.verdictBytesMax else { throw .tooLarge }
        }
        return try format.read(values, bytes)
    }

    /// The one value of a field; nil when it is not there, or empty as HAProxy leaves it.
    ///
    /// A field twice may be the proxy's and the client's, and a field under an alias is the
    /// client's: there is no right one to choose.
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
