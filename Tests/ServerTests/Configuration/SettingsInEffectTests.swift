// SPDX-License-Identifier: Apache-2.0
import Administration
import Reactor
import Testing

@testable import Server

/// The configuration as administrators read it.
struct SettingsInEffectTests {
    private func configuration(
        _ overrides: ConfigurationOverrides = ConfigurationOverrides(),
        _ environment: [String: String] = [:]
    ) throws -> ServerConfiguration {
        try ServerConfiguration.load(file: nil, environment: environment, overrides: overrides)
    }

    private func setting(
        _ key: String,
        _ configuration: ServerConfiguration
    ) throws -> ServerFacts.Setting {
        try #require(configuration.facts.settings.first { $0.key == key })
    }

    @Test func `each value comes with its place`() throws {
        let loaded = try configuration(
            ConfigurationOverrides(listen: "10.0.0.1:443"),
            ["HANDFAST_KEYS_ROTATE_DAYS": "30"]
        )
        let days = try setting("keys.rotate_days", loaded)
        #expect(days.value == "30" && days.source == .environment)
        #expect(days.origin == "environment variable HANDFAST_KEYS_ROTATE_DAYS")
        #expect(loaded.facts.keySchedule != nil)
        #expect(try setting("listeners.main.address", loaded).source == .option)
        let issuer = try setting("issuer", loaded)
        #expect(issuer.value == "https://10.0.0.1:443" && issuer.source == .derived)
        #expect(!issuer.needsRestart)
        let level = try setting("log.level", loaded)
        #expect(level.source == .standard && level.value == "info")
        #expect(!level.documentation.isEmpty)
        #expect(try setting("data", loaded).needsRestart)
        #expect(try configuration().facts.keySchedule == nil)
    }

    @Test func `a port that the system chose stands in the place of 0`() throws {
        let loaded = try configuration(ConfigurationOverrides(listen: "127.0.0.1:0"))
            .serving(at: [SocketAddress(host: "127.0.0.1", port: 4711)])
        #expect(try setting("listeners.main.address", loaded).value == "127.0.0.1:4711")
        #expect(try setting("issuer", loaded).value == "https://localhost:4711")
        #expect(try setting("tokens.audience", loaded).value == "https://localhost:4711")
    }

    @Test func `after a reload the values that stay are told, and not those that were read`() throws
    {
        let old = try configuration(
            ConfigurationOverrides(listen: "127.0.0.1:1", reactors: 1)
        )
        var new = try configuration(
            ConfigurationOverrides(listen: "127.0.0.1:2", reactors: 2),
            ["HANDFAST_LOG_LEVEL": "debug"]
        )
        let count = new.facts.settings.count
        new.keepFixed(of: old)
        #expect(try setting("reactors", new).value == "1")
        #expect(try setting("listeners.main.address", new).value == "127.0.0.1:1")
        #expect(try setting("log.level", new).value == "debug")
        #expect(new.facts.settings.count == count)
    }
}
