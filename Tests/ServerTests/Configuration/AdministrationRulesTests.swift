// SPDX-License-Identifier: Apache-2.0
import Administration
import Reactor
import TestSupport
import Testing

@testable import Server

struct AdministrationRulesTests {
    private func address(_ text: String) throws -> String? {
        let loaded = try load("administration: {address: '\(text)'}")
        return loaded.administration.address?.description
    }

    @Test func `without a word it is a socket in the data directory`() throws {
        let first = try load("data: /srv/h")
        #expect(first.administration.address?.path == "/srv/h/admin.sock")
        let second = try load("data: /srv/h/")
        #expect(second.administration.address?.path == "/srv/h/admin.sock")
        #expect(try defaults().administration.address?.path == "/var/lib/handfast/admin.sock")
    }

    @Test(arguments: [
        "unix:/run/a.sock", "127.0.0.1:9444", "127.9.9.9:1", "[::1]:9444", "localhost:9444",
    ])
    func `an address on this machine is taken`(_ text: String) throws {
        #expect(try address(text) == text)
    }

    @Test func `none is nowhere`() throws {
        #expect(try address("none") == nil)
        let variables = ["HANDFAST_ADMINISTRATION_ADDRESS": "none"]
        #expect(try load("data: /srv/h", environment: variables).administration.address == nil)
    }

    @Test(arguments: [
        "0.0.0.0:9444", "[::]:9444", "192.0.2.1:9444", "10.0.0.1:9444", "id.example.com:9444",
        "127.example.com:1", "[::ffff:127.0.0.1]:1", "[fe80::1]:1", "localhost.example.com:1",
        "128.0.0.1:1",
    ])
    func `an address that others reach is refused`(_ text: String) throws {
        let found = try findings("administration: {address: '\(text)'}")
        #expect(found.map(\.key) == ["administration.address"])
        #expect(found.first?.description.contains("not on this machine alone") == true)
    }

    @Test(arguments: ["None", "off", "unix:", "unix:a.sock", "unix:/", "9444", "127.0.0.1:0"])
    func `what is no address is refused`(_ text: String) throws {
        let found = try findings("administration: {address: '\(text)'}")
        #expect(found.map(\.key) == ["administration.address"])
    }

    @Test func `a data directory with too long a path names the key`() throws {
        let room = ListenAddress.pathBytesMax - "/admin.sock".utf8.count
        let fits = "/" + String(repeating: "d", count: room - 1)
        #expect(try load("data: \(fits)").administration.address?.path == fits + "/admin.sock")
        let found = try findings("data: \(fits)d")
        #expect(found.map(\.key) == ["administration.address"])
        #expect(found.first?.description.contains("too long a path") == true)
        // With an address of its own, or none, nothing is wrong.
        for text in ["none", "unix:/run/a.sock"] {
            let other = "{data: \(fits)d, administration: {address: '\(text)'}}"
            #expect(try findings(other).isEmpty)
        }
    }

    @Test func `it cannot be where clients come in`() throws {
        let found = try findings(
            """
            listeners: {main: {address: '127.0.0.1:1'}}
            administration: {address: '127.0.0.1:1'}
            """
        )
        #expect(found.map(\.key) == ["administration.address"])
        #expect(found.first?.description.contains("listener main") == true)
    }

    @Test func `check says where it comes from`() throws {
        let scratch = try Scratch()
        let file = try scratch.file("h.yaml", "data: /d")
        let settings = try ServerConfiguration.loadWithOrigins(
            file: file,
            environment: [:],
            overrides: ConfigurationOverrides()
        ).settings.map(\.description)
        #expect(settings.contains("administration.address: unix:/d/admin.sock (derived from data)"))
    }

    @Test func `it changes with a restart only`() throws {
        let old = try load("administration: {address: '127.0.0.1:1'}")
        var new = try load("administration: {address: none}")
        #expect(old.fixedDifferences(to: new) == ["administration.address"])
        new.keepFixed(of: old)
        #expect(new.administration == old.administration)
    }
}
