// SPDX-License-Identifier: Apache-2.0
package import Logging
package import Reactor
package import TLS

/// The probes' listener as the main thread sees it: a thread that answers whatever the others do.
package final class ProbeListener {
    private let mailbox: Mailbox<LocalServiceMessage>
    private let address: SocketAddress
    private let thread: Thread

    /// Serves at `address`, which `claim` has made sure of, from here on; with TLS by `tls`.
    package init(
        _ address: SocketAddress,
        tls: TLSConfiguration?,
        _ health: ServerHealth,
        _ metrics: Metrics,
        _ access: ProbeAccess,
        clock: WallClock,
        log: Logger
    ) throws {
        let mailbox = try Mailbox<LocalServiceMessage>()
        self.mailbox = mailbox
        self.address = address
        let service = try LocalHTTPService(
            address,
            mailbox,
            ProbeHandler(health, metrics, access, log: log),
            clock: clock,
            tls: tls,
            limits: .probes
        )
        thread = try Thread.start("probe") { service.run() }
    }

    /// Has new connections speak by `tls`, which was tried before; nil for plain HTTP.
    package func use(_ tls: TLSConfiguration?) {
        mailbox.post(.secure(tls))
    }

    /// Ends the thread and gives the address back.
    package func stop() {
        mailbox.post(.stop)
        thread.join()
        Listener.release(address)
    }
}
