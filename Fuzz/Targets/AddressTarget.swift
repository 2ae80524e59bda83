// SPDX-License-Identifier: Apache-2.0
internal import CCurl
import Glibc

@testable import Fetch
@testable import Network

/// The input is an address, a block of addresses, or a URL.
///
/// Promises: addresses are those that the C library reads, and what is written is read the same; a
/// block has its own addresses and no others; a URL that is taken has the host that libcurl finds
/// in it, and no user.
enum AddressTarget {
    static func test(_ input: [UInt8]) {
        guard let text = String(validating: input, as: UTF8.self) else { return }
        checkAddress(text)
        checkBlock(text)
        for schemes: Set<Scheme> in [[.https], [.https, .http]]
        where FetchURL.reasonToRefuse(text, schemes: schemes) == nil {
            checkURL(text, schemes)
        }
    }

    /// The address that inet_pton reads in a text; nil where it reads none.
    private static func foreign(_ text: String) -> [UInt8]? {
        // A NUL would end the text for C.
        guard !text.utf8.contains(0) else { return nil }
        let family = text.contains(":") ? AF_INET6 : AF_INET
        var octets = [UInt8](repeating: 0, count: family == AF_INET6 ? 16 : 4)
        // SAFETY: inet_pton writes 16 bytes for IPv6 and 4 for IPv4, the array's length.
        let read = unsafe octets.withUnsafeMutableBytes {
            unsafe inet_pton(family, text, $0.baseAddress)
        }
        return read == 1 ? octets : nil
    }

    private static func checkAddress(_ text: String) {
        let address = InternetAddress(text)
        claim(address?.octets == foreign(text), "the C library reads the same")
        guard let address else { return }
        claim(InternetAddress(octets: address.octets) == address, "octets are the address")
        claim(InternetAddress(address.description) == address, "it is written and read the same")
        claim(address.unmapped.number == address.number, "unmapped, it has the same number")
    }

    private static func checkBlock(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let block = AddressBlock(text) else {
            claim(parts.count != 1 || InternetAddress(text) == nil, "an address is a block")
            return
        }
        guard let written = InternetAddress(parts[0]) else {
            return claim(false, "a block begins with an address")
        }
        claim(AddressBlock(block.description) == block, "it is written and read the same")
        claim(block.first.number == written.number, "its first address is the one that is written")
        let isFour = if case .version4 = block.first { true } else { false }
        let size = (isFour ? 32 : 128) - block.prefixLength
        let first = block.first.number
        let last = first | (size == 128 ? .max : (UInt128(1) << UInt128(size)) - 1)
        func has(_ number: UInt128) -> Bool {
            let six = InternetAddress.version6(number)
            return block.contains(isFour ? six.unmapped : six)
        }
        claim(has(first) && has(last), "a block has its first address and its last")
        if last < .max { claim(!has(last + 1), "and none behind it") }
        if first > 0 { claim(!has(first - 1), "nor before it") }
        claim(!isFour || !block.contains(.version6(first)), "nor one of the other kind")
    }

    private static func checkURL(_ text: String, _ schemes: Set<Scheme>) {
        let (scheme, rest) = (text.prefix { $0 != ":" }, text.drop { $0 != ":" }.dropFirst(3))
        let isAllowed = Scheme(rawValue: scheme.lowercased()).map(schemes.contains) ?? false
        claim(isAllowed, "the scheme is allowed")
        let authority = String(rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
        // SAFETY: the handle is freed once, and every text of libcurl's too, after it was copied;
        // `text` has no NUL, for it was taken, and lasts for the call.
        guard let handle = unsafe curl_url() else { return }
        defer { unsafe curl_url_cleanup(handle) }
        let code = unsafe curl_url_set(handle, CURLUPART_URL, text, 0)
        // libcurl knows more about the numbers of a host; what it refuses is not fetched.
        guard code == CURLUE_OK else { return }
        func part(_ part: CURLUPart) -> String? {
            var found: UnsafeMutablePointer<CChar>?
            guard unsafe curl_url_get(handle, part, &found, 0) == CURLUE_OK else { return nil }
            defer { unsafe curl_free(found) }
            return unsafe found.map { unsafe String(cString: $0) }
        }
        claim(part(CURLUPART_USER) == nil, "no user stands in it")
        claim(part(CURLUPART_FRAGMENT) == nil, "nor a fragment")
        claim(part(CURLUPART_SCHEME) == scheme.lowercased(), "libcurl finds the scheme")
        let port = part(CURLUPART_PORT)
        let host = part(CURLUPART_HOST) ?? ""
        let again = host + (port.map { ":\($0)" } ?? "")
        if InternetAddress(host) == nil, InternetAddress(String(host.dropFirst().dropLast())) == nil
        {
            claim(again.lowercased() == authority.lowercased(), "libcurl finds the host: \(again)")
        }
    }
}
