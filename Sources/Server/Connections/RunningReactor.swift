// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import OAuth
internal import Reactor
internal import TLS
internal import Telemetry

/// Asks for the keys of a client to be fetched, at this moment in monotonic milliseconds; the
/// closure is called once, by another thread, when the request may be decided again.
///
/// False where nothing is fetched, and nothing will be called.
typealias KeyRequest =
    @Sendable (_ client: String, _ now: UInt64, _ answer: @escaping @Sendable () -> Void) -> Bool

/// What a reactor is built from, on its own thread.
struct ReactorStart: Sendable {
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
    let passwordFailures: PasswordFailures
    let handshakeLines: LineBudget
    /// Lets a request wait for the keys of a client; false where that would not help.
    let requestKeys: KeyRequest
    let certificateUsage: CertificateUsage
    let jwks: PublicDocument
    let ticketKeys: TicketKeys
    let addresses: [SocketAddress]
}

/// A reactor as the other threads see it: its mailbox, and whether it still runs.
final class RunningReactor: Sendable {
    private enum Status: Sendable {
        case starting
        case serving
        case failed(String)
        case ended
    }

    let mailbox: Mailbox<ReactorMessage>
    private let thread: Thread
    private let status: Lock<Status>

    init(_ start: ReactorStart, index: Int) throws(SystemError) {
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
    func waitUntilServing() throws {
        let failure: String? = status.wait { status in
            switch status {
            case .starting: nil
            case .failed(let reason): .some(reason)
            case .serving, .ended: .some(nil)
            }
        }
        if let failure { throw StartError("A reactor could not start: \(failure).") }
    }

    /// Waits until the reactor has ended, or until `moment` in monotonic milliseconds.
    func waitForEnd(until moment: UInt64) {
        let now = Clock.milliseconds
        _ = status.wait(milliseconds: Int(max(moment, now) - now)) { status -> Bool? in
            switch status {
            case .ended, .failed: true
            case .starting, .serving: nil
            }
        }
    }

    func join() {
        thread.join()
    }
}
