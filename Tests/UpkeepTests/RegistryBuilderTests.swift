// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Logging
import OAuth
import Registration
import Storage
import StorageTesting
import Testing

@testable import Upkeep

/// From records to registries, without a store.
struct RegistryBuilderTests {
    private let switchedOff = SwitchedOffClients()
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func builder() -> RegistryBuilder { RegistryBuilder(switchedOff, log: log) }

    private func record(_ id: String, enabled: Bool = true) -> ClientRecord {
        ClientRecord(
            clientID: id,
            name: id,
            authenticationMethod: "client_secret_basic",
            grantTypes: ["client_credentials"],
            scopes: ["read"],
            enabled: enabled,
            createdAt: 1,
            updatedAt: 1
        )
    }

    private func client(
        _ record: ClientRecord?,
        _ id: String = "app",
        number: Int? = nil,
        by author: Author = .command(user: "ann")
    ) -> StoreNews {
        let change = Change(kind: .client, id: id, author: author, time: 1)
        let item = StoreNews.Item(change: change, found: .client(record, number))
        return .changes(StoreNews.Batch(items: [item]))
    }

    private func item(_ kind: Change.Kind, _ id: String, _ found: StoreNews.Found) -> StoreNews.Item
    {
        StoreNews.Item(change: Change(kind: kind, id: id), found: found)
    }

    private func news(_ user: UserRecord?, _ id: String) -> StoreNews {
        .changes(StoreNews.Batch(items: [item(.user, id, .user(user))]))
    }

    /// Changes of the trust sets `ids`, after which there are `records`.
    private func news(_ records: [TrustSetRecord], _ ids: String...) -> StoreNews {
        let items = ids.map { item(.trustSet, $0, .trustSet) }
        return .changes(StoreNews.Batch(items: items, trustSets: records))
    }

    /// Changes of the keys `ids`, after which there are `records`.
    private func news(_ records: [KeyRecord], _ ids: String...) -> StoreNews {
        .changes(StoreNews.Batch(items: ids.map { item(.key, $0, .key) }, keys: records))
    }

    private func served(_ id: String, _ builder: inout RegistryBuilder) -> Client? {
        builder.registry(revocations: [:]).clients.client(Array(id.utf8).span)
    }

    @Test func `what a client has asked stays when it is changed, and when all is read anew`()
        throws
    {
        var builder = builder()
        var app = record("app")
        app.rate = "5/60"
        _ = builder.apply(client(app))
        let first = try #require(served("app", &builder))
        #expect(first.rate == RequestRate("5/60") && first.knownActivity == nil)
        app.scopes = []
        _ = builder.apply(client(app))
        let changed = try #require(served("app", &builder))
        #expect(changed !== first && changed.activity === first.activity)
        var whole = RegistryContents(log: log)
        for record in [app, record("quiet"), record("new")] { whole.insert(record) }
        _ = builder.apply(client(record("quiet"), "quiet"))
        _ = builder.apply(.whole(whole, []))
        #expect(served("app", &builder)?.activity === first.activity)
        // The twins: nothing is kept of one that has neither asked nor a rate, nor of another one.
        #expect(served("quiet", &builder)?.knownActivity == nil)
        #expect(served("new", &builder)?.knownActivity == nil)
        _ = builder.apply(client(nil))
        _ = builder.apply(client(app))
        #expect(served("app", &builder)?.activity !== first.activity)
    }

    @Test func `a client whose rate cannot be read is not served`() {
        var builder = builder()
        var app = record("app")
        app.rate = "5 a minute"
        _ = builder.apply(client(app))
        #expect(served("app", &builder) == nil)
        app.rate = "5/60"
        _ = builder.apply(client(app))
        #expect(served("app", &builder) != nil)
    }

