internal import CCurl

@testable import Cryptography
@testable import Fetch
@testable import HTTP
@testable import Server

/// The input is an address, a block of addresses, or a URL.
///
/// Promises: the three readers of addresses agree, those of blocks too, and what is written is read
/// the same; a URL that is taken has the host that libcurl finds in it, and no user.
enum AddressTarget {
    static func test(_ input: [UInt8]) {
        guard let text = String(validating: input, as: UTF8.self) else { return }
        checkAddress(text)
        checkRange(text)
        for schemes: Set<Scheme> in [[.https], [.https, .http]]
        where FetchURL.refusal(text, schemes: schemes) == nil {
            checkURL(text, schemes)
        }
    }

    private static func checkAddress(_ text: String) {
        let address = InternetAddress(text)
        let octets = IPAddress.parse(text)
        claim((address == nil) == (octets == nil), "HTTP and X.509 know the same addresses")
        // inet_pton takes the same texts; what it makes of them is a number.
        claim((address == nil) == (FetchAddress(text) == nil), "and Fetch does")
        guard let address, let octets else { return }
        let number = octets.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        let mapped = octets.count == 4 ? number | 0xffff_0000_0000 : number
        claim(address.number == mapped, "they have the same number")
        claim(FetchAddress(text)?.number == mapped, "which is the C library's")
        claim(address.description == IPAddress.text(octets), "they are written the same")
        claim(InternetAddress(address.description) == address, "and read the same again")
    }

    private static func checkRange(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let range = AddressRange(text) else {
            claim(parts.count != 1 || InternetAddress(text) == nil, "an address is a block")
            return
        }
        guard let first = InternetAddress(parts[0]) else {
            return claim(false, "a block begins with an address")
        }
        claim(range.description == text, "a block is shown as it was written")
        claim(range.contains(first.number), "a block has its first address")
        let isFour = if case .version4 = first { true } else { false }
        let bits = isFour ? 32 : 128
        let length = parts.count > 1 ? Int(parts[1]) ?? -1 : bits
        claim((0...bits).contains(length), "a prefix is inside the address")
        let size = bits - length
        let last = first.number | (size == 128 ? .max : (UInt128(1) << UInt128(size)) - 1)
        claim(range.contains(last), "a block has its last address")
        if last < .max { claim(!range.contains(last + 1), "and none behind it") }
        if first.number > 0 { claim(!range.contains(first.number - 1), "nor before it") }
        guard let network = FetchNetwork(text) else {
            return claim(!isFour, "the fetcher knows the same blocks of version 4")
        }
        let address = FetchAddress(number: last)
        let isSameKind = address.isVersion4 == FetchAddress(number: first.number).isVersion4
        claim(network.contains(address) == isSameKind, "and what is in them")
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
        if IPAddress.parse(host) == nil, IPAddress.parse(String(host.dropFirst().dropLast())) == nil
        {
            claim(again.lowercased() == authority.lowercased(), "libcurl finds the host: \(again)")
        }
    }
}
