// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Server

@Suite struct ConfigurationFileTests {
    static let syntax: [(text: String, fileExtension: String, reason: String)] = [
        ("a: [1", "yaml", "is not YAML: 2:1: error: parser"),
        ("a: 1\n  b: 2", "yml", "is not YAML: 2:4: error: scanner"),
        ("reactors: 1\nreactors: 2", "yaml", "a key is given twice: 'reactors'"),
        ("- a\n- b", "yaml", "holds no keys at its top level"),
        ("", "yaml", "holds no keys at its top level"),
        ("data: a\n---\ndata: b", "yaml", "is not YAML: 2:1: error: composer"),
        ("listeners:\n  - name: main", "yaml", "at listeners at index: 0"),
        ("{\"reactors\": 1,,}", "json", "is not JSON: "),
        ("", "json", "is not JSON: "),
        ("[1]", "json", "holds no keys at its top level"),
        ("{\"reactors\": 1, \"reactors\": 2}", "json", "a key is given twice: 'reactors'"),
        ("{\"listeners\": [{\"name\": \"main\"}]}", "json", "at listeners.0"),
        ("reactors = 1", "toml", "must end in .yaml, .yml or .json"),
    ]

    @Test(arguments: syntax)
    func `a file that cannot be parsed is one clear problem`(
        _ broken: (text: String, fileExtension: String, reason: String)
    ) async throws {
        let found = try await problems(broken.text, as: broken.fileExtension)
        #expect(found.count == 1)
        let line = try #require(found.first).description
        #expect(line.contains(broken.reason), "\(line)")
        #expect(line.contains("handfast.\(broken.fileExtension)"))
        #expect(!line.contains("\n"))
    }

    @Test func `a missing file and one that is a directory are told apart`() async throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/d.yaml",
            withIntermediateDirectories: false
        )
        let plain = try scratch.file("plain", "x")
        let cases = [
            (scratch.path + "/none.yaml", "no such file"),
            (scratch.path + "/d.yaml", "is a directory, not a file"),
            (plain + "/x.json", "no such file"),
        ]
        for (path, reason) in cases {
            let error = await #expect(throws: ConfigurationError.self) {
                try await ServerConfiguration.load(
                    file: path,
                    environment: [:],
                    overrides: ConfigurationOverrides()
                )
            }
            #expect(error?.problems.count == 1)
            #expect(error?.description.hasPrefix(reason) == true)
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test(.enabled(if: getuid() != 0, "the superuser reads every file"))
    func `a file that may not be read says so`() async throws {
        let scratch = try Scratch()
        let path = try scratch.file("shut.yaml", "reactors: 1")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        let error = await #expect(throws: ConfigurationError.self) {
            try await ServerConfiguration.load(
                file: path,
                environment: [:],
                overrides: ConfigurationOverrides()
            )
        }
        #expect(error?.description.contains("permission denied") == true)
    }

    @Test func `YAML and JSON say the same`() async throws {
        let fromYAML = try await load(
            """
            data: /srv/h
            issuer: https://id.example.com/a%20b
            reactors: 3
            listeners:
              main: {address: "0.0.0.0:8443"}
              internal-net: {address: "[fe80::1]:9443", client_certificate: need}
            tls:
              certificates:
                rsa: {certificate: /k/rsa.pem, key: /k/rsa.key}
              resumption: off
              minimum_version: 1.3
              slim_provider: false
            limits: {drain_seconds: 0}
            log: {requests: true, format: json}
            """
        )
        let fromJSON = try await load(
            #"""
            {"data": "/srv/h", "issuer": "https://id.example.com/a%20b", "reactors": 3,
             "listeners": {"main": {"address": "0.0.0.0:8443"},
              "internal-net": {"address": "[fe80::1]:9443", "client_certificate": "need"}},
             "tls": {"certificates": {"rsa": {"certificate": "/k/rsa.pem", "key": "/k/rsa.key"}},
              "resumption": "off", "minimum_version": 1.3, "slim_provider": false},
             "tokens": {"realm": null}, "limits": {"drain_seconds": 0},
             "log": {"requests": true, "format": "json"}}
            """#,
            as: "json"
        )
        #expect(fromYAML == fromJSON)
        #expect(fromYAML.listeners.map(\.name) == ["main", "internal-net"])
        #expect(fromYAML.listeners[1].address.host == "fe80::1")
        #expect(fromYAML.listeners[1].clientCertificate == .need)
        #expect(fromYAML.tls.minimumVersion == .tls13)
        #expect(fromYAML.tls.resumption == .off)
        #expect(fromYAML.connections.drain == .zero)
        #expect(fromYAML.tokens.audience == "https://id.example.com/a%20b")
        #expect(fromYAML.certificatePairs.map(\.certificate) == ["/k/rsa.pem"])
    }

    @Test func `relative paths are taken from the file's directory, in flags from ours`()
        async throws
    {
        let scratch = try Scratch()
        let path = try scratch.file(
            "h.yaml",
            "data: state\ntls: {certificates: {a: {certificate: a.pem, key: /k}}}"
        )
        let one = try await ServerConfiguration.load(
            file: path,
            environment: [:],
            overrides: ConfigurationOverrides()
        )
        #expect(one.dataDirectory == scratch.path + "/state")
        #expect(one.tls.certificates.map(\.certificate) == [scratch.path + "/a.pem"])
        #expect(one.tls.certificates.map(\.key) == ["/k"])
        let two = try await ServerConfiguration.load(
            file: path,
            environment: [:],
            overrides: ConfigurationOverrides(data: "state")
        )
        #expect(two.dataDirectory == "state")
        #expect(
            try await defaults().certificatePairs.map(\.key) == ["/var/lib/handfast/server.key"]
        )
    }

    @Test func `a key without a value, and an empty section, say nothing`() async throws {
        let empty = try await load("issuer:\ntls:\nlog: {}\nreactors: null\ntokens: {realm: ~}")
        #expect(try await defaults() == empty)
        let json = try await load(
            #"{"issuer": null, "tls": {}, "log": {"format": null}, "listeners": {"main": {}}}"#,
            as: "json"
        )
        #expect(try await defaults() == json)
    }
}
