// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Fetch
import Logging
import OAuth
import Reactor
import Registration
import SQLiteStore
import Storage
import StorageTesting
import Telemetry
import TestSupport
import Testing

@testable import Upkeep

/// Upkeep's thread over a store, with the test as other servers and as those who serve.
final class UpkeepThreadTests {
    private enum Event: Sendable {
        case registry(Registry)
        case keys(TokenKeys, jwks: [UInt8])
        case jwks
        case answered(String)
    }

    private struct Away: Error, CustomStringConvertible {
        let description = "away"
    }

    private static let uri = "https://a.example/jwks"
    private static let list = "http://a.example/root.crl"
    private static let keySet = """
        {"keys":[{"kty":"EC","crv":"P-256","kid":"k",\
        "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",\
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
        """
    private static let thumbprint = certificate(1).thumbprint

    private let scratch: Scratch
    private let store: SQLiteDatabase
    private let gated: GatedStore
    private let gauges = Gauges()
    private let lines = RecordedLog.Lines()
    private let events = Lock<[Event]>([])
    /// The content at `uri` and `list`; a fetch waits while there is none, and fails for no bytes.
    private let bodies = Lock<[String: [UInt8]]>([:])
    /// The sources whose fetch a worker has begun.
    private let begun = Lock<Set<String>>([])
    private var upkeep: Upkeep?

    init() throws {
        scratch = try Scratch()
        store = try SQLiteDatabase.open(directory: scratch.path + "/data", as: .tool)
        gated = GatedStore(store)
    }

    deinit {
        gated.set(.open)
        publish([], at: Self.uri)
        publish([], at: Self.list)
        upkeep?.stop()
    }

    private func publish(_ body: [UInt8], at source: String) {
        bodies.withLock { $0[source] = body }
        bodies.signal(all: true)
    }

    /// Reads the store and starts the thread; what is current then.
    private func start() throws -> UpkeepState {
        let (bodies, begun) = (bodies, begun)
        @Sendable func body(_ source: String) throws -> [UInt8] {
            begun.withLock { _ = $0.insert(source) }
            let body = bodies.wait { $0[source] }
            guard !body.isEmpty else { throw Away() }
            return body
        }
        let upkeep = try Upkeep(
            settings(),
            registrations: gated,
            certificateUse: store,
            switchedOff: SwitchedOffClients(),
            gauges: gauges,
            sources: UpkeepSources(
                readList: { source, _ in try RevocationList.read(body(source)) },
                readKeys: { uri, _ in try body(uri) }
            ),
            clock: WallClock(),
            log: lines.logger
        )
        self.upkeep = upkeep
        return try upkeep.start { [events] update in
            let event: Event =
                switch update {
                case .registry(let registry): .registry(registry)
                case .keys(let keys, let jwks): .keys(keys, jwks: jwks)
                case .jwks: .jwks
                }
            events.withLock { $0.append(event) }
            events.signal(all: true)
        }
    }

    private func settings() -> UpkeepSettings {
        UpkeepSettings(fetching: FetchSettings(), expiry: ExpirySettings())
    }

    /// Waits for an event that `body` finds something in; nil where none comes.
    private func first<Found>(_ body: (Event) -> Found?) -> Found? {
        events.wait(milliseconds: 20_000) { events in
            for event in events {
                if let found = body(event) { return found }
            }
            return nil
        }
    }

    /// Waits for a registry that fits.
    private func posted(_ isWanted: (Registry) -> Bool) -> Bool {
        first { event -> Bool? in
            guard case .registry(let registry) = event, isWanted(registry) else { return nil }
            return true
        } ?? false
    }

    private func ask(_ client: String) -> Bool {
        upkeep?.requestKeys(.client(client), now: Clock.milliseconds) { [events] in
            events.withLock { $0.append(.answered(client)) }
            events.signal(all: true)
        } ?? false
    }

    private func isAnswered(_ client: String) -> Bool {
        first { event -> Bool? in
            if case .answered(client) = event { true } else { nil }
        } ?? false
    }

    private func register(_ clientID: String) throws {
        var change = ClientChange()
        change.name = clientID
        change.keysURI = Self.uri
        try ClientRegistration.new(change, clientID: clientID, at: 1_000)
            .insert(into: store, by: .server, at: 1_000)
    }

    private static func served(_ id: String, in registry: Registry) -> Client? {
        registry.clients.client(Array(id.utf8).span)
    }

    private static func hasKeys(_ id: String, _ registry: Registry) -> Bool {
        served(id, in: registry)?.assertion?.keys.map { !$0.keys.isEmpty } ?? false
    }

    // MARK: what is posted

    @Test func `the first registry has what the store had, and each change is posted`() throws {
        try store.insert(client("c1"))
        let state = try start()
        #expect(Self.served("c1", in: state.registry) != nil)
        #expect(gauges.clients.current == 1)
        try store.insert(client("c2"))
        #expect(posted { Self.served("c2", in: $0) != nil && Self.served("c1", in: $0) != nil })
        try store.removeClient("c1")
        #expect(posted { Self.served("c1", in: $0) == nil && Self.served("c2", in: $0) != nil })
    }

    @Test func `a new signing key is posted with the JWK Set that has it`() throws {
        #expect(String(decoding: try start().jwks, as: UTF8.self) == #"{"keys":[]}"#)
        try TokenKeyRotation.ensure(in: store, by: .server, at: 1_000)
        let jwks = first { event -> [UInt8]? in
            guard case .keys(let keys, let jwks) = event, keys.signing.keys.count == 1 else {
                return nil
            }
            return jwks
        }
        let keyID = try #require(try store.keys().first { $0.kind == KeyRecord.signing }?.keyID)
        #expect(jwks.map { String(decoding: $0, as: UTF8.self).contains(keyID) } == true)
    }

