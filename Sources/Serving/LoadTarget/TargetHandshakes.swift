// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import LoadTarget
internal import OAuth
internal import TLS

/// Faults and counts of the handshakes at one reactor of a load target.
final class TargetHandshakes {
    private let start: LoadTargetStart
    private var plan = FaultPlan.empty
    private var registry: Registry
    /// The clients that certificates are registered for; made when a rule asks for them first.
    private var owners: Owners?

    init(_ start: LoadTargetStart, _ registry: Registry) {
        self.start = start
        self.registry = registry
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
        let isResumed = connection.tls.isResumed
        let target = TargetSession(isResumed: isResumed)
        connection.target = target
        start.counters.count(isResumed ? .handshakesResumed : .handshakesFull)
        guard plan.hasHandshakeFaults else { return nil }
        let client = client(of: connection)
        let handshake = client.beginHandshake()
        target.count(for: client)
        guard let strike = plan.strike(handshake: handshake, of: client, at: start.moment) else {
            return nil
        }
        if let kind = strike.kind {
            start.counters.count(kind)
            client.counters.count(kind)
        }
        return strike
    }

    /// Adds the time of a step of a handshake.
    func spend(_ nanoseconds: UInt64, isResumed: Bool) {
        start.work.spend(nanoseconds, isResumed: isResumed)
    }

    /// The client that the certificate is registered for, by its thumbprint or its subject; that of
    /// strangers for none.
    private func client(of connection: Connection) -> ClientCalls {
        let owners = owners ?? Owners(registry)
        self.owners = owners
        guard let owner = owners.client(of: connection) else { return start.clients.strangers }
        return start.clients.calls(ofRegistered: owner.id)
    }
}

/// The clients that certificates are registered for.
private struct Owners {
    private var byThumbprint: [Digest256: Client] = [:]
    /// Clients of `tls_client_auth`, by the canonical form of their subject.
    private var bySubject: [String: Client] = [:]

    /// Linear in the clients of `registry`.
    init(_ registry: Registry) {
        var (thumbprints, subjects) = (byThumbprint, bySubject)
        registry.clients.forEach { client in
            for certificate in client.certificates { thumbprints[certificate.thumbprint] = client }
            if let subject = client.trust?.subject, subject.kind == .distinguishedName {
                subjects[subject.canonical] = client
            }
        }
        (byThumbprint, bySubject) = (thumbprints, subjects)
    }

    /// The client of the connection's certificate; its chain is not verified here.
    func client(of connection: Connection) -> Client? {
        guard let thumbprint = connection.thumbprint else { return nil }
        if let client = byThumbprint[thumbprint] { return client }
        guard !bySubject.isEmpty, let der = connection.certificates().first,
            let certificate = try? Certificate(der: der)
        else { return nil }
        return bySubject[certificate.subject.canonical]
    }
}
