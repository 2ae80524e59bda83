// SPDX-License-Identifier: Apache-2.0
internal import Network

/// The syntax of URLs that are fetched: a check at registration.
///
/// Stricter than RFC 3986, so that two parsers cannot read two hosts in one URL. Addresses are
/// checked at connection time and not here: names change their addresses.
public enum FetchURL {
    /// RFC 9110 §4.1 wants 8000 to be possible; a longer `jwks_uri` than this is a mistake.
    static let lengthMax = 2048

    /// Why a URL cannot be fetched, as the end of a sentence; nil if it can.
    public static func reasonToRefuse(_ url: String, schemes: Set<Scheme>) -> String? {
        error(url, schemes: schemes)?.description
    }

    static func error(_ url: String, schemes: Set<Scheme>) -> FetchError? {
        let bytes = Array(url.utf8)
        guard bytes.count <= lengthMax else {
            return FetchError(.url, "it is longer than \(lengthMax) characters")
        }
        guard bytes.allSatisfy(isAllowed), isEscapedWell(bytes) else {
            return FetchError(.url, "it has a character that must be percent-encoded")
        }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[(colon + 1)...].starts(with: "//".utf8)
        else { return FetchError(.url, "it is not absolute (https://host/path)") }
        let scheme = Scheme(rawValue: String(decoding: bytes[..<colon], as: UTF8.self).lowercased())
        guard let scheme, schemes.contains(scheme) else {
            let names = Scheme.allCases.filter(schemes.contains).map(\.rawValue)
            return FetchError(.scheme, "its scheme is not \(names.joined(separator: " or "))")
        }
        let rest = bytes[(colon + 3)...]
        guard !rest.contains(UInt8(ascii: "#")) else {
            return FetchError(.url, "it has a fragment")
        }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        return reasonToRefuse(authority: authority).map { FetchError(.url, $0) }
    }

    private static func reasonToRefuse(authority: ArraySlice<UInt8>) -> String? {
        guard !authority.contains(UInt8(ascii: "@")) else { return "it has user information" }
        var host = authority
        let isLiteral = authority.first == UInt8(ascii: "[")
        let end = isLiteral ? authority.firstIndex(of: UInt8(ascii: "]")) : authority.startIndex
        guard let end else { return "its host is no IPv6 address" }
        if let colon = authority[end...].firstIndex(of: UInt8(ascii: ":")) {
            guard isPort(authority[(colon + 1)...]) else { return "its port is not 1 to 65535" }
            host = authority[..<colon]
        }
        guard !host.isEmpty else { return "it has no host" }
        if isLiteral {
            let text = String(decoding: host.dropFirst().dropLast(), as: UTF8.self)
            guard host.last == UInt8(ascii: "]"), case .version6 = InternetAddress(text) else {
                return "its host is no IPv6 address"
            }
            return nil
        }
        return isName(host) ? nil : "its host is no name and no address"
    }

    /// RFC 3986 §2: reserved and unreserved characters, and the percent sign.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        0x21...0x7E ~= byte && !"\"<>\\^`{|}".utf8.contains(byte)
    }

    private static func isEscapedWell(_ bytes: [UInt8]) -> Bool {
        bytes.indices.allSatisfy { index in
            bytes[index] != UInt8(ascii: "%")
                || index + 2 < bytes.count && isHexadecimal(bytes[index + 1])
                    && isHexadecimal(bytes[index + 2])
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func isPort(_ digits: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: digits, as: UTF8.self)
        // Canonical digits only: no sign, no leading zero.
        guard let port = UInt16(text), String(port) == text else { return false }
        return port > 0
    }

    /// RFC 1123 §2.1 and underscores; an IPv4 address looks the same.
    private static func isName(_ host: ArraySlice<UInt8>) -> Bool {
        guard host.count <= 253 else { return false }
        return host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { label in
                1...63 ~= label.count && label.first != UInt8(ascii: "-")
                    && label.last != UInt8(ascii: "-")
                    && label.allSatisfy {
                        switch $0 {
                        case UInt8(ascii: "a")...UInt8(ascii: "z"),
                            UInt8(ascii: "A")...UInt8(ascii: "Z"),
                            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                            UInt8(ascii: "_"):
                            true
                        default: false
                        }
                    }
            }
    }
}
