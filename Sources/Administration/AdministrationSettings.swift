// SPDX-License-Identifier: Apache-2.0
package import Reactor
package import Text

/// The address of the administrative listener, and what it can tell.
package struct AdministrationSettings: Sendable, Equatable {
    /// An address on this machine alone; nil where there is no listener.
    package var address: ListenAddress?
    /// The refused requests that each reactor keeps, and as many failed handshakes.
    ///
    /// A thousand show a morning's mistakes, and take six megabytes at most in each reactor.
    package var refusalsMax = 1_000
    /// More would be read at the cost of the emergency switch, which has the same thread.
    package static let refusalsMaxRange = 0...10_000

    /// Without an address: no listener.
    package init(address: ListenAddress? = nil) {
        self.address = address
    }

    /// The socket in the data directory `directory`, which is the usual address.
    package static func socket(in directory: String) -> ListenAddress {
        ListenAddress(path: (directory.hasSuffix("/") ? directory : directory + "/") + "admin.sock")
    }
}

extension ListenAddress {
    /// Parses an address that other machines cannot reach.
    package init(local text: String) throws(ValueError) {
        self = try ListenAddress(text)
        // The listener speaks without TLS: on a network, everybody on the way would read the token.
        guard path != nil || isLoopback else {
            throw ValueError("is not on this machine alone", allowed: Self.localForm)
        }
    }

    /// The path, or the host's addresses that other machines cannot reach.
    package var localSockets: [SocketAddress] {
        if let path { return [.local(path: path, descriptor: nil)] }
        // localhost is resolved like any name, and may lead to addresses that are not this
        // machine's.
        return HostName.addresses(host)
            .filter { ListenAddress(host: $0, port: port).isLoopback }
            .map { SocketAddress(host: $0, port: port) }
    }

    /// The value that switches the listener off.
    package static let nowhere = "none"
    /// The form of a local address, for messages.
    package static let localForm =
        "unix:/PATH, a loopback HOST:PORT such as 127.0.0.1:9444, or \(nowhere)"
}
