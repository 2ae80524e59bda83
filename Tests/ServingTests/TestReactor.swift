// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import Logging
import Network
import OAuth
import Reactor
import Storage
import TLS
import Telemetry
import TestSupport

@testable import Serving

/// HTTP and the endpoints of a reactor without its sockets: a test hands in bytes and moments.
final class TestReactor {
    let http: HTTP1
    let endpoints: Endpoints
    let mailbox: Mailbox<ReactorMessage>
    let clock = WallClock()
    let counters = Counters(refusalsMax: 16)
    /// The answers to requests for keys, in the order in which they came.
    let keyRequests = Lock([@Sendable () -> Void]())
    /// The monotonic clock, in milliseconds.
    var now: UInt64 = 5_000

    private let workers: WorkerPool
    private let uses: UsedAssertionWriter
    private let grants: StoredGrants
    private var connectionsEver: UInt64 = 0

    static let thumbprint = Digest256.of([1])
    static let otherThumbprint = Digest256.of([2])
    static let origin = "https://app.example"

    /// A reactor with one listener, and the limits that `change` makes of the defaults.
    init(
        _ registry: Registry = TestReactor.registry(),
        limits change: (inout ConnectionSettings) -> Void = { _ in }
    ) throws {
        mailbox = try Mailbox()
        workers = try WorkerPool(threads: 1, capacity: 8)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let replays = SeenAssertions()
        uses = try UsedAssertionWriter(NoUses(), replays, clock: clock, log: log)
        grants = try StoredGrants(NoGrants(), gauges: Gauges(), clock: clock, log: log)
        var limits = ConnectionSettings()
        change(&limits)
        let start = ReactorStart(
            mailbox: mailbox,
            workers: workers,
            clock: clock,
            log: log,
            counters: counters,
            settings: try Self.settings(limits),
            registry: registry,
            keys: try Self.keys(),
            replays: replays,
            uses: uses,
            grants: grants,
            throttles: FailureThrottles(),
            handshakeLines: LineBudget(perSecond: 1),
            requestKeys: { [keyRequests] _, _, answer in
                keyRequests.withLock { $0.append(answer) }
                return true
            },
            certificateUsage: CertificateUsage(),
            jwks: PublicDocument(Array(#"{"keys":[]}"#.utf8)),
            ticketKeys: [],
            addresses: []
        )
        endpoints = Endpoints(start)
        http = HTTP1(endpoints, limits: limits, clock: clock, counters: counters, log: log)
    }

    deinit {
        workers.stop()
        uses.stop()
        grants.stop()
    }

    /// A connection whose peer has proven `thumbprint`.
    func connect(_ thumbprint: Digest256? = TestReactor.thumbprint) -> TestConnection {
        connectionsEver += 1
        let session = HTTP1Session(
            token: connectionsEver,
            listener: 0,
            address: PeerAddress(.version4(0x7f00_0001), port: 1),
            awaitsProxyHeader: false
        )
        session.identify(thumbprint, proxyKey: nil)
        return TestConnection(self, session)
    }

    /// Answers the oldest request for keys.
    func answerKeys() {
        keyRequests.withLock { $0.isEmpty ? nil : $0.removeFirst() }?()
    }

    /// The answers of other threads that have come, once there are as many as `count`.
    func mail(_ count: Int = 1) -> [(ExchangeID, Met)] {
        var met: [(ExchangeID, Met)] = []
        let end = Clock.milliseconds + 20_000
        while met.count < count, Clock.milliseconds < end {
            for case .met(let id, let answer) in mailbox.collect() { met.append((id, answer)) }
            pause(milliseconds: 1)
        }
        return met
    }

    // MARK: what is served

    /// The client `app`, which is known by a certificate that is valid for a day on either side of
    /// now; its keys may be fetched.
    static func registry(
        certificates: [Digest256] = [TestReactor.thumbprint],
        users: [String: User] = [:]
    ) -> Registry {
        let now = WallClock().seconds
        let policy = ClientPolicy(
            method: .selfSignedTLS,
            grants: [.clientCredentials, .password],
            scopes: ["read"],
            audiences: [],
            bindsTokens: true,
            format: .jwt,
            lifetime: nil,
            reuseWindow: 0,
            mayIntrospect: true,
            hasRemoteKeys: true
        )
        let client = Client(
            id: "app",
            policy: policy,
            isEnabled: true,
            secret: nil,
            trust: nil,
            certificates: certificates.map {
                RegisteredCertificate(
                    thumbprint: $0,
                    notBefore: now - 86_400,
                    notAfter: now + 86_400
                )
            }
        )
        var clients = ClientRegistry()
        if let client { clients.insert(client) }
        return Registry(clients: clients, users: users, generation: 1)
    }

    private static func keys() throws -> TokenKeys {
        let key = try SigningKeyMaterial(
            keyID: "key",
            pkcs8: try SigningKey.generate().pkcs8(),
            activeFrom: 0,
            retiredAt: nil
        )
        return TokenKeys(signing: SigningKeys([key]), sealing: SealingKeys([]))
    }

    private static func settings(_ limits: ConnectionSettings) throws -> ReactorSettings {
        let issuer = "https://issuer.example"
        let listener = ReactorListener(
            name: "main",
            tls: TLSConfiguration(
                identities: [],
                clientCertificate: .want,
                versions: TLSVersion.newest,
                resumption: .off,
                sessionLifetime: 60,
                sessionContext: thumbprint
            ),
            profile: .standard,
            proxies: [],
            trustedProxy: nil,
            corsOrigins: [Array(origin.utf8)]
        )
        return ReactorSettings(
            listeners: [listener],
            issuer: IssuerSettings(
                issuer: issuer,
                tokens: TokenSettings(audience: "https://api.example", lifetime: 60)
            ),
            limits: limits,
            realm: "test",
            logsRequests: false,
            endpoints: EndpointTable(issuer: issuer),
            metadata: PublicDocument(Array("{}".utf8)),
            dummyPasswordHash: "none"
        )
    }
}

/// A store that keeps no uses of assertions.
private struct NoUses: UsedAssertionStore {
    func recordUses(
        _ uses: [UsedAssertion],
        now: StoreMoment,
        sweeping byte: UInt8?
    ) throws(StoreError) -> UsesWritten {
        throw StoreError(.unavailable, "it keeps nothing", of: .usedAssertions)
    }

    func forgetUses(now: StoreMoment, steadyMax: Int64) throws(StoreError) -> Int { 0 }
    func forEachUse(_ body: (UsedAssertion) -> Void) throws(StoreError) {}
}

/// A store that keeps no grants.
private struct NoGrants: GrantStore {
    func perform(_ writes: [GrantWrite]) throws(StoreError) -> [GrantWriteResult] {
        throw StoreError(.unavailable, "it keeps nothing")
    }

    func find(_ keys: [GrantKey]) throws(StoreError) -> [GrantRecord?] { keys.map { _ in nil } }
    func forEachRevokedToken(
        after now: Int64,
        _ body: (RevokedToken) -> Void
    ) throws(StoreError) {}
    func removeEnded(before now: Int64, limit: Int) throws(StoreError) -> Int { 0 }
    func record(_ impersonations: [Impersonation], at time: Int64) throws(StoreError) {
        throw StoreError(.unavailable, "it keeps nothing")
    }
}
