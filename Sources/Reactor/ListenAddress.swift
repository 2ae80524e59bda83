// SPDX-License-Identifier: Apache-2.0
internal import Network
package import Text

/// A host and a port, or the path of a Unix socket: where a listener listens.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 address, an IPv6 address without brackets, or a name; empty for a path.
    package let host: String
    /// 1 to 65535, or 0 where the system chooses one; 0 for a path too.
    package let port: UInt16
    /// The absolute path of the Unix socket; nil for a host.
    package let path: String?

    /// `sun_path` of Linux, less its NUL (unix(7)).
    package static let pathBytesMax = 107

    /// The form of an address, for messages.
    package static let form =
        "HOST:PORT, such as 127.0.0.1:9443, [::1]:9443 or localhost:9443, or unix:/PATH"

    /// Parses `HOST:PORT`, the IPv6 form in brackets (RFC 3986 §3.2.2), or `unix:/PATH`.
    ///
    /// Port 0 is refused, unless `portMayBeChosen`.
    package init(_ text: String, portMayBeChosen: Bool = false) throws(ValueError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), !path.hasSuffix("/"),
                path.utf8.count <= Self.pathBytesMax, !path.utf8.contains(0)
            else {
                throw ValueError(
                    "has a bad path",
                    allowed: "an absolute path of at most \(Self.pathBytesMax) bytes"
                )
            }
            self.init(path: path)
            return
        }
        let bytes = Array(text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else {
            let isPort = !bytes.isEmpty && bytes.allSatisfy(\.isDigit)
            throw ValueError(isPort ? "has no host" : "has no port", allowed: Self.form)
        }
        let before = String(decoding: bytes[..<colon], as: UTF8.self)
        // A bare IPv6 address ends in what looks like a port.
        if before.utf8.contains(UInt8(ascii: ":")) && !before.hasPrefix("[") {
            throw ValueError("is an IPv6 address without brackets", allowed: Self.form)
        }
        if before.hasPrefix("[") && !before.hasSuffix("]") {
            throw ValueError("has no port", allowed: Self.form)
        }
        self.init(
            host: try Self.host(before),
            port: try Self.port(
                String(decoding: bytes[(colon + 1)...], as: UTF8.self),
                from: portMayBeChosen ? 0 : 1
            )
        )
    }

    /// A host as `host` parses it, and a port.
    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
        path = nil
    }

    /// The absolute path of a Unix socket.
    package init(path: String) {
        host = ""
        port = 0
        self.path = path
    }

    /// `HOST:PORT` again, with brackets where they belong, or `unix:/PATH`.
    package var description: String {
        if let path { return "unix:\(path)" }
        return "\(host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host):\(port)"
    }

    /// Whether only this machine reaches the address: 127.0.0.0/8, ::1, localhost.
    package var isLoopback: Bool {
        switch InternetAddress(host) {
        case .version4(let number): number >> 24 == 127
        case .version6(let number): number == 1
        case nil: host.lowercased() == "localhost"
        }
    }

    /// Whether the address stands for all of the machine's: 0.0.0.0 and ::.
    package var isUnspecified: Bool {
        [.version4(0), .version6(0)].contains(InternetAddress(host))
    }

    /// Whether the system chooses the port.
    package var choosesPort: Bool { path == nil && port == 0 }

    /// The same host with another port; a path as it is.
    package func withPort(_ port: UInt16) -> ListenAddress {
        path == nil ? ListenAddress(host: host, port: port) : self
    }

    /// Two addresses with one key cannot both be listened on, unless the system chooses the port.
    package var identity: String {
        if path != nil { return description }
        return "\(InternetAddress(host)?.description ?? host.lowercased()) \(port)"
    }

    /// Parses a port as URLs and addresses have it: digits only.
    private static func port(_ text: String, from least: UInt16) throws(ValueError) -> UInt16 {
        guard text.utf8.allSatisfy(\.isDigit), text.utf8.count <= 5, let port = UInt16(text),
            port >= least
        else {
            throw ValueError("has a bad port", allowed: "a port from \(least) to 65535")
        }
        return port
    }

    /// Parses a host: an IPv4 address, an IPv6 address in brackets (returned without), or a name.
    package static func host(_ text: String) throws(ValueError) -> String {
        if text.hasPrefix("["), text.hasSuffix("]") {
            let inner = String(text.dropFirst().dropLast())
            guard case .version6 = InternetAddress(inner) else {
                throw ValueError("has a bad IPv6 address", allowed: form)
            }
            return inner
        }
        if isNumeric(text) {
            guard InternetAddress(text) != nil else {
                throw ValueError("has a bad IPv4 address", allowed: form)
            }
            return text
        }
        guard isName(text) else {
            throw ValueError(text.isEmpty ? "has no host" : "has a bad host name", allowed: form)
        }
        return text
    }

    private static func isNumeric(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 == UInt8(ascii: ".") || $0.isDigit }
    }

    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= HostNameSyntax.bytesMax
            && text.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy(HostNameSyntax.isLabel)
    }
}