    @Test func `a key that cannot be read is left out, and the others are used`() throws {
        var builder = builder()
        let good = try SigningKey.generate().pkcs8()
        func key(_ id: String, _ material: [UInt8]) -> KeyRecord {
            KeyRecord(keyID: id, kind: "ES256", material: material, createdAt: 1, activeFrom: 1)
        }
        let records = [key("good", good), key("bad", [0]), key("other", good)]
        _ = builder.apply(news(records, "bad"))
        #expect(builder.contents.keys.signing.keys.map(\.keyID) == ["good", "other"])
        let published = builder.contents.keys.signing.jwks(now: 2, tokenLifetimeMax: 1)
        let text = String(decoding: published, as: UTF8.self)
        #expect(text.contains(#""kid":"good""#) && !text.contains(#""kid":"bad""#))
    }

    @Test func `trust sets and keys are mapped once, however many of them changed`() throws {
        let lines = RecordedLog.Lines()
        var builder = RegistryBuilder(switchedOff, log: lines.logger)
        func broken(_ name: String) -> TrustSetRecord {
            TrustSetRecord(name: name, caCertificates: [[0x30, 0x00]], created: 1)
        }
        func unusable(_ id: String) -> KeyRecord {
            KeyRecord(keyID: id, kind: "ES256", material: [0], createdAt: 1, activeFrom: 1)
        }
        _ = builder.apply(news([broken("a"), broken("b"), broken("c")], "a", "b", "c"))
        // A set that cannot be used has a line each time that it is mapped.
        #expect(lines.take().compactMap { $0.metadata["trust_set"] } == ["a", "b", "c"])
        let update = builder.apply(news([unusable("k"), unusable("l")], "k", "l", "gone"))
        #expect(lines.take().compactMap { $0.metadata["kid"] } == ["k", "l"])
        // Each change is told all the same.
        #expect(update.changes.map(\.id) == ["k", "l", "gone"])
        #expect(update.changes.map(\.effect) == [.added, .added, .removed])
    }

    @Test func `a trust set that cannot be read is left out, and the others are used`() {
        var builder = builder()
        let unread = TrustSetRecord(name: "unread", caCertificates: [], created: 1)
        _ = builder.apply(news([unread], "unread"))
        #expect(builder.contents.trustSets.isEmpty)
    }

    @Test func `a client comes, changes, is disabled and goes, and each is told`() {
        var builder = builder()
        let steps: [(ClientRecord?, RegistryChange.Effect, Bool?)] = [
            (record("app"), .added, true), (record("app"), .changed, true),
            (record("app", enabled: false), .disabled, false), (record("app"), .enabled, true),
            (nil, .removed, nil),
        ]
        for (record, effect, isEnabled) in steps {
            let update = builder.apply(client(record))
            #expect(update.changesRegistry && !update.changesKeys && !update.isWhole)
            #expect(update.changes.map(\.effect) == [effect])
            #expect(update.changes.map(\.id) == ["app"])
            #expect(served("app", &builder)?.isEnabled == isEnabled)
        }
    }

    @Test func `a registration that cannot be understood is not served by its old rights`() {
        var builder = builder()
        _ = builder.apply(client(record("app")))
        _ = builder.apply(client(record("other"), "other"))
        var unknown = record("app")
        unknown.authenticationMethod = "spoken_word"
        _ = builder.apply(client(unknown))
        #expect(served("app", &builder) == nil)
        #expect(served("other", &builder) != nil)
        _ = builder.apply(client(record("app")))
        #expect(served("app", &builder) != nil)
    }

    @Test func `a registry that was handed out stays as it is`() {
        var builder = builder()
        _ = builder.apply(client(record("app")))
        let first = builder.registry(revocations: [:])
        _ = builder.apply(client(nil))
        let second = builder.registry(revocations: [:])
        #expect(first.clients.client(Array("app".utf8).span) != nil)
        #expect(second.clients.client(Array("app".utf8).span) == nil)
        #expect(first.generation < second.generation)
    }

