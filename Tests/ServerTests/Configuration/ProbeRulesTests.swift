// SPDX-License-Identifier: Apache-2.0
import Administration
import Reactor
import TLS
import TestSupport
import Testing

@testable import Server

struct ProbeRulesTests {
    private static let at = "address: '127.0.0.1:9445'"

    @Test func `without a word there is no such listener`() throws {
        #expect(try load("data: /d").probe == ProbeSettings())
        #expect(try load("probe: {address: none}").probe.address == nil)
    }

    @Test(arguments: ["127.0.0.1:9445", "0.0.0.0:9445", "[::]:1", "probe.example.com:2", "unix:/p"])
    func `any address is taken`(_ text: String) throws {
        let probe = try load("probe: {address: '\(text)'}").probe
        #expect(probe.address?.description == text)
        #expect(probe.pair == nil && !probe.hasMetrics)
    }

    @Test(arguments: ["None", "9445", "127.0.0.1:0", "unix:p", "http://127.0.0.1:1"])
    func `what is no address is refused`(_ text: String) throws {
        #expect(try findings("probe: {address: '\(text)'}").map(\.key) == ["probe.address"])
    }

    @Test(arguments: [
        ("\(at), certificate: /c", "probe.key"), ("\(at), key: /k", "probe.certificate"),
        ("\(at), metrics: true, metrics_clients: /m", "probe.metrics_clients"),
        ("\(at), certificate: /c, key: /k, metrics_clients: /m", "probe.metrics_clients"),
        ("metrics: true", "probe.metrics"), ("metrics_clients: /m", "probe.metrics_clients"),
    ])
    func `a key without what it needs is refused`(_ keys: String, _ key: String) throws {
        #expect(try findings("probe: {\(keys)}").map(\.key) == [key])
    }

    @Test func `a listener that is switched off needs none of them`() throws {
        let text = "{address: none, certificate: /c, key: /k, metrics: true, metrics_clients: /m}"
        #expect(try findings("probe: \(text)").isEmpty)
    }

    @Test func `everything together is taken`() throws {
        let keys = "\(Self.at), certificate: /c, key: /k, metrics: true, metrics_clients: /m"
        let loaded = try load("probe: {\(keys)}")
        #expect(loaded.probe.pair?.certificate == "/c" && loaded.probe.pair?.key == "/k")
        #expect(loaded.probe.hasMetrics && loaded.probe.metricsClients == "/m")
        #expect(loaded.warnings.isEmpty)
        let named = loaded.namedFiles.map(\.path)
        #expect(["/c", "/k", "/m"].allSatisfy(named.contains))
    }

    @Test(arguments: [
        ("listeners: {main: {address: '127.0.0.1:9445'}}", "listener main"),
        ("administration: {address: '127.0.0.1:9445'}", "administration.address"),
    ])
    func `it cannot be where others come in`(_ other: String, _ word: String) throws {
        let found = try findings("probe: {\(Self.at)}\n\(other)")
        #expect(found.map(\.key) == ["probe.address"])
        #expect(found.first?.description.contains(word) == true)
    }

    @Test(arguments: [
        ("'0.0.0.0:1'", "", 1), ("'192.0.2.1:1'", "", 1),
        ("'0.0.0.0:1'", "certificate: /c, key: /k,", 1),
        ("'0.0.0.0:1'", "certificate: /c, key: /k, metrics_clients: /m,", 0),
        ("'127.0.0.1:1'", "", 0), ("'[::1]:1'", "", 0), ("'unix:/p'", "", 0),
    ])
    func `metrics for everybody beyond this machine are warned of`(
        _ address: String,
        _ more: String,
        _ count: Int
    ) throws {
        let loaded = try load("probe: {address: \(address), \(more) metrics: true}")
        #expect(loaded.warnings.map(\.key) == Array(repeating: "probe.metrics", count: count))
    }

    @Test func `files that cannot be read are found by check`() throws {
        let scratch = try Scratch()
        let file = try scratch.file(
            "h.yaml",
            "probe: {\(Self.at), certificate: c, key: k, metrics: true, metrics_clients: m}"
        )
        let report = ConfigurationCheck().run(
            file: file,
            environment: [:],
            overrides: ConfigurationOverrides(),
            verbose: false,
            now: 1
        )
        #expect(!report.isGood)
        for key in ["probe.certificate", "probe.key", "probe.metrics_clients"] {
            #expect(report.errors.contains(key))
        }
    }

    // MARK: where health is asked

    private func place(
        _ text: String,
        _ environment: [String: String] = [:],
        data: String? = nil
    ) throws -> String? {
        let scratch = try Scratch()
        return try ServerConfiguration.healthPlace(
            file: try scratch.file("h.yaml", text),
            environment: environment,
            flags: ConfigurationOverrides(data: data)
        )?.description
    }

    @Test func `health is asked of probes, else of the administrators' listener`() throws {
        #expect(try place("probe: {\(Self.at)}") == "http://127.0.0.1:9445")
        #expect(try place("probe: {address: '0.0.0.0:1'}") == "http://127.0.0.1:1")
        #expect(try place("probe: {address: '[::]:1'}") == "http://[::1]:1")
        let secured = "probe: {\(Self.at), certificate: /c, key: /k}"
        #expect(try place(secured) == "https://127.0.0.1:9445")
        #expect(try place("data: /d") == "unix:/d/admin.sock")
        #expect(try place("data: /d", data: "/e") == "unix:/e/admin.sock")
        #expect(try place("administration: {address: '[::1]:2'}") == "http://[::1]:2")
        #expect(try place("administration: {address: none}") == nil)
        let variables = ["HANDFAST_PROBE_ADDRESS": "127.0.0.1:3"]
        #expect(try place("data: /d", variables) == "http://127.0.0.1:3")
    }

    @Test func `a mistake elsewhere does not hide it, and one of its own does`() throws {
        #expect(try place("{issuer: x, probe: {\(Self.at)}}") == "http://127.0.0.1:9445")
        #expect(throws: ConfigurationError.self) { try place("probe: {address: x}") }
        #expect(throws: ConfigurationError.self) { try place("probe: {\(Self.at), key: /k}") }
    }
}
