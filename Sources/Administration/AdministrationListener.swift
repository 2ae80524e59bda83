// SPDX-License-Identifier: Apache-2.0
package import Reactor

/// The administrative listener as the main thread sees it: a thread that answers administrators.
package final class AdministrationListener {
    private let mailbox: Mailbox<LocalServiceMessage>
    private let address: SocketAddress
    private let thread: Thread

    /// Serves at `address`, which `claim` has made sure of, from here on.
    package init(
        _ address: SocketAddress,
        _ actions: AdministrationActions,
        clock: WallClock
    ) throws {
        let mailbox = try Mailbox<LocalServiceMessage>()
        self.mailbox = mailbox
        self.address = address
        // The tokens of a store that is away are read once it is back: until then that of the data
        // directory alone opens the listener.
        try? actions.administrators.refresh()
        let service = try LocalHTTPService(
            address,
            mailbox,
            AdministrationHandler(address, actions),
            clock: clock
        )
        thread = try Thread.start("admin") { service.run() }
    }

    /// Ends the thread and gives the address back.
    package func stop() {
        mailbox.post(.stop)
        thread.join()
        Listener.release(address)
    }
}
