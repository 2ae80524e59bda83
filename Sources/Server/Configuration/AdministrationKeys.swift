// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Reactor
internal import Serving

/// The key of the administrative listener.
extension ConfigurationKey {
    static let administration = ConfigurationKey(
        "administration.address",
        .localAddress,
        nil,
        "The address of metrics and of the emergency switch; their callers need the token in"
            + " admin.token of the data directory. Without it: the socket admin.sock there. none"
            + " switches it off."
    ).needingRestart(\.administration)
}

extension ConfigurationLoader {
    /// The address of the administrative listener, or none.
    mutating func buildAdministration(_ listeners: [ListenerSettings]) -> AdministrationSettings {
        let key = ConfigurationKey.administration
        guard text(key) != ListenAddress.nowhere else { return AdministrationSettings() }
        if let address = address(key) {
            let other = listeners.first { $0.address.identity == address.identity }
            if let other {
                addFinding(
                    key.name,
                    value: address.description,
                    "is the address of listener \(other.name) too"
                )
            }
            return AdministrationSettings(address: address)
        }
        guard !isBroken(key, .data), let data = text(.data) else {
            return AdministrationSettings()
        }
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
        return AdministrationSettings(address: socket)
    }
}
