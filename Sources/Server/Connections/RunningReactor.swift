// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import OAuth
internal import Reactor
internal import TLS
internal import Telemetry

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
    let keyRequests: KeyRequests
    let sightings: Sightings
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
        if let failure { throw ReactorError(description: "A reactor could not start: \(failure).") }
    }

    var hasEnded: Bool {
        status.withLock { status in
            switch status {
            case .ended, .failed: true
            case .starting, .serving: false
            }
        }
    }

    func join() {
        thread.join()
    }
}

/// Why a reactor does not serve, in words for people.
struct ReactorError: Error, CustomStringConvertible {
    /// What is wrong.
    let description: String
}
