// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Server

/// One broken file: the key that must be named, and a part of the reason.
struct Broken: Sendable, CustomTestStringConvertible {
    let text: String
    let key: String
    let reason: String
    var fileExtension = "yaml"

    var testDescription: String { "\(fileExtension): \(text)" }
}

private func yaml(_ text: String, _ key: String, _ reason: String) -> Broken {
    Broken(text: text, key: key, reason: reason)
}

private func json(_ text: String, _ key: String, _ reason: String) -> Broken {
    Broken(text: text, key: key, reason: reason, fileExtension: "json")
}

@Suite struct BrokenConfigurationTests {
    static let values: [Broken] = [
        yaml("data: ~/handfast", "data", "begins with ~"),
        yaml("data: [a, b]", "data", "is a list"),
        yaml("data: \"a\\tb\"", "data", "control characters"),
        yaml("issuer: http://localhost", "issuer", "does not begin with https://"),
        yaml("issuer: https://a.example/?x=1", "issuer", "has a query"),
        yaml("issuer: \"https://a.example/#x\"", "issuer", "has a fragment"),
        yaml("issuer: https://u:p@a.example", "issuer", "has user information"),
        yaml("issuer: https://", "issuer", "has no host"),
        yaml("issuer: https://a.example:0", "issuer", "has a bad port"),
        yaml("issuer: https://a.example:99999", "issuer", "has a bad port"),
        yaml("issuer: https://a_b.example", "issuer", "has a bad host name"),
        yaml("issuer: https://a.example/a b", "issuer", "URL's path"),
        yaml("issuer: https://a.example/%4", "issuer", "URL's path"),
        yaml("issuer: https://a.example/a/../b", "issuer", "has . or .. in its path"),
        yaml("issuer: https://a.example/.", "issuer", "has . or .. in its path"),
        yaml("reactors: many", "reactors", "is not a whole number"),
        yaml("reactors: -1", "reactors", "is out of range"),
        yaml("reactors: 257", "reactors", "is out of range"),
        yaml("reactors: 0x10", "reactors", "is not a whole number"),
        yaml("reactors: 2.0", "reactors", "is not a whole number"),
        yaml("reactors: 99999999999999999999", "reactors", "is out of range"),
        yaml("tls: {resumption: sometimes}", "tls.resumption", "is not known"),
        yaml("tls: {resumption: Tickets}", "tls.resumption", "is not known"),
        yaml("tls: {session_lifetime: 0}", "tls.session_lifetime", "is out of range"),
        yaml("tls: {session_lifetime: 86401}", "tls.session_lifetime", "is out of range"),
        yaml("tls: {ticket_key_rotation: 59}", "tls.ticket_key_rotation", "is out of range"),
        yaml("tls: {session_store_max: 0}", "tls.session_store_max", "is out of range"),
        yaml("tls: {slim_provider: yes}", "tls.slim_provider", "is neither true nor false"),
        yaml("tls: {minimum_version: 1.1}", "tls.minimum_version", "is not known"),
        yaml("tokens: {lifetime: 0}", "tokens.lifetime", "is out of range"),
        yaml("tokens: {lifetime: 31536001}", "tokens.lifetime", "is out of range"),
        yaml("tokens: {realm: 'a\"b'}", "tokens.realm", "cannot stand here"),
        yaml("tokens: {audience: \"a\\nb\"}", "tokens.audience", "cannot stand here"),
        yaml("limits: {connections: 0}", "limits.connections", "is out of range"),
        yaml("limits: {header_bytes: 100}", "limits.header_bytes", "is out of range"),
        yaml("limits: {body_bytes: 1048577}", "limits.body_bytes", "is out of range"),
        yaml("limits: {pipeline_depth: 0}", "limits.pipeline_depth", "is out of range"),
        yaml("limits: {handshake_seconds: 61}", "limits.handshake_seconds", "is out of range"),
        yaml("limits: {idle_seconds: 5s}", "limits.idle_seconds", "is not a whole number"),
        yaml("limits: {drain_seconds: -1}", "limits.drain_seconds", "is out of range"),
        yaml("limits: {client_rate: 100}", "limits.client_rate", "is no rate"),
        yaml("limits: {client_rate: 0/60}", "limits.client_rate", "or none"),
        yaml("limits: {address_rate: 1/86401}", "limits.address_rate", "1 to 86400"),
        yaml("limits: {address_rate: off}", "limits.address_rate", "is no rate"),
        json(#"{"limits": {"client_rate": 100}}"#, "limits.client_rate", "is not a string"),
        yaml("workers: {threads: 1000}", "workers.threads", "is out of range"),
        yaml("workers: {queue: 0}", "workers.queue", "is out of range"),
        yaml("log: {level: loud}", "log.level", "is not known"),
        yaml("log: {format: xml}", "log.format", "is not known"),
        yaml("log: {requests: 1}", "log.requests", "is neither true nor false"),
        json(#"{"reactors": true}"#, "reactors", "is not a number"),
        json(#"{"reactors": "4"}"#, "reactors", "is not a number"),
        json(#"{"log": {"requests": 1}}"#, "log.requests", "is neither true nor false"),
        json(#"{"log": {"requests": "true"}}"#, "log.requests", "is neither true nor false"),
        json(#"{"data": 5}"#, "data", "is not a string"),
        json(#"{"issuer": ""}"#, "issuer", "is empty"),
        json(#"{"tls": {"session_lifetime": 1.5}}"#, "tls.session_lifetime", "whole number"),
        json(#"{"limits": {"connections": [1]}}"#, "limits.connections", "is a list"),
    ]

    static let listeners: [Broken] = [
        yaml("listeners: {main: {address: 127.0.0.1}}", "listeners.main.address", "has no port"),
        yaml("listeners: {main: {address: '9443'}}", "listeners.main.address", "has no host"),
        yaml("listeners: {main: {address: '127.0.0.1:'}}", "listeners.main.address", "bad port"),
        yaml("listeners: {main: {address: 'a:-1'}}", "listeners.main.address", "bad port"),
        yaml("listeners: {main: {address: 'a:65536'}}", "listeners.main.address", "bad port"),
        yaml("listeners: {main: {address: 'a:+1'}}", "listeners.main.address", "bad port"),
        yaml("listeners: {main: {address: ':9443'}}", "listeners.main.address", "has no host"),
        yaml("listeners: {main: {address: '1.2.3:9'}}", "listeners.main.address", "bad IPv4"),
        yaml("listeners: {main: {address: '1.2.3.256:9'}}", "listeners.main.address", "bad IPv4"),
        yaml("listeners: {main: {address: '1.2.3.010:9'}}", "listeners.main.address", "bad IPv4"),
        yaml("listeners: {main: {address: '::1:9443'}}", "listeners.main.address", "brackets"),
        yaml("listeners: {main: {address: '[::1]'}}", "listeners.main.address", "has no port"),
        yaml("listeners: {main: {address: '[1::2::3]:9'}}", "listeners.main.address", "bad IPv6"),
        yaml("listeners: {main: {address: '-a:9'}}", "listeners.main.address", "bad host name"),
        yaml(
            "listeners: {other: {client_certificate: need}}",
            "listeners.other.address",
            "missing"
        ),
        yaml("listeners: {Main: {address: 'a:1'}}", "listeners.Main", "is not a name"),
        yaml("listeners: {1a: {address: 'a:1'}}", "listeners.1a", "is not a name"),
        yaml(
            "listeners: {main: {address: 'a:1', client_certificate: maybe}}",
            "listeners.main.client_certificate",
            "is not known"
        ),
        yaml(
            "listeners: {a: {address: '[::1]:9'}, b: {address: '[0:0::1]:9'}}",
            "listeners.b.address",
            "is the address of listener a too"
        ),
        yaml(
            "tls: {certificates: {rsa: {certificate: a.pem}}}",
            "tls.certificates.rsa.key",
            "is missing"
        ),
        yaml(
            "tls: {certificates: {rsa: {key: a.key}}}",
            "tls.certificates.rsa.certificate",
            "is missing"
        ),
    ]

    static let relations: [Broken] = [
        yaml("limits: {header_seconds: 31}", "limits.header_seconds", "limits.request_seconds"),
        yaml(
            "limits: {body_seconds: 20, request_seconds: 15}",
            "limits.body_seconds",
            "limits.request_seconds"
        ),
        yaml(
            "limits: {connections: 100, half_open_handshakes: 101}",
            "limits.half_open_handshakes",
            "limits.connections"
        ),
        yaml("{reactors: 4, limits: {connections: 3}}", "reactors", "limits.connections"),
        yaml(
            "tls: {session_lifetime: 86400, ticket_key_rotation: 60}",
            "tls.session_lifetime",
            "tls.ticket_key_rotation"
        ),
    ]

    static let unknown: [Broken] = [
        yaml("reactor: 3", "reactor", "did you mean reactors?"),
        yaml("limits: {conections: 3}", "limits.conections", "did you mean limits.connections?"),
        yaml("resumption: off", "resumption", "did you mean tls.resumption?"),
        yaml("tls: {lifetime: 5}", "tls.lifetime", "did you mean tokens.lifetime?"),
        yaml(
            "listeners: {main: {adress: 'a:1'}}",
            "listeners.main.adress",
            "did you mean listeners.main.address?"
        ),
        yaml("reactors: {count: 2}", "reactors.count", "reactors is a value, not a section"),
        yaml("tls: on", "tls", "is a section"),
        yaml("tls.resumption: off\ntls: {resumption: off}", "tls.resumption", "is given twice"),
        json(#"{"zzzzzzzzzz": {"qqqqqqq": 1}}"#, "zzzzzzzzzz.qqqqqqq", "unknown key"),
    ]

    /// Names without a value, in both ways that there are.
    static let valueless: [Broken] = [
        yaml("logg: {}", "logg", "unknown key"),
        yaml("logg:", "logg", "unknown key"),
        yaml("logg: []", "logg", "unknown key"),
        yaml("log: {formatt: {}}", "log.formatt", "did you mean log.format?"),
        yaml("log: {formatt: ~}", "log.formatt", "did you mean log.format?"),
        yaml("zzzzzzzzzz: {qqqqqqq: {}}", "zzzzzzzzzz.qqqqqqq", "unknown key"),
        yaml(
            "listeners: {main: {adress: {}}}",
            "listeners.main.adress",
            "did you mean listeners.main.address?"
        ),
        yaml("reactors: {}", "reactors", "is an empty section where one value belongs"),
        yaml("reactors: {count: }", "reactors.count", "reactors is a value, not a section"),
        yaml("listeners: {main: 5}", "listeners.main", "is a section"),
        json(#"{"logg": {}}"#, "logg", "unknown key"),
        json(#"{"log": {"formatt": null}}"#, "log.formatt", "did you mean log.format?"),
        json(#"{"reactors": {}}"#, "reactors", "is an empty section where one value belongs"),
    ]

    @Test(arguments: values + listeners + relations + unknown + valueless)
    func `a broken configuration is one problem that names key and reason`(
        _ broken: Broken
    ) throws {
        let found = try findings(broken.text, as: broken.fileExtension)
        #expect(found.map(\.key) == [broken.key])
        let line = try #require(found.first).description
        #expect(line.contains(broken.reason))
        #expect(line.hasPrefix("\(broken.key): "))
        #expect(line.contains("handfast.\(broken.fileExtension)"))
        #expect(!line.contains("\n"))
    }

    @Test func `everything that is wrong is told at once, in the order of the keys`() throws {
        let text = "log: {level: loud}\ndata: ~\nreactors: x\nissuer: ftp://a\nnew: 1"
        let found = try findings(text, environment: ["HANDFAST_WORKERS_QUEUE": "no"])
        #expect(found.map(\.key) == ["new", "issuer", "reactors", "workers.queue", "log.level"])
    }

    @Test func `a problem shows the value, except of an unknown key`() throws {
        let known = try findings("log: {level: loud}")
        #expect(known.first?.description.contains("\"loud\"") == true)
        let unknown = try findings("client_secret: hunter2")
        #expect(unknown.count == 1)
        #expect(unknown.first?.description.contains("hunter2") == false)
    }

    @Test func `control characters and length of a value do not reach the terminal`() throws {
        let found = try findings(
            "log: {level: \"a\\e[31m\\nok: fine \(String(repeating: "x", count: 500))\"}"
        )
        let line = try #require(found.first).description
        #expect(line.utf8.allSatisfy { $0 >= 0x20 })
        #expect(line.contains(#"a\u001b[31m\nok"#))
        #expect(line.count < 300)
    }
}
