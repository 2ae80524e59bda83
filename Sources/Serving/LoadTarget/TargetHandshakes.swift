// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import LoadTarget
internal import OAuth
internal import Reactor

/// Faults and counts of the handshakes at one reactor of a load target.
final class TargetHandshakes {
    private let start: LoadTargetStart
    private let clock: WallClock
    private var plan = FaultPlan.empty
    private var registry: Registry
    /// The clients that certificates are registered for; made when a rule asks for them first.
    private var owners: [Digest256: Client]?

    init(_ start: LoadTargetStart, _ registry: Registry, clock: WallClock) {
        self.start = start
        self.registry = registry
        self.clock = clock
    }

    /// Sets the rules for the next handshakes.
    func update(_ plan: FaultPlan) {
        self.plan = plan
    }

    /// Sets the registry, by which certificates have their clients.
    func update(_ registry: Registry) {
        self.registry = registry
        owners = nil
    }

    /// Counts a handshake, and returns the faults that it meets; nil for none.
    func complete(_ connection: Connection) -> Strike? {
        start.counters.count(connection.isResumed ? .handshakesResumed : .handshakesFull)
        guard plan.hasHandshakeFaults else { return nil }
        let client = client(of: connection)
        let handshake = client.beginHandshake()
        connection.target = ConnectionAtTarget(client)
        let moment = FaultMoment(
            sinceStart: Int64(Clock.milliseconds - start.startedAt),
            time: clock.milliseconds
        )
        guard let strike = plan.strike(handshake: handshake, of: client, at: moment) else {
            return nil
        }
        if let kind = strike.kind {
            start.counters.count(kind)
            client.counters.count(kind)
        }
        return strike
    }

    /// The client that the certificate is registered for; that of strangers for none.
    private func client(of connection: Connection) -> ClientCalls {
        guard let thumbprint = connection.thumbprint,
            let owner = certificateOwners()[thumbprint]
        else { return start.clients.strangers }
        return start.clients.calls(ofRegistered: owner.id)
    }

    private func certificateOwners() -> [Digest256: Client] {
        if let owners { return owners }
        var made: [Digest256: Client] = [:]
        registry.clients.forEach { client in
            for certificate in client.certificates { made[certificate.thumbprint] = client }
        }
        owners = made
        return made
    }
}

/// A connection that counts for its client until it ends.
final class ConnectionAtTarget {
    private let client: ClientCalls

    init(_ client: ClientCalls) {
        self.client = client
    }

    deinit {
        client.endConnection()
    }
}
