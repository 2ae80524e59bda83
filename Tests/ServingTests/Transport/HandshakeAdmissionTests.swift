// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Glibc
import Network
import Reactor
import TLS
import Testing

@testable import Serving

struct HandshakeAdmissionTests {
    private static let now: UInt64 = 5_000_000_000

    private let admission = HandshakeAdmission()
    private let context: TLSContext

    init() throws {
        context = try TLSContext(
            TLSConfiguration(
                identities: [],
                clientCertificate: .want,
                versions: TLSVersion.newest,
                resumption: .off,
                sessionLifetime: 0,
                sessionContext: Digest256.of([])
            ),
            outbox: Outbox()
        )
    }

    private func connection(
        _ token: Token,
        from address: InternetAddress? = nil,
        awaitsProxyHeader: Bool = false
    ) throws -> Connection {
        let number = dup(STDOUT_FILENO)
        try #require(number >= 0)
        let connection = Connection(
            token: token,
            descriptor: Descriptor(owning: number),
            address: PeerAddress(address ?? .version4(0), port: 1),
            awaitsProxyHeader: awaitsProxyHeader,
            listener: 0,
            tls: TLSConnection(context, descriptor: number),
            timer: ConnectionTimer(deadline: 1_000, firstCheck: 1_000)
        )
        admission.begin(token) { _ in true }
        if let address { connection.handshake.source = admission.attribute(to: address) }
        return connection
    }

    /// The tokens in the order in which they are evicted, the evicted ones gone each time.
    private func evicted(_ connections: [Connection]) -> [Token] {
        var open = Dictionary(uniqueKeysWithValues: connections.map { ($0.token, $0) })
        var order: [Token] = []
        while let token = admission.evict({ open[$0] }) {
            order.append(token)
            admission.end(open.removeValue(forKey: token)?.handshake.source)
        }
        return order
    }

    @Test func `of the oldest, one of the source with the most handshakes gives way`() throws {
        let connections = try [
            connection(0, from: .version4(1)), connection(1, from: .version4(2)),
            connection(2, from: .version4(2)), connection(3, from: .version4(2)),
            connection(4, from: .version4(3)),
        ]
        #expect(admission.count == 5)
        // Once one source has no more handshakes than another, age decides.
        #expect(evicted(connections) == [1, 2, 0, 3, 4])
        #expect(admission.count == 0)
    }

    @Test func `a load balancer that owes its header gives way first`() throws {
        let connections = try [
            connection(0, from: .version4(1)), connection(1, from: .version4(1)),
            connection(2, awaitsProxyHeader: true),
        ]
        #expect(evicted(connections) == [2, 0, 1])
    }

    @Test func `a connection past its handshake does not give way, nor one that has ended`() throws
    {
        let served = try connection(0, from: .version4(1))
        served.phase = .reading
        let waiting = try connection(1, from: .version4(2))
        _ = try connection(2, from: .version4(3))
        #expect(evicted([served, waiting]) == [1])
    }

    @Test func `a handshake of a source over its share is less urgent, and others are not`() throws
    {
        let flooding = admission.attribute(to: .version4(1))
        let other = admission.attribute(to: .version4(2))
        admission.charge(flooding, 1_000_000_000, now: Self.now)
        func work(_ source: SourceShares.Source?, isFinishing: Bool) -> TurnBudget.Work {
            var handshake = Connection.Handshake()
            (handshake.source, handshake.isFinishing) = (source, isFinishing)
            return admission.work(of: handshake, now: Self.now)
        }
        #expect(work(flooding, isFinishing: false) == .beginningOverShare)
        #expect(work(flooding, isFinishing: true) == .finishingOverShare)
        for source in [other, nil] {
            #expect(work(source, isFinishing: false) == .beginning)
            #expect(work(source, isFinishing: true) == .finishing)
        }
    }
}
