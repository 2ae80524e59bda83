// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Serving
internal import Text

/// The address of the administrative listener: what it may be, and where it is by default.
extension ConfigurationKey {
    static let administration = ConfigurationKey(
        "administration.address",
        .localAddress,
        nil,
        "Where metrics and the emergency switch are, for those who hold the token in admin.token of"
            + " the data directory. Without it: the socket admin.sock there. none switches it off."
    ).needingRestart(\.administration)
}

extension ListenAddress {
    /// What stands for no listener at all.
    static let nowhere = "none"
    /// What a local address looks like, for messages.
    static let localForm =
        "unix:/PATH, a loopback HOST:PORT such as 127.0.0.1:9444, or \(nowhere)"

    /// Parses an address that other machines cannot reach.
    init(local text: String) throws(ValueError) {
        self = try ListenAddress(text)
        // The listener speaks without TLS: on a network, everybody on the way would read the token.
        guard path != nil || isLoopback else {
            throw ValueError("is not on this machine alone", allowed: Self.localForm)
        }
    }
}

extension ConfigurationLoader {
    /// The socket in the data directory.
    private static let socketName = "admin.sock"

    /// Where the administrative listener is to be; nil for nowhere.
    mutating func buildAdministration(
        _ listeners: [ListenerSettings]
    ) -> ListenAddress? {
        let key = ConfigurationKey.administration
        guard text(key) != ListenAddress.nowhere else { return nil }
        if let address = address(key) {
            let other = listeners.first { $0.address.identity == address.identity }
            if let other {
                problem(
                    key.name,
                    value: address.description,
                    "is the address of listener \(other.name) too"
                )
            }
            return address
        }
        guard !isBroken(key, .data), let data = text(.data) else { return nil }
        let path = (data.hasSuffix("/") ? data : data + "/") + Self.socketName
        if path.utf8.count > ListenAddress.pathBytesMax {
            problem(
                key.name,
                value: "unix:\(path)",
                "would be too long a path, for the data directory's is long",
                allowed:
                    "at most \(ListenAddress.pathBytesMax) bytes; give this key a shorter path,"
                    + " a loopback HOST:PORT, or \(ListenAddress.nowhere)"
            )
        }
        return ListenAddress(path: path)
    }
}
