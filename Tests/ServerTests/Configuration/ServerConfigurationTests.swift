// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import OAuth
import Reactor
import Serving
import TLS
import TestSupport
import Testing

@testable import Server

@Suite struct ServerConfigurationTests {
    @Test func `the example file documents every key and equals the defaults`() throws {
        let path = exampleFile()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let loaded = try ServerConfiguration.loadWithOrigins(
            file: path,
            environment: [:],
            overrides: ConfigurationOverrides()
        )
        #expect(try defaults() == loaded.configuration)
        let said = loaded.settings.filter { setting in
            if case .file(path, _?) = setting.origin { true } else { false }
        }.map(\.key)
        for key in ServerConfiguration.keys {
            let leaf = try #require(key.components.last)
            if key.standard != nil {
                #expect(said.contains(key.isTemplate ? key.named("main").name : key.name))
            } else {
                #expect(text.contains("# \(leaf): ") || text.contains("#     \(leaf): "))
            }
            if case .integer(let range) = key.kind {
                #expect(text.contains("\(range.lowerBound) to \(range.upperBound)"), "\(key.name)")
            }
            if case .choice(let words) = key.kind {
                for word in words { #expect(text.contains(word), "\(key.name)") }
            }
        }
    }

    @Test func `every value in the example file is the key's default`() throws {
        var source: [ConfigurationFinding] = []
        let file = ConfigurationSource.file(
            exampleFile(),
            keys: ServerConfiguration.keys,
            findings: &source
        )
        #expect(source.isEmpty)
        for (name, entry) in file.entries {
            let key = try #require(ServerConfiguration.keys.first { $0.matches(name) })
            #expect(entry.raw.text == key.standard, "\(name)")
        }
    }

    @Test func `the table has no key twice and only good defaults`() throws {
        let keys = ServerConfiguration.keys
        #expect(Set(keys.map(\.name)).count == keys.count)
        #expect(Set(keys.map(\.environmentVariable)).count == keys.count)
        for key in keys {
            #expect(!key.documentation.isEmpty)
            guard let standard = key.standard else { continue }
            #expect(throws: Never.self) { try key.parse(.untyped(standard)) }
        }
    }

    @Test func `flags are stronger than environment, that than the file, that than defaults`()
        throws
    {
        let text = "{reactors: 2, data: /file, issuer: 'https://file', log: {level: debug}}"
        let file = try load(text)
        #expect((file.reactors, file.dataDirectory, file.issuer) == (2, "/file", "https://file"))
        let environment = [
            "HANDFAST_REACTORS": "3", "HANDFAST_DATA": "/environment",
            "HANDFAST_LIMITS_HALF_OPEN_HANDSHAKES": "7",
        ]
        let both = try load(text, environment: environment)
        #expect((both.reactors, both.dataDirectory) == (3, "/environment"))
        #expect((both.issuer, both.log.level) == ("https://file", .debug))
        #expect(both.connections.halfOpenHandshakes == 7)
        let all = try load(
            text,
            environment: environment,
            overrides: ConfigurationOverrides(reactors: 4, issuer: "https://flag")
        )
        #expect((all.reactors, all.dataDirectory) == (4, "/environment"))
        #expect((all.issuer, all.tokens.audience) == ("https://flag", "https://flag"))
        #expect(all.tokens.lifetime == 3600)
    }

    @Test func `the origin of every value is known`() throws {
        let settings = try ServerConfiguration.loadWithOrigins(
            file: nil,
            environment: ["HANDFAST_TLS_RESUMPTION": "store"],
            overrides: ConfigurationOverrides(listen: "10.0.0.1:443")
        ).settings.map(\.description)
        #expect(
            settings.contains(
                "tls.resumption: store (environment variable HANDFAST_TLS_RESUMPTION)"
            )
        )
        #expect(settings.contains("listeners.main.address: 10.0.0.1:443 (flag --listen)"))
        #expect(
            settings.contains("issuer: https://10.0.0.1:443 (derived from listeners.main.address)")
        )
        #expect(settings.contains("log.level: info (default)"))
    }

    @Test func `a bad value is told even where a stronger source hides it`() throws {
        let found = try findings(
            "reactors: x",
            overrides: ConfigurationOverrides(reactors: 2)
        )
        #expect(found.map(\.key) == ["reactors"])
        let flag = try findings("{}", overrides: ConfigurationOverrides(listen: "nowhere"))
        #expect(flag.map(\.origin) == [.flag("--listen")])
    }

    @Test func `the listen flag stands in for all listeners`() throws {
        let one = try load(
            "listeners: {main: {address: 'a:1', client_certificate: none}, b: {address: 'b:2'}}",
            overrides: ConfigurationOverrides(listen: "[::1]:7443")
        )
        #expect(one.listeners.map(\.address.description) == ["[::1]:7443"])
        #expect(one.listeners.map(\.clientCertificate) == [.want])
        #expect(one.issuer == "https://localhost:7443")
    }

    @Test func `the environment can name listeners of its own`() throws {
        let two = try load(
            "listeners: {main: {address: 'a:1'}}",
            environment: [
                "HANDFAST_LISTENERS_INNER_NET_ADDRESS": "10.0.0.1:8443",
                "HANDFAST_LISTENERS_MAIN_CLIENT_CERTIFICATE": "need",
            ]
        )
        #expect(two.listeners.map(\.name) == ["main", "inner-net"])
        #expect(two.listeners.map(\.clientCertificate) == [.need, .want])
        #expect(two.listeners[1].address.port == 8443)
    }

    @Test func `a misspelt variable of a known section is an error, any other is not ours`()
        throws
    {
        let found = try findings("{}", environment: ["HANDFAST_TLS_RESUMPTOIN": "x"])
        #expect(found.map(\.key) == ["HANDFAST_TLS_RESUMPTOIN"])
        #expect(found.first?.reason.contains("did you mean HANDFAST_TLS_RESUMPTION?") == true)
        let others = [
            "HANDFAST_BINARY": "x", "HANDFAST_TOKENS_SERVICE_HOST": "10.0.0.1",
            "HANDFAST_TOKENS_PORT_9443_TCP": "tcp://10.0.0.1:9443", "PATH": "/bin",
        ]
        #expect(try findings("{}", environment: others).isEmpty)
        let empty = try findings("{}", environment: ["HANDFAST_ISSUER": ""])
        #expect(empty.first?.reason.contains("is empty") == true)
    }

    @Test func `a default gives way to what another key allows`() throws {
        let small = try load(
            "{limits: {connections: 1, request_seconds: 4}, tls: {ticket_key_rotation: 60}}"
        )
        #expect(small.connections.halfOpenHandshakes == 1)
        #expect(small.connections.header == 4_000)
        #expect(small.tls.sessionLifetime == 1440)
        #expect(small.reactors == 1)
    }

    @Test(arguments: [
        ("127.0.0.1:9443", "https://localhost:9443"), ("127.8.8.8:1", "https://localhost:1"),
        ("[::1]:2", "https://localhost:2"), ("LocalHost:3", "https://localhost:3"),
        ("0.0.0.0:4", "https://localhost:4"), ("[::]:5", "https://localhost:5"),
        ("id.example.com:443", "https://id.example.com:443"),
        ("[2001:db8::7]:6", "https://[2001:db8::7]:6"), ("10.1.2.3:7", "https://10.1.2.3:7"),
        ("127.example.com:8", "https://127.example.com:8"),
    ])
    func `the issuer follows from the first listener`(_ address: String, _ issuer: String)
        throws
    {
        let loaded = try load("{}", overrides: ConfigurationOverrides(listen: address))
        #expect(loaded.issuer == issuer)
    }

    @Test func `check prints ok, and with verbose where everything comes from`() throws {
        let check = ConfigurationCheck { _, _ in CertificatePairReport() }
        let scratch = try Scratch()
        let path = try scratch.file("h.yaml", "reactors: 2")
        let plain = check.run(
            file: path,
            environment: [:],
            overrides: ConfigurationOverrides(),
            verbose: false,
            now: 1_800_000_000
        )
        #expect(plain == .init(isGood: true, output: "\(path): ok\n", errors: ""))
        let long = check.run(
            file: path,
            environment: [:],
            overrides: ConfigurationOverrides(data: "/d"),
            verbose: true,
            now: 1_800_000_000
        )
        #expect(long.output.contains("\nreactors: 2 (\(path):1)\n"))
        #expect(long.output.contains("\ndata: /d (flag --data)\n"))
    }

    @Test func `check names the certificate that cannot be used, and every other problem`()
        throws
    {
        let check = ConfigurationCheck { pair, _ in
            let finding = CertificatePairFinding(.key, "is not this certificate's")
            return CertificatePairReport(findings: pair.name == "b" ? [finding] : [])
        }
        let scratch = try Scratch()
        let pairs =
            "tls: {certificates: {a: {certificate: a, key: b}, b: {certificate: c, key: d}}}"
        let one = check.run(
            file: try scratch.file("h.yaml", pairs),
            environment: [:],
            overrides: ConfigurationOverrides(),
            verbose: false,
            now: 1_800_000_000
        )
        #expect(!one.isGood)
        #expect(one.output.isEmpty)
        #expect(one.errors.hasPrefix("tls.certificates.b.key: \"\(scratch.path)/d\" is not this"))
        let two = check.run(
            file: try scratch.file("g.yaml", "reactors: x\nlog: {level: y}"),
            environment: [:],
            overrides: ConfigurationOverrides(),
            verbose: false,
            now: 1_800_000_000
        )
        #expect(two.errors.split(separator: "\n").count == 2)
    }
}
