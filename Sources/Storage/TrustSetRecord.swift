// SPDX-License-Identifier: Apache-2.0
/// CA certificates under one name, which any number of clients of `tls_client_auth` can share, or
/// those of a trust domain's SPIFFE bundle, for clients of `spiffe_x509`.
public struct TrustSetRecord: Sendable, Equatable {
    /// Unique, 1 to 64 of the characters A-Z, a-z, 0-9, `.`, `_` and `-`; never changes.
    public var name: String
    /// The CA certificates in DER, 1 to 16, each once; none only until a bundle was fetched.
    public var caCertificates: [[UInt8]]
    /// The trust domain, and the bundle that the CA certificates are from; nil for registered ones.
    public var spiffe: SPIFFEBundleRecord?
    /// The sources of revocation lists, at most 16: absolute paths of files, http or https URLs.
    public var sources: [String]
    /// The revocation mode: `off`, `soft` or `hard`; `off` without a source.
    public var revocation: String
    /// The first epoch second at which certificates for servers only are not accepted any more, a
    /// midnight in UTC; nil where they never are.
    public var serverAuthUntil: Int64?
    /// Short texts by which people and programs find it.
    public var labels: [String: String]
    /// Epoch seconds of its making.
    public var created: Int64
    /// Counts up with each change of the record, from 1.
    public var version: Int64

    /// As many as a chain is checked with.
    public static let caCertificatesMax = 16
    /// A list for each CA.
    public static let sourcesMax = 16
    /// As long as a URL is anywhere in a registration.
    public static let sourceBytesMax = 2_048

    /// A record from its parts; nothing is checked before it is written.
    public init(
        name: String,
        caCertificates: [[UInt8]],
        spiffe: SPIFFEBundleRecord? = nil,
        sources: [String] = [],
        revocation: String = "off",
        serverAuthUntil: Int64? = nil,
        labels: [String: String] = [:],
        created: Int64,
        version: Int64 = 1
    ) {
        self.name = name
        self.caCertificates = caCertificates
        self.spiffe = spiffe
        self.sources = sources
        self.revocation = revocation
        self.serverAuthUntil = serverAuthUntil
        self.labels = labels
        self.created = created
        self.version = version
    }

    /// Whether `name` can be the name of a trust set.
    public static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// Whether `source` can be one of `sources`.
    public static func isSource(_ source: String) -> Bool {
        let isAddressed = ["/", "https://", "http://"].contains { prefix in
            source.hasPrefix(prefix) && source != prefix
        }
        return isAddressed && source.utf8.count <= sourceBytesMax
            && source.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }
}
