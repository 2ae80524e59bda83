// SPDX-License-Identifier: Apache-2.0
import Foundation
import OAuth
import Reactor
import Serving
import TLS
import TestSupport
import Testing

@testable import Server

@Suite struct ConfigurationFileTests {
    static let syntax: [(text: String, fileExtension: String, reason: String)] = [
        ("a: [1", "yaml", "is not YAML: 2:1: while parsing a flow sequence, did not find"),
        ("a: 1\n  b: 2", "yml", "is not YAML: 2:4: mapping values are not allowed in this"),
        ("reactors: 1\nreactors: 2", "yaml", "a key is given twice: 'reactors'"),
        ("a: {b: 1, c: 2,\nb: 3}", "yaml", "a key is given twice: 'b'"),
        ("- a\n- b", "yaml", "holds no keys at its top level"),
        ("", "yaml", "holds no keys at its top level"),
        ("data: a\n---\ndata: b", "yaml", "is not YAML: 2:1: a second document begins"),
        ("? [a]\n: b", "yaml", "is not YAML: 1:3: a key must be a text"),
        ("data: *a", "yaml", "is not YAML: 1:7: no anchor a stands before its alias"),
        ("data: &a [*a]", "yaml", "is not YAML: 1:11: no anchor a stands before its alias"),
        ("data: !env HOME", "yaml", "is not YAML: 1:7: the tag !env is not known"),
        ("listeners:\n  - name: main", "yaml", "listeners: is a section: it holds keys, not"),
        ("{\"reactors\": 1,,}", "json", "is not JSON: 1:16: a name in quotation marks"),
        ("{\n \"reactors\": tru}", "json", "is not JSON: 2:14: no JSON value begins"),
        ("", "json", "is not JSON: 1:1: a value is missing"),
        ("[1]", "json", "holds no keys at its top level"),
        ("{\"reactors\": 1, \"reactors\": 2}", "json", "a key is given twice: 'reactors'"),
        ("{\"listeners\": [{\"name\": \"main\"}]}", "json", "listeners: is a section: it"),
        ("reactors = 1", "toml", "must end in .yaml, .yml or .json"),
    ]

    @Test(arguments: syntax)
    func `a file that cannot be parsed is one clear problem`(
        _ broken: (text: String, fileExtension: String, reason: String)
    ) throws {
        let found = try findings(broken.text, as: broken.fileExtension)
        #expect(found.count == 1)
        let line = try #require(found.first).description
        #expect(line.contains(broken.reason), "\(line)")
        #expect(line.contains("handfast.\(broken.fileExtension)"))
        #expect(!line.contains("\n"))
    }

    @Test func `a missing file and one that is a directory are told apart`() throws {
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
            let error = #expect(throws: ConfigurationError.self) {
                try ServerConfiguration.load(
                    file: path,
                    environment: [:],
                    overrides: ConfigurationOverrides()
                )
            }
            #expect(error?.findings.count == 1)
            #expect(error?.description.hasPrefix(reason) == true)
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test(.enabled(if: getuid() != 0, "the superuser reads every file"))
    func `a file that may not be read says so`() throws {
        let scratch = try Scratch()
        let path = try scratch.file("shut.yaml", "reactors: 1")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        let error = #expect(throws: ConfigurationError.self) {
            try ServerConfiguration.load(
                file: path,
                environment: [:],
                overrides: ConfigurationOverrides()
            )
        }
        #expect(error?.description.contains("permission denied") == true)
    }

    @Test func `YAML and JSON say the same`() throws {
        let fromYAML = try load(
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
        let fromJSON = try load(
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
        #expect(fromYAML.settings.map(\.value) == fromJSON.settings.map(\.value))
        #expect(fromYAML == fromJSON)
        #expect(fromYAML.listeners.map(\.name) == ["main", "internal-net"])
        #expect(fromYAML.listeners[1].address.host == "fe80::1")
        #expect(fromYAML.listeners[1].clientCertificate == .need)
        #expect(fromYAML.tls.minimumVersion == .tls13)
        #expect(fromYAML.tls.resumption == .off)
        #expect(fromYAML.connections.drain == 0)
        #expect(fromYAML.tokens.audience == "https://id.example.com/a%20b")
        #expect(fromYAML.certificatePairs.map(\.certificate) == ["/k/rsa.pem"])
    }

    @Test func `relative paths are taken from the file's directory, in flags from ours`()
        throws
    {
        let scratch = try Scratch()
        let path = try scratch.file(
            "h.yaml",
            "data: state\ntls: {certificates: {a: {certificate: a.pem, key: /k}}}"
        )
        let one = try ServerConfiguration.load(
            file: path,
            environment: [:],
            overrides: ConfigurationOverrides()
        )
        #expect(one.dataDirectory == scratch.path + "/state")
        #expect(one.tls.certificates.map(\.certificate) == [scratch.path + "/a.pem"])
        #expect(one.tls.certificates.map(\.key) == ["/k"])
        let two = try ServerConfiguration.load(
            file: path,
            environment: [:],
            overrides: ConfigurationOverrides(data: "state")
        )
        #expect(two.dataDirectory == "state")
        #expect(
            try defaults().certificatePairs.map(\.key) == ["/var/lib/handfast/server.key"]
        )
    }

    @Test func `a key without a value, and an empty section, say nothing`() throws {
        let empty = try load("issuer:\ntls:\nlog: {}\nreactors: null\ntokens: {realm: ~}")
        #expect(try defaults() == empty)
        let json = try load(
            #"{"issuer": null, "tls": {}, "log": {"format": null}, "listeners": {"main": {}}}"#,
            as: "json"
        )
        #expect(try defaults() == json)
    }
}
