// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import LoadTarget
internal import Logging
internal import Network
internal import OAuth
internal import Reactor
internal import TLS
internal import Telemetry

/// The handshakes of one reactor, from accepting a connection to its first request.
final class Handshakes {
    private let transport: Transport
    private let schedule: TurnSchedule
    private let admission: HandshakeAdmission
    private let reactor: Reactor
    private let counters: Counters
    private let handshakeLog: HandshakeLog
    private let log: Logger
    /// The handshakes at a load target; nil on every other server.
    private let target: TargetHandshakes?
    private var settings: ReactorSettings
    private var contexts: ListenerContexts
    /// Connections that broke in their handshake, in this turn.
    private var abandoned: [Token] = []

    init(
        _ start: ReactorStart,
        _ reactor: Reactor,
        _ contexts: ListenerContexts,
        _ admission: HandshakeAdmission,
        _ transport: Transport,
        _ schedule: TurnSchedule
    ) {
        self.reactor = reactor
        self.contexts = contexts
        self.admission = admission
        self.transport = transport
        self.schedule = schedule
        counters = start.counters
        log = start.log
        handshakeLog = HandshakeLog(start)
        target = start.loadTarget.map { TargetHandshakes($0, start.registry) }
        settings = start.settings
    }

    /// Applies reloaded settings; throws, and changes nothing, where a context cannot be made.
    func update(_ new: ReactorSettings, _ ticketKeys: [TicketKeys]) throws {
        try contexts.replace(new.listeners.map(\.tls), ticketKeys)
        settings = new
    }

    /// Sets the rules of a load target.
    func update(_ plan: FaultPlan) {
        target?.update(plan)
    }

    /// Adds the time of a step to the bill of a load target.
    func spend(_ nanoseconds: UInt64, on connection: Connection) {
        target?.spend(nanoseconds, isResumed: connection.tls.isResumed)
    }

    /// Sets the registry, for the rules of a load target.
    func update(_ registry: Registry) {
        target?.update(registry)
    }

    /// Sets the rotated ticket keys.
    func update(_ keys: [TicketKeys]) {
        contexts.update(keys)
    }

    // MARK: beginning

    func accept(_ descriptor: consuming Descriptor, from peer: PeerAddress, listener: Int) {
        schedule.noteAccept()
        if admission.count >= settings.limits.halfOpenHandshakes { evictHandshake() }
        let number = descriptor.number
        let connection = Connection(
            token: transport.reserve(),
            descriptor: descriptor,
            address: peer,
            awaitsProxyHeader: settings.listeners[listener].proxies.contains {
                $0.contains(peer.address)
            },
            listener: listener,
            tls: TLSConnection(contexts[listener], descriptor: number),
            timer: ConnectionTimer(
                deadline: reactor.now + settings.limits.handshake,
                firstCheck: reactor.now + reactor.reachMilliseconds
            )
        )
        guard transport.open(connection) else { return }
        admission.begin(connection.token) { transport[$0]?.isHandshaking ?? false }
        if !connection.awaitsProxyHeader, !peer.isLocal {
            connection.handshake.source = admission.attribute(to: peer.address)
        }
        // The ClientHello is often there already, which saves a wait.
        proceed(connection)
    }

    /// Queues a handshake for its turn.
    ///
    /// A PROXY protocol header is read before: it has the source address, and with that the
    /// priority.
    func proceed(_ connection: Connection) {
        if connection.awaitsProxyHeader, !readProxyHeader(connection) { return }
        guard !connection.handshake.isQueued else { return watchForNews(of: connection) }
        connection.handshake.isQueued = true
        let work = admission.work(of: connection.handshake, now: reactor.turnBegan)
        schedule.add(connection.token, for: work) { transport[$0] != nil }
    }

    /// Reads the PROXY protocol header; false where the connection must wait for it, or has ended.
    private func readProxyHeader(_ connection: Connection) -> Bool {
        guard let header = connection.proxyHeader else { return true }
        do throws(ProxyProtocolError) {
            switch try header.read(connection.descriptor.number) {
            case .complete:
                if let source = header.source {
                    connection.handshake.source = admission.attribute(to: source)
                }
                return true
            case .incomplete: break
            case .repeated: transport.setInterest(of: connection, [.readable, .edgeTriggered])
            case .closed: fail(connection, .closed, "the peer closed the connection")
            case .broken: transport.end(connection)
            }
        } catch {
            log.notice(
                "connection refused",
                metadata: [
                    "check": "\(Check.proxyHeader.rawValue)", "reason": "\(error)",
                    "peer": "\(connection.peer)",
                ]
            )
            handshakeLog.note(.proxyHeader, "\(error)", connection)
            transport.end(connection)
        }
        return false
    }

    /// Switches a waiting connection to edge-triggered epoll when its socket was ready again and
    /// again.
    ///
    /// Level-triggered, it would be ready in every turn. Most have their turn before, and cost no
    /// such call; that costs as much as being ready eight times.
    private func watchForNews(of connection: Connection) {
        connection.handshake.wakes &+= 1
        guard connection.handshake.wakes >= 8 else { return }
        transport.setInterest(of: connection, connection.interest.union(.edgeTriggered))
    }

