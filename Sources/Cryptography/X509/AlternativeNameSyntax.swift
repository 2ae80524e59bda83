// SPDX-License-Identifier: Apache-2.0
/// The syntax of alternative names, and the normalised form that is compared.
enum AlternativeNameSyntax {
    /// A host name in lower case without the final dot (RFC 5280 §4.2.1.6, RFC 1123 §2.1).
    ///
    /// ASCII only: internationalised names are registered as A-labels, which is how certificates
    /// have them. Underscores are taken, as container networks use them. A final dot is dropped
    /// here; a certificate with one breaks RFC 5280 and never matches.
    static func dns(_ text: String) throws(CertificateSubjectError) -> String {
        var name = text[...]
        if name.utf8.last == UInt8(ascii: ".") { name = name.dropLast() }
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw CertificateSubjectError(
                "`\(text)` is not ASCII. Write its A-label form, which begins with xn--."
            )
        }
        guard !name.utf8.contains(UInt8(ascii: "*")) else {
            throw CertificateSubjectError("Wildcards never match. Write the whole name.")
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.allSatisfy({ isLabel(Array($0.utf8)) }) else {
            throw CertificateSubjectError(
                "`\(text)` is no host name. Write one such as client.example."
            )
        }
        guard let last = labels.last, !last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw CertificateSubjectError(
                "`\(text)` looks like an address. Register it as tls_client_auth_san_ip."
            )
        }
        return lowercased(String(name))
    }

    /// A URI with scheme and host in lower case and all else as it is (RFC 3986 §6.2.2.1).
    static func uri(_ text: String) throws(CertificateSubjectError) -> String {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), isScheme(bytes[..<colon]),
            isURI(bytes[(colon + 1)...])
        else {
            throw CertificateSubjectError(
                "`\(text)` is no absolute URI (RFC 3986). Write one such as "
                    + "spiffe://example.org/client."
            )
        }
        let scheme = lowercased(String(decoding: bytes[..<colon], as: UTF8.self))
        let rest = bytes[(colon + 1)...]
        guard rest.starts(with: Array("//".utf8)) else {
            return scheme + ":" + String(decoding: rest, as: UTF8.self)
        }
        let hierarchy = rest.dropFirst(2)
        let authority = hierarchy.prefix { !Array("/?#".utf8).contains($0) }
        let path = hierarchy.dropFirst(authority.count)
        guard !authority.isEmpty || scheme == "file" else {
            throw CertificateSubjectError("`\(text)` has no host after `//`.")
        }
        let hostStart = authority.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 }
        let user = authority[..<(hostStart ?? authority.startIndex)]
        let host = authority[(hostStart ?? authority.startIndex)...]
        return scheme + "://" + String(decoding: user, as: UTF8.self)
            + lowercased(String(decoding: host, as: UTF8.self))
            + String(decoding: path, as: UTF8.self)
    }

    /// A mailbox with its domain in lower case; the local part is compared exactly (RFC 5280 §7.5).
    static func email(_ text: String) throws(CertificateSubjectError) -> String {
        let noMailbox = CertificateSubjectError(
            "`\(text)` is no mailbox. Write one such as client@example.org, without quotes or name."
        )
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, let local = parts.first, let domain = parts.last,
            local.count <= 64, domain.last != UInt8(ascii: ".")
        else { throw noMailbox }
        let atoms = local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isAtom) }) else { throw noMailbox }
        let host: String
        do throws(CertificateSubjectError) {
            host = try dns(String(decoding: domain, as: UTF8.self))
        } catch {
            throw noMailbox
        }
        return String(decoding: local, as: UTF8.self) + "@" + host
    }

    /// ASCII letters in lower case; everything else as it is.
    static func lowercased(_ text: String) -> String {
        String(
            decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 },
            as: UTF8.self
        )
    }

    private static func isLabel(_ label: [UInt8]) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen,
            label.allSatisfy({ isAlphanumeric($0) || $0 == hyphen || $0 == UInt8(ascii: "_") })
        else { return false }
        // RFC 5890 §2.3.1: two hyphens there are reserved, and taken by A-labels alone.
        guard label.count >= 4, label[2] == hyphen, label[3] == hyphen else { return true }
        let isALabel = lowercased(String(decoding: label[..<2], as: UTF8.self)) == "xn"
        return isALabel && label.count > 4 && !label.contains(UInt8(ascii: "_"))
    }

    private static func isScheme(_ scheme: ArraySlice<UInt8>) -> Bool {
        guard let first = scheme.first, isAlphanumeric(first), !(0x30...0x39).contains(first) else {
            return false
        }
        return scheme.allSatisfy { isAlphanumeric($0) || Array("+-.".utf8).contains($0) }
    }

    /// The part after the scheme: at least one character, only those of RFC 3986, whole escapes.
    private static func isURI(_ rest: ArraySlice<UInt8>) -> Bool {
        let allowed = Array("-._~:/?#[]@!$&'()*+,;=%".utf8)
        guard !rest.isEmpty, rest.allSatisfy({ isAlphanumeric($0) || allowed.contains($0) }) else {
            return false
        }
        let hashes = rest.count { $0 == UInt8(ascii: "#") }
        let escapes = rest.indices.filter { rest[$0] == UInt8(ascii: "%") }
        return hashes <= 1
            && escapes.allSatisfy { index in
                let digits = rest[(index + 1)...].prefix(2)
                return digits.count == 2 && digits.allSatisfy(isHexadecimal)
            }
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || Array("!#$%&'*+-/=?^_`{|}~".utf8).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
