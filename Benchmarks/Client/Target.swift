// SPDX-License-Identifier: Apache-2.0
/// The token endpoint that is loaded, as the command line names it.
struct Target: Codable, Equatable, Sendable {
    let host: String
    let port: UInt16
    let path: String

    /// Parses `https://host[:port][/path]`; the path is `/oauth2/token` when there is none.
    init(_ text: String) throws(BenchmarkError) {
        guard let scheme = text.firstRange(of: "://") else {
            throw BenchmarkError(
                "'\(text)' is not a URL; write https://host:port or https://host:port/path"
            )
        }
        switch text[..<scheme.lowerBound].lowercased() {
        case "https": break
        case "http":
            throw BenchmarkError(
                "'\(text)' is plain HTTP; client certificates need TLS, so write https://…"
            )
        default: throw BenchmarkError("'\(text)' is not an https URL")
        }
        let rest = text[scheme.upperBound...]
        guard !rest.contains("@"), !rest.contains("#") else {
            throw BenchmarkError(
                "'\(text)' has user information or a fragment; a token endpoint has neither"
            )
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        (host, port) = try Self.authority(rest[..<slash], of: text)
        path = slash == rest.endIndex ? "/oauth2/token" : String(rest[slash...])
        guard path.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw BenchmarkError(
                "'\(path)' is not a path; blanks and non-ASCII bytes must be percent-encoded"
            )
        }
    }

    init(host: String, port: UInt16, path: String) {
        self.host = host
        self.port = port
        self.path = path
    }

    /// The value of the Host field (RFC 9110 §7.2).
    var authority: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The whole request for one form.
    func request(body: String) -> [UInt8] {
        let head =
            "POST \(path) HTTP/1.1\r\nHost: \(authority)\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n"
        return Array((head + body).utf8)
    }

    private static func authority(
        _ authority: Substring,
        of text: String
    ) throws(BenchmarkError) -> (String, UInt16) {
        var host = authority
        var port: UInt16 = 443
        let closing = authority.lastIndex(of: "]")
        if let colon = authority.lastIndex(of: ":"), closing.map({ $0 < colon }) ?? true {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0
            else {
                throw BenchmarkError("'\(text)' has no valid port; it is a number from 1 to 65535")
            }
            port = number
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw BenchmarkError("'\(text)' names no host")
        }
        return (String(host), port)
    }
}
