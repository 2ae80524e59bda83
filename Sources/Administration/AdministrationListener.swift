// SPDX-License-Identifier: Apache-2.0
package import Reactor

/// The administrative listener as the main thread sees it: a thread that answers administrators.
package final class AdministrationListener {
    private let mailbox: Mailbox<AdministrationMessage>
    private let address: SocketAddress
    private let thread: Thread

    /// Serves at `address`, which `claim` has made sure of, from here on.
    package init(
        _ address: SocketAddress,
        _ credential: AdministrationCredential,
        _ actions: AdministrationActions,
        clock: WallClock
    ) throws {
        let mailbox = try Mailbox<AdministrationMessage>()
        self.mailbox = mailbox
        self.address = address
        let service = try AdministrationService(
            address,
            mailbox,
            credential,
            actions,
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

/// A message of the main thread to the administrative listener.
enum AdministrationMessage: Sendable {
    /// The worker has the answer of a connection's request, which has this number.
    case answered(Token, request: Int, AdministrationAnswer)
    /// The worker has tried again what was not durable; whether something is left.
    case retried(Bool)
    /// Close everything and end.
    case stop
}