    @Test func `keys that the server has written itself have no line, other changes do`() {
        var builder = builder()
        #expect(builder.apply(client(record("app"), by: .server)).changes.count == 1)
        #expect(builder.apply(client(record("app"), by: .server)).changes.isEmpty)
        #expect(builder.apply(client(record("app"))).changes.map(\.effect) == [.changed])
        #expect(builder.apply(client(record("app"), by: .firstAdministrator)).changes.count == 1)
    }

    @Test func `users come and go`() {
        var builder = builder()
        let update = builder.apply(news(user("admin"), "admin"))
        #expect(update.changesRegistry && update.changes.map(\.effect) == [.added])
        #expect(builder.registry(revocations: [:]).users["admin"]?.subject == "user:admin")
        var disabled = user("admin")
        disabled.enabled = false
        let second = builder.apply(news(disabled, "admin"))
        #expect(second.changes.map(\.effect) == [.disabled])
        _ = builder.apply(news(nil as UserRecord?, "admin"))
        #expect(builder.registry(revocations: [:]).users.isEmpty)
    }

    @Test func `keys are no matter of the registry, and told only where they differ`() throws {
        var builder = builder()
        let sealing = KeyRecord(
            keyID: "k1",
            kind: KeyRecord.sealing,
            material: [UInt8](repeating: 7, count: 32),
            createdAt: 1,
            activeFrom: 1
        )
        let update = builder.apply(news([sealing], "k1"))
        #expect(update.changesKeys && !update.changesRegistry)
        #expect(update.changes.map(\.effect) == [.added])
        #expect(builder.contents.keys.sealing.keys.count == 1)
        #expect(!builder.apply(news([sealing], "k1")).changesKeys)
        let gone = builder.apply(news([] as [KeyRecord], "k1"))
        #expect(gone.changesKeys && gone.changes.map(\.effect) == [.removed])
    }

    @Test func `a trust set that is no set of CAs is left out, and its clients find none`() {
        var builder = builder()
        let broken = TrustSetRecord(name: "broken", caCertificates: [[0x30, 0x00]], created: 1)
        let update = builder.apply(news([broken], "broken"))
        #expect(update.changesRegistry)
        #expect(builder.contents.trustSets.isEmpty)
        #expect(builder.registry(revocations: [:]).trustSets.isEmpty)
    }

    @Test func `whose keys are to be fetched follows the records`() {
        var builder = builder()
        var fetching = record("app")
        fetching.authenticationMethod = "private_key_jwt"
        fetching.jwksURI = "https://client.example/jwks"
        _ = builder.apply(client(fetching))
        #expect(builder.contents.remoteKeys["app"]?.uri == fetching.jwksURI)
        #expect(builder.contents.remoteKeys["app"]?.wereFetched == false)
        fetching.fetchedJWKS = #"{"keys":[]}"#
        _ = builder.apply(client(fetching))
        #expect(builder.contents.remoteKeys["app"]?.wereFetched == true)
        _ = builder.apply(client(record("app")))
        #expect(builder.contents.remoteKeys.isEmpty)
        _ = builder.apply(client(fetching))
        _ = builder.apply(client(nil))
        #expect(builder.contents.remoteKeys.isEmpty)
    }

    @Test func `issuers follow the records, and one that cannot be used is not trusted`() {
        let lines = RecordedLog.Lines()
        var builder = RegistryBuilder(switchedOff, log: lines.logger)
        let batch = { (records: [IssuerRecord], ids: [String]) -> StoreNews in
            .changes(
                StoreNews.Batch(items: ids.map { item(.issuer, $0, .issuer) }, issuers: records)
            )
        }
        var broken = issuer("broken")
        broken.algorithms = ["HS256"]
        let update = builder.apply(batch([issuer("one"), broken], ["one", "broken"]))
        #expect(update.changesRegistry && update.changes.map(\.effect) == [.added, .removed])
        #expect(update.keyOwners == [.issuer("one"), .issuer("broken")])
        #expect(builder.contents.issuers.all.map(\.name) == ["one"])
        #expect(builder.contents.remoteKeys[.issuer("one")]?.wereFetched == false)
        let served = builder.registry(revocations: [:]).issuers
        #expect(served.named("one")?.hasRemoteKeys == true && served.named("broken") == nil)
        #expect(lines.take().compactMap { $0.metadata["issuer"] } == ["broken"])
        let gone = builder.apply(batch([], ["one", "broken"]))
        #expect(gone.keyOwners == [.issuer("one"), .issuer("broken")])
        #expect(builder.contents.issuers.all.isEmpty && builder.contents.remoteKeys.isEmpty)
    }

