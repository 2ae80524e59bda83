// SPDX-License-Identifier: Apache-2.0
package import Reactor
package import Text

/// The place at which a server is asked whether it lives: its probes' listener, or its
/// administrative one, which answers that without a token.
package struct HealthPlace: Sendable, Equatable, CustomStringConvertible {
    /// The listener's address.
    package let address: ListenAddress
    /// Whether it speaks TLS.
    package let isSecured: Bool

    /// The forms of a place, for messages.
    package static let form = "HOST:PORT, http://HOST:PORT, https://HOST:PORT, or unix:/PATH"

    /// A listener's address.
    package init(_ address: ListenAddress, isSecured: Bool = false) {
        self.address = ProbeSettings.reachable(address)
        self.isSecured = isSecured
    }

    /// Parses a place, of which a path may also stand alone.
    package init(_ text: String) throws(ValueError) {
        var rest = text[...]
        var isSecured = false
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            isSecured = scheme == "https://"
            rest = rest.dropFirst(scheme.count)
            if rest.hasSuffix("/") { rest = rest.dropLast() }
            guard !rest.hasPrefix("unix:") else {
                throw ValueError("is a path behind a scheme", allowed: Self.form)
            }
        }
        let isPath = text.hasPrefix("/")
        let address: ListenAddress
        do throws(ValueError) {
            address = try ListenAddress((isPath ? "unix:" : "") + rest)
        } catch {
            throw ValueError(error.reason, allowed: Self.form)
        }
        self.init(address, isSecured: isSecured)
    }

    /// The place as `init` parses it.
    package var description: String {
        address.path != nil ? "\(address)" : "\(isSecured ? "https" : "http")://\(address)"
    }
}
