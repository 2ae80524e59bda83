// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// The keywords of name attributes: RFC 4514 §3, RFC 4519, and what OpenSSL, GnuTLS, Java, Windows
/// and CAs print.
enum AttributeType {
    /// The identifier that `text` stands for: dotted numbers, `OID.` with them, or a keyword.
    ///
    /// Keywords of the table match in any case; OpenSSL's own table is asked after that.
    static func identifier(_ text: String) -> ASN1ObjectIdentifier? {
        var name = text[...]
        if name.lowercased().hasPrefix("oid.") { name = name.dropFirst(4) }
        guard let first = name.utf8.first else { return nil }
        if (0x30...0x39).contains(first) { return ASN1ObjectIdentifier(dotted: String(name)) }
        let isKeyword = name.utf8.allSatisfy { octet in
            (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet)
                || (0x61...0x7A).contains(octet) || octet == UInt8(ascii: "-")
        }
        guard isKeyword else { return nil }
        return byKeyword[name.lowercased()] ?? openSSL(String(name))
    }

    /// The keyword to print for an identifier, nil if it is best printed as numbers.
    static func keyword(_ identifier: ASN1ObjectIdentifier) -> String? {
        preferred[identifier]
    }

    /// The first keyword of each line is the one that is printed.
    private static let table: [(ASN1ObjectIdentifier, [String])] = [
        (.x520(3), ["CN", "commonName"]),
        (.x520(4), ["SN", "surname"]),
        (.x520(5), ["serialNumber"]),
        (.x520(6), ["C", "countryName"]),
        (.x520(7), ["L", "localityName"]),
        (.x520(8), ["ST", "S", "SP", "stateOrProvinceName"]),
        (.x520(9), ["STREET", "streetAddress"]),
        (.x520(10), ["O", "organizationName"]),
        (.x520(11), ["OU", "organizationalUnitName"]),
        (.x520(12), ["title", "T"]),
        (.x520(13), ["description"]),
        (.x520(15), ["businessCategory"]),
        (.x520(16), ["postalAddress"]),
        (.x520(17), ["postalCode"]),
        (.x520(18), ["postOfficeBox", "POBox"]),
        (.x520(20), ["telephoneNumber", "Phone"]),
        (.x520(24), ["x121Address", "X21Address"]),
        (.x520(41), ["name"]),
        (.x520(42), ["givenName", "GN", "G"]),
        (.x520(43), ["initials", "I"]),
        (.x520(44), ["generationQualifier", "GENERATION"]),
        (.x520(45), ["x500UniqueIdentifier", "uniqueIdentifier"]),
        (.x520(46), ["dnQualifier", "DNQ"]),
        (.x520(54), ["dmdName"]),
        (.x520(65), ["pseudonym"]),
        (.x520(72), ["role"]),
        (.x520(97), ["organizationIdentifier"]),
        (.pilot(1), ["UID", "userID"]),
        (.pilot(3), ["mail", "rfc822Mailbox"]),
        (.pilot(25), ["DC", "domainComponent"]),
        (.pkcs9(1), ["emailAddress", "E", "email"]),
        (.pkcs9(2), ["unstructuredName"]),
        (.pkcs9(8), ["unstructuredAddress"]),
        (
            .extendedValidation(1),
            [
                "jurisdictionL", "jurisdictionLocalityName",
                "jurisdictionOfIncorporationLocalityName",
            ]
        ),
        (
            .extendedValidation(2),
            [
                "jurisdictionST", "jurisdictionStateOrProvinceName",
                "jurisdictionOfIncorporationStateOrProvinceName",
            ]
        ),
        (
            .extendedValidation(3),
            [
                "jurisdictionC", "jurisdictionCountryName",
                "jurisdictionOfIncorporationCountryName",
            ]
        ),
    ]

    private static let byKeyword: [String: ASN1ObjectIdentifier] = {
        var found: [String: ASN1ObjectIdentifier] = [:]
        for (identifier, keywords) in table {
            for keyword in keywords {
                found[keyword.lowercased()] = identifier
            }
        }
        return found
    }()

    private static let preferred: [ASN1ObjectIdentifier: String] = {
        var found: [ASN1ObjectIdentifier: String] = [:]
        for (identifier, keywords) in table {
            found[identifier] = keywords[0]
        }
        return found
    }()

    private static func openSSL(_ keyword: String) -> ASN1ObjectIdentifier? {
        // SAFETY: OpenSSL copies the name, returns an owned object or NULL, and keeps the octets
        // that it lends for as long as the object lives.
        guard let object = unsafe OBJ_txt2obj(keyword, 0) else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe ASN1_OBJECT_free(object) }
        let count = unsafe OBJ_length(object)
        guard let octets = unsafe OBJ_get0_data(object), count > 0 else { return nil }
        let content = unsafe Array(UnsafeBufferPointer(start: octets, count: count))
        return ASN1ObjectIdentifier(content: content[...])
    }
}

extension ASN1ObjectIdentifier {
    /// 2.5.4.n, the attributes of X.520.
    static func x520(_ last: UInt8) -> ASN1ObjectIdentifier {
        ASN1ObjectIdentifier(known: [0x55, 0x04, last])
    }

    /// 0.9.2342.19200300.100.1.n, RFC 4524.
    static func pilot(_ last: UInt8) -> ASN1ObjectIdentifier {
        ASN1ObjectIdentifier(
            known: [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, last]
        )
    }

    /// 1.2.840.113549.1.9.n, RFC 2985.
    static func pkcs9(_ last: UInt8) -> ASN1ObjectIdentifier {
        ASN1ObjectIdentifier(known: [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, last])
    }

    /// 1.3.6.1.4.1.311.60.2.1.n, where a company is registered.
    static func extendedValidation(_ last: UInt8) -> ASN1ObjectIdentifier {
        ASN1ObjectIdentifier(
            known: [0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x3C, 0x02, 0x01, last]
        )
    }
}
