// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuth
import Registration
import SQLiteStore
import Storage
import TestSupport
import Testing
import Text

@testable import Declaring

struct ExportTests {
    private let home: Scratch
    private let store: SQLiteDatabase
    private static let now: Int64 = 1_796_083_200

    init() throws {
        home = try Scratch()
        store = try SQLiteDatabase.open(directory: home.path + "/data", as: .tool)
    }

    private func export(
        _ format: RegistrationExport.Format,
        label: String? = nil
    ) throws -> String {
        var text: [UInt8] = []
        try RegistrationExport.write(store, label: label.map { LabelSelector($0) }, as: format) {
            text += $0
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let hostile = "a\"b\\c\n\t\u{7f}\u{85}\u{2028}\u{feff}😀: #&*!|>%@`"

    private static let settings: [String: JSONValue] = [
        "scope": .string("read write"), "audiences": .array([.string("https://a.example/")]),
        "redirect_uris": .array([.string("https://c.example/cb")]),
        "grant_types": .array([
            .string("password"), .string("refresh_token"),
            .string("urn:ietf:params:oauth:grant-type:token-exchange"),
        ]),
        "own_audiences": .array([.string("https://gw.example")]),
        "exchange_mode": .string("impersonate"), "exchange_bound_tokens": .boolean(true),
        "access_token_format": .string("sealed"), "access_token_lifetime": .integer(60),
        "access_token_reuse_window": .integer(5), "may_introspect": .boolean(true),
        "enabled": .boolean(false), "refresh_token_rotation": .boolean(true),
        "refresh_token_lifetime": .integer(600), "refresh_token_idle_lifetime": .integer(60),
        "require_pushed_authorization_requests": .boolean(true),
        "access_token_signing_alg": .string("PS256"), "rate": .string("100/60"),
        "access_token_claims": .object([
            "tenant": .string(hostile), "yes": .string("no"), "1": .string("1"),
            "pem": .string("-----BEGIN x\r\nusers:\r\n- name: eve\n\n"),
            "deep": .array([.null, .number("1.50"), .array([]), .object([:]), .integer(-3)]),
            "maps": .array([.object(["a": .object(["b": .string("")]), "c": .boolean(true)])]),
        ]),
        "labels": .object(["team": .string("a"), "on": .string("off: \"no\"")]),
    ]

    /// The settings that a client of this method may have; none of them for a plain one.
    private static func members(
        of method: ClientAuthenticationMethod,
        isPlain: Bool
    ) -> [String: JSONValue] {
        var members = isPlain ? [:] : settings
        if method == .publicClient {
            // Token exchange, too, is for clients that authenticate.
            for name in [
                "may_introspect", "rate", "own_audiences", "exchange_mode", "exchange_bound_tokens",
            ] {
                members[name] = nil
            }
            let grants: JSONValue = .array([.string("password"), .string("refresh_token")])
            if !isPlain { members["grant_types"] = grants }
        } else if method == .spiffeX509 {
            members["spiffe_id"] = .string("spiffe://example.org/" + (isPlain ? "a" : "*"))
        }
        return members
    }

    /// A client of each method with each setting, a trust set and users.
    private func fill() throws {
        let ca = PEMText.certificate(RevocationVectors.root)
        let credentials: [ClientAuthenticationMethod: [String: JSONValue]] = [
            .selfSignedTLS: ["jwks_uri": .string("https://c.example/jwks")],
            .privateKeyJWT: [
                "jwks": Self.keys, "token_endpoint_auth_signing_alg": .string("ES256"),
            ],
            .spiffeX509: ["trust_set": .string("mesh")],
            .tls: [
                "ca_certificates": .array([.string(ca)]),
                "tls_client_auth_subject_dn": .string("CN=a\\, b,O=x"),
            ],
        ]
        try fillMeshAndCertificate()
        try store.write(by: .server, at: Self.now) { writer in
            let documents = DocumentWriting(writer)
            for method in ClientAuthenticationMethod.allCases {
                for isPlain in [true, false] {
                    var members = Self.members(of: method, isPlain: isPlain)
                    members["token_endpoint_auth_method"] = .string(method.rawValue)
                    members["client_name"] = .string("\(method.rawValue) \(isPlain) \"ä\": #1")
                    members.merge(credentials[method] ?? [:]) { $1 }
                    _ = try documents.insertClient(.object(members))
                }
            }
            _ = try documents.trustSet(
                .object([
                    "ca_certificates": .array([.string(ca)]),
                    "labels": .object(["team": .string("a")]),
                    "allow_server_auth_until": .string("2027-06-30"),
                ]),
                .whole,
                name: "internal",
                files: .none
            )
            for name in ["ann", "true", "ü: x"] {
                let user: JSONValue = .object(["enabled": .boolean(name != "ann")])
                _ = try documents.user(user, .whole, name: name)
            }
        }
    }

    /// A trust set that is a trust domain's bundle, and a client with a certificate of its own.
    private func fillMeshAndCertificate() throws {
        try store.write(by: .server, at: Self.now) { writer in
            let files = TrustSetFiles(of: Self.mesh, besides: nil, now: Self.now)
            let documents = DocumentWriting(writer)
            _ = try documents.trustSet(Self.mesh, .whole, name: "mesh", files: files)
            _ = try documents.insertClient(
                .object([
                    "client_name": .string("cert"),
                    "certificates": .array([.string(proxyCertificate)]),
                ])
            )
        }
    }

    private static let mesh: JSONValue = .object([
        "trust_domain": .string("example.org"),
        "spiffe_bundle": .string("https://spire.example/bundle"),
        "max_staleness": .integer(7_200),
    ])

    private static let keys: JSONValue = .object([
        "keys": .array([
            .object([
                "kty": .string("EC"), "crv": .string("P-256"), "kid": .string("k"),
                "x": .string("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"),
                "y": .string("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"),
            ])
        ])
    ])

    @Test(arguments: RegistrationExport.Format.allCases)
    func `applying an export changes nothing, and it is the same each time`(
        _ format: RegistrationExport.Format
    ) throws {
        try fill()
        let text = try export(format)
        #expect(try export(format) == text)
        let path = home.path + "/export." + format.rawValue
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let file = try DeclarationFile(reading: path)
        let plan = try ApplyPlanner.plan([file], in: store, at: Self.now + 5)
        #expect(plan.isEmpty, "\(plan.differences.flatMap(\.lines)) in \(text)")
        #expect(plan.unchanged == 2 * ClientAuthenticationMethod.allCases.count + 1 + 2 + 3)
        // In an empty store it makes all of it, which exports the same.
        let other = try SQLiteDatabase.open(directory: home.path + "/other", as: .tool)
        let all = try ApplyPlanner.plan([file], in: other, at: Self.now)
        try all.write(to: other, by: .server, at: Self.now)
        var copy: [UInt8] = []
        try RegistrationExport.write(other, as: format) { copy += $0 }
        #expect(String(decoding: copy, as: UTF8.self) == text)
        // The twin: an altered export is a change.
        let altered = text.replacingOccurrences(of: "read write", with: "read")
        let changed = try ApplyPlanner.plan(
            [DeclarationFile(name: "-", Array(altered.utf8))],
            in: store,
            at: Self.now
        )
        #expect(changed.differences.count == ClientAuthenticationMethod.allCases.count)
    }

    @Test func `an export of a label has what has it, and no secrets`() throws {
        try fill()
        let text = try export(.yaml, label: "team=a")
        #expect(text.contains("internal") && !text.contains("\"ann\"") && !text.contains("cert\""))
        #expect(!text.contains("secret\":") && !text.contains("sha256:"))
        #expect(try export(.yaml, label: "team=b") == "trust_sets:\nusers:\nclients:\nissuers:\n")
        #expect(try export(.json, label: "none").contains("\"clients\": []"))
    }
}
