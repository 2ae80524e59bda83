// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The comparison of redirect URIs: exact (RFC 9700 §4.1.3), but for the port of loopback
/// addresses, which native apps choose at run time (RFC 8252 §7.3).
enum RedirectURIMatch {
    /// The literals of loopback; `localhost` is a name, and stays exact (RFC 8252 §8.3).
    private static let loopback = ["http://127.0.0.1", "http://[::1]"]

    /// Whether the URI of a request is the registered one.
    static func matches(_ asked: String, registered: String) -> Bool {
        if asked.isSameBytes(as: registered) { return true }
        guard let asked = withoutPort(asked), let registered = withoutPort(registered) else {
            return false
        }
        return asked.isSameBytes(as: registered)
    }

    /// A URI of a loopback address without its port; nil for any other URI.
    private static func withoutPort(_ uri: String) -> String? {
        for host in loopback where uri.utf8.starts(with: host.utf8) {
            var rest = uri.utf8.dropFirst(host.utf8.count)
            if rest.first == UInt8(ascii: ":") {
                let port = rest.dropFirst().prefix { 0x30...0x39 ~= $0 }
                guard !port.isEmpty, port.count <= 5,
                    let number = Int(String(decoding: port, as: UTF8.self)), number < 65_536
                else { return nil }
                rest = rest.dropFirst(1 + port.count)
            }
            // Anything else would continue the host: `http://127.0.0.1.example`.
            guard rest.isEmpty || rest.first == UInt8(ascii: "/") || rest.first == UInt8(ascii: "?")
            else { return nil }
            return host + String(decoding: rest, as: UTF8.self)
        }
        return nil
    }
}
