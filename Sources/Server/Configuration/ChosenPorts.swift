// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor
internal import Serving

/// Listeners whose port the system chooses (port 0).
extension ServerConfiguration {
    /// The issuer of a server whose first listener has this address, where none is configured.
    ///
    /// `localhost` for an address that stands for this machine, so that the generated certificate
    /// is for its host.
    static func issuer(at address: ListenAddress) -> String {
        guard address.isLoopback || address.isUnspecified else { return "https://\(address)" }
        return "https://localhost:\(address.port)"
    }

    /// The configuration of a server that listens at `bound`, in the order of its listeners: chosen
    /// ports take the place of 0, in the issuer and the audience too where these follow.
    ///
    /// A configuration that is read again gets the ports of before.
    func serving(at bound: [SocketAddress]) -> ServerConfiguration {
        var serving = self
        for (index, address) in bound.enumerated() where index < listeners.count {
            guard listeners[index].address.choosesPort else { continue }
            serving.listeners[index].address = listeners[index].address.withPort(address.port)
        }
        guard derivesIssuer, let first = serving.listeners.first?.address, first.path == nil else {
            return serving
        }
        serving.issuer = Self.issuer(at: first)
        if derivesAudience { serving.tokens.audience = serving.issuer }
        return serving
    }
}
