// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Why the server cannot start, in words for people.
public struct StartError: Error, CustomStringConvertible {
    /// The problem and its remedy.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    /// The system's refusal to let this process listen at `port`; nil where there is no port.
    init(cannotListen error: SystemError, port: UInt16? = nil) {
        var text = "Cannot listen: \(error)."
        if let port, port < Self.ordinaryPortsFrom, error.isForbidden {
            text +=
                " Ports below \(Self.ordinaryPortsFrom) need CAP_NET_BIND_SERVICE: give it to the"
                + " program, with AmbientCapabilities and CapabilityBoundingSet of systemd, or"
                + " choose a higher port."
        }
        self.init(text)
    }

    /// Ports below are privileged unless the machine says otherwise
    /// (`net.ipv4.ip_unprivileged_port_start`, ip(7)).
    private static let ordinaryPortsFrom: UInt16 = 1_024
}
