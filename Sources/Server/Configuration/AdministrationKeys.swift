// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Reactor
internal import Serving

/// The keys of the administrative listener.
extension ConfigurationKey {
    static let administration = ConfigurationKey(
        "administration.address",
        .localAddress,
        nil,
        "The address of the administrators' listener: records, metrics, the emergency switch; its"
            + " callers need the token in admin.token of the data directory, or one of their own."
            + " Without it: the socket admin.sock there. none switches it off."
    ).needingRestart(\.administration.address)
    static let refusalsMax = ConfigurationKey(
        "administration.refusals_max",
        AdministrationSettings.refusalsMaxRange,
        AdministrationSettings().refusalsMax,
        "Refused requests that each reactor keeps in memory for administrators, and as many failed"
            + " handshakes. 0 keeps none."
    ).needingRestart(\.administration.refusalsMax)
    /// In the order of the example file.
    static let ofAdministration: [ConfigurationKey] = [.administration, .refusalsMax]
}

extension ConfigurationLoader {
    /// The section of the administrative listener.
    mutating func buildAdministration(_ listeners: [ListenerSettings]) -> AdministrationSettings {
        var section = AdministrationSettings(address: administrationAddress(listeners))
        section.refusalsMax = integer(.refusalsMax)
        return section
    }

    /// The address of the administrative listener; nil for none.
    private mutating func administrationAddress(
        _ listeners: [ListenerSettings]
    ) -> ListenAddress? {
        let key = ConfigurationKey.administration
        guard text(key) != ListenAddress.nowhere else { return nil }
        if let address = address(key) {
            let other = listeners.first { $0.address.identity == address.identity }
            if let other {
                addFinding(
                    key.name,
                    value: address.description,
                    "is the address of listener \(other.name) too"
                )
            }
            return address
        }
        guard !isBroken(key, .data), let data = text(.data) else { return nil }
        let socket = AdministrationSettings.socket(in: data)
        if let path = socket.path, path.utf8.count > ListenAddress.pathBytesMax {
            addFinding(
                key.name,
                value: socket.description,
                "would be too long a path, for the data directory's is long",
                allowed: "at most \(ListenAddress.pathBytesMax) bytes; give this key a shorter"
                    + " path, a loopback HOST:PORT, or \(ListenAddress.nowhere)"
            )
        }
        return socket
    }
}
