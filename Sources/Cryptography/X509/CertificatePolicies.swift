// SPDX-License-Identifier: Apache-2.0
/// A certificate's extensions about certificate policies (RFC 5280 §4.2.1.4, 5, 11 and 14).
///
/// OpenSSL processes them along a path, but leaves the trust anchor out (RFC 5280 §6.1). A CA that
/// is registered with constraints is expected to keep them, so they are read here.
struct CertificatePolicies: Sendable {
    /// Whether there is any such extension.
    private(set) var arePresent = false
    /// The number of certificates before a policy is required; nil for any number.
    private(set) var requireExplicit: Int?
    /// The number of certificates before policies are no longer mapped.
    private(set) var inhibitMapping: Int?
    /// The number of certificates before anyPolicy has no meaning.
    private(set) var inhibitAny: Int?

    /// Takes the value of an extension if it is one of these.
    mutating func take(_ identifier: ASN1ObjectIdentifier, _ reader: inout DERReader) {
        switch identifier {
        case .certificatePolicies, .policyMappings: arePresent = true
        case .policyConstraints:
            arePresent = true
            takeConstraints(&reader)
        case .inhibitAnyPolicy:
            arePresent = true
            inhibitAny = Self.number(reader.nextTag == DERTag.integer ? reader.octets() : [])
        default: break
        }
    }

    private mutating func takeConstraints(_ reader: inout DERReader) {
        guard var fields = try? reader.sequence("policy constraints") else {
            requireExplicit = 0
            return
        }
        while !fields.isAtEnd {
            let tag = fields.nextTag
            guard let octets = fields.octets() else {
                requireExplicit = 0
                return
            }
            if tag == DERTag.primitive(0) { requireExplicit = Self.number(octets) }
            if tag == DERTag.primitive(1) { inhibitMapping = Self.number(octets) }
        }
    }

    /// A number of certificates: zero, the strictest, where malformed; above any path where too
    /// long.
    private static func number(_ octets: [UInt8]?) -> Int {
        guard let octets, let first = octets.first, first < 0x80 else { return 0 }
        return octets.count == 1 ? Int(first) : 0x80
    }
}

extension DERReader {
    /// The content of the next element; nil if there is none.
    fileprivate mutating func octets() -> [UInt8]? {
        guard let element = try? next() else { return nil }
        return Array(content(of: element))
    }
}