    @Test func `everything anew takes the place of what was there`() {
        var builder = builder()
        _ = builder.apply(client(record("old"), "old"))
        var contents = RegistryContents(clientsExpected: 1, log: log)
        contents.insert(record("app"))
        contents.set(user("admin"), named: "admin")
        let update = builder.apply(.whole(contents, []))
        #expect(update.isWhole && update.changesRegistry && update.changes.isEmpty)
        #expect(served("old", &builder) == nil && served("app", &builder) != nil)
    }

    @Test func `clients that take turns in their policies share them, and none has another's`() {
        var contents = RegistryContents(log: log)
        for number in 0..<6 {
            var one = record("app\(number)")
            one.scopes = number.isMultiple(of: 2) ? ["read"] : ["read", "write"]
            if number == 5 { one.tokenSigningAlgorithm = "PS256" }
            contents.insert(one)
        }
        for number in 0..<6 {
            let client = contents.clients.client(Array("app\(number)".utf8).span)
            let scopes = number.isMultiple(of: 2) ? ["read"] : ["read", "write"]
            #expect(client?.policy.scopes == scopes)
            #expect(client?.grantPolicy.signingAlgorithm == (number == 5 ? .ps256 : .es256))
        }
        #expect(contents.keyKinds.contains(.signs(.ps256)))
    }

    @Test func `an algorithm of a client that cannot be served needs no key`() {
        var contents = RegistryContents(log: log)
        var bad = record("bad")
        bad.tokenSigningAlgorithm = "PS256"
        bad.clientID = "b\"d"
        contents.insert(bad)
        #expect(!contents.keyKinds.contains(.signs(.ps256)))
        var good = record("good")
        good.tokenSigningAlgorithm = "PS256"
        contents.insert(good)
        #expect(contents.keyKinds.contains(.signs(.ps256)))
    }

    @Test func `a client that was switched off stays off until the record says so itself`() {
        var builder = builder()
        _ = builder.apply(client(record("app")))
        _ = builder.registry(revocations: [:])
        let (number, isServed) = switchedOff.switchOff("app")
        #expect(isServed)
        // Read before the switch: it says nothing about it.
        #expect(builder.apply(client(record("app"), number: nil)).changesRegistry)
        #expect(switchedOff.covers("app"))
        #expect(served("app", &builder)?.isEnabled == false)
        switchedOff.noteWritten("app", number)
        let later = switchedOff.number(of: "app")
        let update = builder.apply(client(record("app", enabled: false), number: later))
        // The switch has a line of its own.
        #expect(update.changes.isEmpty && update.changesRegistry)
        #expect(!switchedOff.covers("app"))
        #expect(served("app", &builder)?.isEnabled == false)
    }

    @Test func `everything anew settles switches too, by what was read of each`() {
        var builder = builder()
        let (number, _) = switchedOff.switchOff("app")
        switchedOff.noteWritten("app", number)
        var contents = RegistryContents(log: log)
        contents.insert(record("app", enabled: true))
        let current = switchedOff.number(of: "app")
        let switches = [
            StoreNews.Switch(clientID: "app", number: current, record: record("app")),
            StoreNews.Switch(clientID: "never", number: nil, record: nil),
        ]
        _ = builder.apply(.whole(contents, switches))
        // A command has enabled it since.
        #expect(!switchedOff.covers("app"))
        #expect(served("app", &builder)?.isEnabled == true)
    }
}
