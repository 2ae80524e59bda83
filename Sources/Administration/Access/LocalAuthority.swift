// SPDX-License-Identifier: Apache-2.0
package import HTTP
package import Reactor

/// The names by which a service of this machine is called, so that no web page reaches it by a name
/// of its own (DNS rebinding), nor from another origin.
package struct LocalAuthority: Sendable {
    /// In lower case, with brackets where they belong.
    private let hosts: [[UInt8]]
    /// Nil for a Unix socket, which no browser opens: there a port means nothing.
    private let port: UInt16?

    /// The names of whatever listens at `address`.
    package init(_ address: SocketAddress) {
        var names = ["localhost", "127.0.0.1", "[::1]"]
        if case .internet(let host, let number) = address {
            names.append(host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host)
            port = number
        } else {
            port = nil
        }
        hosts = names.map { Array($0.lowercased().utf8) }
    }

    /// Why a request comes from a page elsewhere, or may; nil where it does not.
    ///
    /// A literal for the wire and the log. `mayBeLinked`: a link of a page elsewhere may lead here,
    /// because nothing but what stands in the address decides about the answer.
    package func refusal(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        mayBeLinked: Bool = false
    ) -> String? {
        guard let host = request.host, isOwn([UInt8](copying: bytes.extracting(host))) else {
            return "Host is not a name of this machine: use localhost, 127.0.0.1 or [::1]."
        }
        if request.origin != nil {
            guard let field = request.only("origin", in: bytes), isOwnOrigin(bytes, field) else {
                return "Origin is not that of this listener."
            }
        }
        guard !mayBeLinked else { return nil }
        for field in request.fields
        where ASCII.equalsIgnoringCase(bytes, field.name, "sec-fetch-site") {
            // `none` is a person who typed the address.
            guard
                ASCII.equals(bytes, field.value, "same-origin")
                    || ASCII.equals(bytes, field.value, "none")
            else { return "Sec-Fetch-Site says that the request comes from another site." }
        }
        return nil
    }

    /// RFC 6454 §7: of a Unix socket no page has the origin.
    private func isOwnOrigin(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
        let scheme = Array("http://".utf8)
        let origin = [UInt8](copying: bytes.extracting(field))
        guard let port, origin.starts(with: scheme) else { return false }
        let authority = Array(origin.dropFirst(scheme.count))
        let (_, stated) = Self.parts(authority)
        return isOwn(authority) && (stated != nil || port == Self.standardPort)
    }

    private static let standardPort: UInt16 = 80

    /// A host, with or without the port.
    private func isOwn(_ authority: [UInt8]) -> Bool {
        let (host, stated) = Self.parts(authority)
        let lowered = host.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        guard hosts.contains(lowered) else { return false }
        guard let stated, let port else { return true }
        return UInt16(String(decoding: stated, as: UTF8.self)) == port
    }

    /// The host, with its brackets, and the port behind the colon, if there is one.
    private static func parts(
        _ authority: [UInt8]
    ) -> (host: ArraySlice<UInt8>, port: ArraySlice<UInt8>?) {
        let end = authority.lastIndex(of: UInt8(ascii: "]")) ?? 0
        guard let colon = authority[end...].lastIndex(of: UInt8(ascii: ":")) else {
            return (authority[...], nil)
        }
        return (authority[..<colon], authority[(colon + 1)...])
    }
}