    // MARK: steps

    /// Runs a step of a handshake whose turn has come; whether it is done, and requests may follow.
    func step(_ connection: Connection) -> Bool {
        connection.handshake.isQueued = false
        guard !connection.handshake.isBroken else {
            endBroken(connection)
            return false
        }
        do throws(TLSError) {
            switch try connection.tls.handshake() {
            case .done:
                complete(connection)
                return target.map { goOn(connection, $0) } ?? true
            case .wantsRead:
                connection.handshake.isFinishing = connection.tls.hasWrittenFlight
                transport.flush(connection)
            case .closed: fail(connection, .closed, "the peer closed the connection")
            }
        } catch {
            // The outbox has the alert that explains the failure. A request that was sent right
            // behind the handshake is read, because closing a socket with unread bytes resets the
            // connection.
            _ = connection.tls.flush()
            _ = connection.tls.discardInput(atMost: 64 * 1024)
            fail(connection, HandshakeFailure(error.kind), error.reason)
        }
        return false
    }

    private func complete(_ connection: Connection) {
        admission.end(connection.handshake.source)
        connection.phase = .reading
        // The peer's key counts only where it can make the peer a trusted proxy.
        let isBehindProxy = settings.listeners[connection.listener].trustedProxy != nil
        connection.identify(
            connection.tls.peerThumbprint(),
            proxyKey: isBehindProxy ? Self.key(of: connection) : nil
        )
        counters.handshakes.add(1)
        let listener = counters.listeners[connection.listener]
        listener.handshakes.add(1)
        if let group = connection.tls.group { listener.groups[group.position].add(1) }
        if connection.tls.isResumed { counters.resumptions.add(1) }
        transport.setDeadline(of: connection, in: settings.limits.idle)
    }

    /// Goes on as the rules of a load target ask for; whether requests may follow now.
    private func goOn(_ connection: Connection, _ target: TargetHandshakes) -> Bool {
        guard let strike = target.complete(connection) else { return true }
        if let fault = strike.fault {
            if case .tlsAlert = fault { connection.tls.failWithAlert() }
            connection.target?.endCount()
            connection.phase = .closing
            // A request that the peer has sent right behind would turn the close into a reset.
            connection.mayGoOnSending = true
            transport.flush(connection)
            return false
        }
        guard connection.tls.withhold() else {
            transport.end(connection)
            return false
        }
        connection.target?.held = HeldAnswer()
        connection.phase = .deciding
        transport.watch(connection)
        let until = reactor.now + UInt64(strike.delayMilliseconds)
        transport.setDeadline(of: connection, at: until)
        return false
    }

    /// The digest of the public key that the peer has proven to hold.
    private static func key(of connection: Connection) -> Digest256? {
        guard let der = connection.tls.peerCertificates().first,
            let certificate = try? Certificate(der: der)
        else { return nil }
        return certificate.subjectPublicKeyInfoDigest
    }

    // MARK: failing

    /// Notes that a connection broke in its handshake.
    ///
    /// Before our flight it gets no turn: its hello may still be in the socket, and would cost a
    /// signature. Afterwards an alert may be there, and is read when its turn comes.
    func abandon(_ connection: Connection) {
        guard connection.handshake.isFinishing else { return abandoned.append(connection.token) }
        connection.handshake.isBroken = true
        proceed(connection)
    }

    /// Ends the connections that broke in their handshake, before new ones are accepted.
    func endAbandoned() {
        guard !abandoned.isEmpty else { return }
        schedule.noteAccept()
        for token in abandoned {
            guard let connection = transport[token] else { continue }
            fail(connection, .closed, "the connection broke")
        }
        abandoned.removeAll(keepingCapacity: true)
    }

    /// Ends a connection whose handshake exceeded its deadline.
    func timeOut(_ connection: Connection) {
        fail(connection, .timeout, "took too long")
    }

    /// Ends a connection that broke after our flight; an alert may stand before the reset.
    private func endBroken(_ connection: Connection) {
        do throws(TLSError) {
            connection.tls.socketIsReadable()
            _ = try connection.tls.handshake()
            fail(connection, .closed, "the connection broke")
        } catch {
            fail(connection, HandshakeFailure(error.kind), error.reason)
        }
    }

    /// Evicts a handshake to make room for another.
    private func evictHandshake() {
        guard let token = admission.evict({ transport[$0] }), let connection = transport[token]
        else { return }
        fail(connection, .crowded, "gave way to a newer connection")
    }

    /// Counts and logs why a handshake has failed, and ends its connection.
    private func fail(_ connection: Connection, _ failure: HandshakeFailure, _ reason: String) {
        handshakeLog.record(
            failure,
            reason,
            connection,
            listener: settings.listeners[connection.listener].name,
            now: reactor.now
        )
        transport.end(connection)
    }
}
