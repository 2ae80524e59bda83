// SPDX-License-Identifier: Apache-2.0
import OAuthTesting
import Testing

@testable import OAuth

struct ClientRegistryTests {
    private func find(_ id: String, in registry: ClientRegistry) -> Client? {
        registry.client(Array(id.utf8).span)
    }

    @Test func `a client is found by its whole id and by nothing else`() throws {
        var registry = ClientRegistry()
        let app = try client("app")
        registry.insert(app)
        #expect(find("app", in: registry) === app)
        for id in ["", "ap", "app ", "apps", "App", "app\u{0}"] {
            #expect(find(id, in: registry) == nil)
        }
        #expect(registry.count == 1)
    }

    @Test func `an empty registry has no client`() {
        let registry = ClientRegistry()
        #expect(find("app", in: registry) == nil)
        #expect(registry.count == 0)
    }

    @Test func `a client with the id of another takes its place`() throws {
        var registry = ClientRegistry()
        let (old, new) = (try client("app"), try client("app", isEnabled: false))
        registry.insert(old)
        registry.insert(try client("other"))
        registry.insert(new)
        #expect(find("app", in: registry) === new)
        #expect(registry.count == 2)
    }

    @Test func `a removed client is gone, and only that one`() throws {
        var registry = ClientRegistry()
        for id in ["app", "other"] { registry.insert(try client(id)) }
        registry.remove("app")
        #expect(find("app", in: registry) == nil)
        #expect(find("other", in: registry) != nil)
        #expect(registry.count == 1)
        registry.remove("app")
        registry.remove("nobody")
        #expect(registry.count == 1)
        registry.insert(try client("app"))
        #expect(find("app", in: registry) != nil)
        #expect(registry.count == 2)
    }

    @Test func `a copy does not see later changes`() throws {
        var registry = ClientRegistry()
        let old = try client("app")
        registry.insert(old)
        let snapshot = registry
        registry.insert(try client("app", isEnabled: false))
        registry.insert(try client("late"))
        registry.remove("app")
        #expect(find("app", in: snapshot) === old)
        #expect(find("late", in: snapshot) == nil)
        #expect(snapshot.count == 1)
    }

    @Test(arguments: [0, 20_000])
    func `many clients are all found, whatever was expected`(expected: Int) throws {
        var registry = ClientRegistry(expected: expected)
        let ids = (0..<5_000).map { "client-\($0)" }
        for id in ids { registry.insert(try client(id, certificates: [])) }
        #expect(registry.count == ids.count)
        for id in ids.prefix(2_500) { registry.remove(id) }
        #expect(registry.count == 2_500)
        for (index, id) in ids.enumerated() {
            #expect((find(id, in: registry) != nil) == (index >= 2_500))
        }
        #expect(find("client-5000", in: registry) == nil)
    }

    @Test(arguments: ["a", "A-b_c.d~", "with space", "https://client.example/?a=b&c", "{}[]"])
    func `an id may have every character that JSON takes as it is`(id: String) throws {
        #expect(try client(id).id == Array(id.utf8))
    }

    @Test(arguments: ["", "\"", "a\\b", "tab\t", "line\n", "nul\u{0}", "\u{7f}", "é"])
    func `an id with other characters is refused`(id: String) {
        let made = Client(
            id: id,
            policy: policy(),
            isEnabled: true,
            secret: nil,
            trust: nil,
            certificates: []
        )
        #expect(made == nil)
    }

    @Test func `a client has the certificates that it registered, each in its time`() throws {
        let early = RegisteredCertificate(
            thumbprint: thumbprint(1),
            notBefore: 100,
            notAfter: 200
        )
        let late = RegisteredCertificate(thumbprint: thumbprint(2), notBefore: 150, notAfter: 300)
        let app = try client(certificates: [early, late])
        #expect(app.certificates == [early, late])
        #expect(try client(certificates: []).certificates == [])
        for now in [100, 150, 200] as [Int64] { #expect(app.accepts(thumbprint(1), now: now)) }
        for now in [99, 201] as [Int64] { #expect(!app.accepts(thumbprint(1), now: now)) }
        for now in [150, 300] as [Int64] { #expect(app.accepts(thumbprint(2), now: now)) }
        for now in [149, 301] as [Int64] { #expect(!app.accepts(thumbprint(2), now: now)) }
        #expect(!app.accepts(thumbprint(3), now: 175))
        #expect(try !client(certificates: []).accepts(thumbprint(1), now: 150))
    }
}
