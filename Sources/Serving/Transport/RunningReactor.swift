// SPDX-License-Identifier: Apache-2.0
package import Logging
package import OAuth
package import Reactor
package import TLS
package import Telemetry

/// The parts that a reactor is built from, on its own thread.
package struct ReactorStart: Sendable {
    let mailbox: Mailbox<ReactorMessage>
    let workers: WorkerPool
    let clock: WallClock
    let log: Logger
    let counters: Counters
    let settings: ReactorSettings
    let registry: Registry
    let keys: TokenKeys
    let replays: SeenAssertions
    let uses: UsedAssertionWriter
    let grants: StoredGrants
    let throttles: FailureThrottles
    let handshakeLines: LineBudget
    let requestKeys: KeyRequest
    let certificateUsage: CertificateUsage
    let jwks: PublicDocument
    /// Of each listener, in their order.
    let ticketKeys: [TicketKeys]
    let addresses: [SocketAddress]
    /// nil for all servers but load targets.
    let loadTarget: LoadTargetStart?
    /// nil where this server alone writes to its store.
    let staleness: StoreStaleness?

    /// The access tokens that were revoked before their end.
    var revocations: RevokedTokens { grants.revocations }

    /// Deadlines are bounds, for which 50 ms will do; the delays of a load target are to the
    /// millisecond.
    var timerStepMilliseconds: UInt64 { loadTarget == nil ? 50 : 1 }

    /// A start from its parts.
    package init(
        mailbox: Mailbox<ReactorMessage>,
        workers: WorkerPool,
        clock: WallClock,
        log: Logger,
        counters: Counters,
        settings: ReactorSettings,
        registry: Registry,
        keys: TokenKeys,
        replays: SeenAssertions,
        uses: UsedAssertionWriter,
        grants: StoredGrants,
        throttles: FailureThrottles,
        handshakeLines: LineBudget,
        requestKeys: @escaping KeyRequest,
        certificateUsage: CertificateUsage,
        jwks: PublicDocument,
        ticketKeys: [TicketKeys],
        addresses: [SocketAddress],
        loadTarget: LoadTargetStart? = nil,
        staleness: StoreStaleness? = nil
    ) {
        self.mailbox = mailbox
        self.staleness = staleness
        self.workers = workers
        self.clock = clock
        self.log = log
        self.counters = counters
        self.settings = settings
        self.registry = registry
        self.keys = keys
        self.replays = replays
        self.uses = uses
        self.grants = grants
        self.throttles = throttles
        self.handshakeLines = handshakeLines
        self.requestKeys = requestKeys
        self.certificateUsage = certificateUsage
        self.jwks = jwks
        self.ticketKeys = ticketKeys
        self.addresses = addresses
        self.loadTarget = loadTarget
    }
}

/// A reactor as the other threads see it: its mailbox, and whether it still runs.
package final class RunningReactor: Sendable {
    private enum Status: Sendable {
        case starting
        case serving
        case failed(String)
        case ended
    }

    /// The mailbox of the reactor.
    package let mailbox: Mailbox<ReactorMessage>
    private let thread: Thread
    private let status: Lock<Status>

    /// Starts the thread; `index` is part of its name.
    package init(_ start: ReactorStart, index: Int) throws(SystemError) {
        mailbox = start.mailbox
        let status = Lock(Status.starting)
        self.status = status
        thread = try Thread.start("reactor-\(index)") { Self.serve(start, status) }
    }

    private static func serve(_ start: ReactorStart, _ status: Lock<Status>) {
        do {
            let service = try ReactorService(start)
            status.withLock { $0 = .serving }
            status.signal(all: true)
            service.run()
            status.withLock { $0 = .ended }
        } catch {
            status.withLock { $0 = .failed("\(error)") }
        }
        status.signal(all: true)
    }

    /// Returns when the reactor accepts connections; throws why it cannot.
    package func waitUntilServing() throws(ReactorError) {
        let failure: String? = status.wait { status in
            switch status {
            case .starting: nil
            case .failed(let reason): .some(reason)
            case .serving, .ended: .some(nil)
            }
        }
        if let failure { throw ReactorError(description: "A reactor could not start: \(failure).") }
    }

    /// Waits until nothing is served any more, or until `moment` in monotonic milliseconds.
    package func waitForEnd(until moment: UInt64) {
        let now = Clock.milliseconds
        _ = status.wait(milliseconds: Int(max(moment, now) - now)) { status -> Bool? in
            switch status {
            case .ended, .failed: true
            case .starting, .serving: nil
            }
        }
    }

    /// Waits for the end of the thread.
    package func join() {
        thread.join()
    }
}

/// The error of a reactor that cannot serve, in words for people.
package struct ReactorError: Error, CustomStringConvertible {
    /// The reason, for people.
    package let description: String
}
