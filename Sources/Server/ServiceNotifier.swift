// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Tells the supervisor of the service its state, by the protocol of sd_notify(3).
///
/// A unit with `Type=notify` counts as started when it is ready, and is restarted when it has been
/// silent for `WatchdogSec`. Does nothing where no supervisor asked to be told.
struct ServiceNotifier {
    /// The state of the service.
    enum State {
        /// Connections are accepted at these addresses.
        case ready([String])
        /// The configuration is read again; `.ready` follows.
        case reloading
        /// The end comes within so many milliseconds.
        case stopping(within: UInt64)
        /// A sign of life, for a supervisor that wants to hear one now and then.
        case alive
    }

    /// Whether the supervisor restarts a service that is silent for too long.
    let hasWatchdog: Bool
    private let address: SocketAddress?

    /// The kernel takes a datagram at once; a supervisor that is stuck must not stop the service.
    private static let sendingMax: UInt64 = 1_000

    /// Takes the supervisor's address and wishes from `environment`, that of the process `process`.
    init(_ environment: [String: String], process: Int = ProcessSettings.identifier) {
        // Anything else is no address of a socket that this protocol knows.
        let path = environment["NOTIFY_SOCKET"].flatMap { path in
            path.hasPrefix("/") || path.hasPrefix("@") ? path : nil
        }
        address = path.map { .local(path: $0, descriptor: nil) }
        let isForThis = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let interval = environment["WATCHDOG_USEC"].flatMap { UInt64($0) } ?? 0
        hasWatchdog = path != nil && isForThis && interval > 0
    }

    /// Sends `state`; a supervisor that cannot be reached is none.
    func tell(_ state: State) {
        guard let address else { return }
        let end = Clock.milliseconds + Self.sendingMax
        let socket = try? ClientSocket(
            address,
            datagrams: true,
            named: "the supervisor",
            deadline: end
        )
        let message = Array(text(of: state).utf8)
        if let socket { try? socket.send(message.span) }
    }

    /// Tells that the configuration is read again while `body` does so; the service accepts at
    /// `addresses` before and after.
    func reload(_ addresses: [String], _ body: () -> Void) {
        tell(.reloading)
        body()
        tell(.ready(addresses))
    }

    private func text(of state: State) -> String {
        switch state {
        case .ready(let addresses):
            return "READY=1\nSTATUS=listening on \(addresses.joined(separator: ", "))"
        case .reloading: return "RELOADING=1\nMONOTONIC_USEC=\(Clock.nanoseconds / 1_000)"
        case .stopping(let milliseconds):
            let end = milliseconds * 1_000
            // A service that drains waits, and has nothing to tell meanwhile.
            let watchdog = hasWatchdog ? "\nWATCHDOG_USEC=\(end)" : ""
            return "STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=\(end)\(watchdog)"
        case .alive: return "WATCHDOG=1"
        }
    }
}
