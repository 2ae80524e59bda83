// SPDX-License-Identifier: Apache-2.0
package import Administration
internal import Cryptography
internal import HTTP
package import Reactor

/// Administrators' pages on a loopback port, for one browser.
///
/// A process of its own: its threads are the service's, which only reads and judges, and the
/// workers', which ask the server.
package final class Console {
    /// Why a console has ended.
    package enum End: Sendable, Equatable {
        /// A signal.
        case told
        /// The link was not opened in its time.
        case unopened
        /// There was no use for the configured time.
        case unused
    }

    /// The one-time link.
    package let link: String
    private let ticket: OpeningTicket
    private let idleMilliseconds: UInt64
    private let mailbox: Mailbox<LocalServiceMessage>
    private let thread: Thread

    /// The interval of looks at the clock and at signals.
    private static let tickMilliseconds = 250
    /// The wait for an answer of the server, whose own late answer says more than none.
    package static let waitMilliseconds = LocalServiceLimits.lateMilliseconds + 1_000
    /// The time of a page, later than the end of that wait, so that the page says what it has seen.
    static let lateMilliseconds = waitMilliseconds + 2_000

    /// Serves on 127.0.0.1 at `port`, 0 for one that the system chooses, from here on.
    ///
    /// `idleMilliseconds`: how long a console is open that nobody uses.
    package init(
        port: UInt16,
        idleMilliseconds: UInt64,
        asking client: AdministrationClient,
        facts: ConsoleFacts,
        clock: WallClock
    ) throws {
        self.idleMilliseconds = idleMilliseconds
        let address = try Listener.claim(SocketAddress(host: "127.0.0.1", port: port))
        let ticket = try OpeningTicket(now: Clock.milliseconds)
        self.ticket = ticket
        let query = Address("open").with("ticket", ticket.text)
        link = "http://127.0.0.1:\(address.port)\(query.text)"
        let mailbox = try Mailbox<LocalServiceMessage>()
        self.mailbox = mailbox
        let site = ConsoleSite(
            api: ServerAPI(user: facts.user, client),
            facts: facts,
            clock: clock
        )
        let service = try LocalHTTPService(
            address,
            mailbox,
            ConsoleHandler(
                address,
                ticket,
                site,
                pages: ConsolePage.all,
                base: ConsoleBase.fresh()
            ),
            clock: clock,
            lateMilliseconds: Self.lateMilliseconds
        )
        thread = try Thread.start("console") { service.run() }
    }

    /// Serves until a signal comes, or until nobody uses the console any more.
    ///
    /// Signals must be blocked in all threads.
    package func run() -> End {
        while true {
            if Signals.next(milliseconds: Self.tickMilliseconds) != nil { return stop(.told) }
            let now = Clock.milliseconds
            guard let session = ticket.opened else {
                if now >= ticket.endsAt { return stop(.unopened) }
                continue
            }
            let lastUse = session.lastUse
            if now > lastUse, now - lastUse >= idleMilliseconds { return stop(.unused) }
        }
    }

    private func stop(_ end: End) -> End {
        mailbox.post(.stop)
        thread.join()
        return end
    }
}