    @Test func `the first registry has the revocation lists that come at once`() throws {
        publish(RevocationVectors.newerList, at: Self.list)
        try register(trustSet: "set")
        let state = try start()
        #expect(state.registry.trustSets["set"]?.revocation?.lists.count == 1)
        #expect(gauges.revocationLists.current == 1)
    }

    @Test func `a list that does not come is waited for a moment, and counts when it comes`()
        throws
    {
        try register(trustSet: "set")
        let began = Clock.milliseconds
        let state = try start()
        #expect(Clock.milliseconds - began < 10_000)
        #expect(state.registry.trustSets["set"]?.revocation?.mode == .hard)
        publish(RevocationVectors.newerList, at: Self.list)
        #expect(posted { $0.trustSets["set"]?.revocation?.lists.count == 1 })
    }

    private func register(trustSet name: String) throws {
        try store.insert(
            TrustSetRecord(
                name: name,
                caCertificates: [RevocationVectors.root],
                sources: [Self.list],
                revocation: "soft",
                created: 1
            )
        )
    }

    // MARK: requests that wait

    @Test(arguments: 0..<5)
    func `a request is answered when the registry with its keys was posted`(round: Int) throws {
        for number in 0...round { try register("c\(number)") }
        _ = try start()
        for number in 0...round { #expect(ask("c\(number)")) }
        publish(Array(Self.keySet.utf8), at: Self.uri)
        for number in 0...round { #expect(isAnswered("c\(number)")) }
        let all = events.withLock { $0 }
        for number in 0...round {
            let id = "c\(number)"
            let posted = all.firstIndex { event in
                if case .registry(let registry) = event {
                    Self.hasKeys(id, registry)
                } else {
                    false
                }
            }
            let answered = all.firstIndex { event in
                if case .answered(id) = event { true } else { false }
            }
            #expect(try #require(posted) < #require(answered))
        }
    }

    @Test func `a request whose keys cannot be had is answered without a registry`() throws {
        try register("app")
        _ = try start()
        #expect(ask("app"))
        publish([], at: Self.uri)
        #expect(isAnswered("app"))
        // Gauges are fed at the end of the turn, after the answer.
        #expect(eventually { self.gauges.keyFetchesFailing.current == 1 })
        let others = events.withLock { events in
            events.contains { if case .registry = $0 { true } else { false } }
        }
        #expect(!others)
    }

    @Test func `a request for a client that publishes no keys is answered at once`() throws {
        _ = try start()
        let began = Clock.milliseconds
        #expect(ask("nobody") && isAnswered("nobody"))
        #expect(Clock.milliseconds - began < 900)
    }

    // MARK: a store that hangs

    @Test func `a store that hangs holds up neither lists, nor settings, nor the end`() throws {
        publish(RevocationVectors.olderList, at: Self.list)
        try register(trustSet: "set")
        let state = try start()
        let older = try #require(state.registry.trustSets["set"]?.revocation?.lists.first?.digest)
        gated.set(.blocked)
        #expect(gated.isBlocking())
        publish(RevocationVectors.newerList, at: Self.list)
        upkeep?.update(settings())
        #expect(
            posted {
                $0.trustSets["set"]?.revocation?.lists.first.map { $0.digest != older } == true
            }
        )
        #expect(eventually { self.gauges.storeUnreadSeconds.current > 0 })
        gated.set(.open)
        #expect(eventually { self.gauges.storeUnreadSeconds.current == 0 })
        gated.set(.blocked)
        #expect(gated.isBlocking())
        let began = Clock.milliseconds
        upkeep?.stop()
        #expect(Clock.milliseconds - began < 3_000)
    }

    private func eventually(_ body: () -> Bool) -> Bool {
        let end = Clock.milliseconds + 20_000
        while Clock.milliseconds < end {
            if body() { return true }
            pause(milliseconds: 20)
        }
        return false
    }

    // MARK: the end

    @Test func `nothing is posted after the end, whatever is written meanwhile`() throws {
        _ = try start()
        let isOver = Lock(false)
        let store = store
        let writer = try Thread.start("writer") {
            var number = 0
            while !isOver.withLock({ $0 }) {
                number += 1
                try? store.insert(client("c\(number)"))
            }
        }
        #expect(posted { $0.clients.count > 3 })
        upkeep?.stop()
        let count = events.withLock { $0.count }
        pause(milliseconds: 400)
        isOver.withLock { $0 = true }
        writer.join()
        #expect(events.withLock { $0.count } == count)
    }

    @Test func `a fetch that comes back after the end is nobody's`() throws {
        try register("app")
        _ = try start()
        #expect(ask("app"))
        // The end drops a fetch that no worker has begun.
        #expect(eventually { begun.withLock { $0.contains(Self.uri) } })
        let began = Clock.milliseconds
        upkeep?.stop()
        #expect(Clock.milliseconds - began < 1_500)
        publish(Array(Self.keySet.utf8), at: Self.uri)
        // A fetched set is still written, and no update is posted.
        #expect(eventually { (try? self.store.client("app")?.fetchedJWKS) == Self.keySet })
        pause(milliseconds: 200)
        #expect(events.withLock { $0.isEmpty })
    }

    @Test func `what was recorded last is written at the end`() throws {
        try store.insert(client("c1", certificates: [certificate(1)]))
        _ = try start()
        let thumbprint = try #require(Digest256(Self.thumbprint))
        upkeep?.usage.record(Array("c1".utf8), thumbprint, now: 77)
        #expect(try store.certificateUses(of: "c1").isEmpty)
        upkeep?.stop()
        #expect(try store.certificateUses(of: "c1").map(\.lastSeen) == [77])
    }
}
