// SPDX-License-Identifier: Apache-2.0
import Foundation
import OAuth
import Registration
import SQLiteStore
import Storage
import TestSupport
import Testing

@testable import Declaring

/// A store of its own, and declarations that are applied to it.
struct ApplyTests {
    private let home: Scratch
    private let store: SQLiteDatabase
    private static let now: Int64 = 1_796_083_200

    init() throws {
        home = try Scratch()
        store = try SQLiteDatabase.open(directory: home.path + "/data", as: .tool)
    }

    private func plan(_ text: String, pruning: String? = nil) throws -> ApplyPlan {
        try ApplyPlanner.plan(
            [DeclarationFile(name: "f.yaml", Array(text.utf8))],
            pruning: pruning.map { LabelSelector($0) },
            in: store,
            at: Self.now
        )
    }

    @discardableResult
    private func apply(_ text: String, pruning: String? = nil) throws -> ApplyPlan {
        let plan = try plan(text, pruning: pruning)
        try plan.write(to: store, by: .server, at: Self.now)
        return plan
    }

    private func findings(_ text: String, pruning: String? = nil) -> [DeclarationFinding] {
        do {
            _ = try plan(text, pruning: pruning)
            Issue.record("nothing was refused")
            return []
        } catch {
            return (error as? DeclarationError)?.findings ?? []
        }
    }

    private var position: ChangePosition {
        get throws { try store.read { try $0.position() } }
    }

    private static let declaration = """
        trust_sets:
          - name: internal
            labels: {team: a}
            ca_certificates:
              - |
        \(PEMText.certificate(RevocationVectors.root).split(separator: "\n")
            .map { "        " + $0 }.joined(separator: "\n"))
        users:
          - name: ann
            enabled: no-word-of-YAML
        clients: []
        """

    private static let good = declaration.replacingOccurrences(
        of: "enabled: no-word-of-YAML",
        with: "enabled: false"
    ).replacingOccurrences(
        of: "clients: []",
        with: """
            clients:
              - client_name: 0123
                trust_set: internal
                tls_client_auth_subject_dn: CN=a
                labels: {team: a, on: yes}
                access_token_lifetime: 60
                access_token_claims: {tenant: x, number: 1.5, text: "1", list: [true, null]}
              - client_id: fixed
                scope: read write
            """
    )

    @Test func `a declaration is applied, and a second time changes nothing`() throws {
        let first = try apply(Self.good)
        #expect(first.differences.map(\.action) == [.create, .create, .create, .create])
        let client = try #require(try store.client(store.clientID(for: "0123")))
        #expect(client.trustSet == "internal" && client.labels == ["team": "a", "on": "yes"])
        #expect(client.tokenLifetime == 60)
        #expect(
            client.staticClaims
                == #"{"list":[true,null],"number":1.5,"tenant":"x","text":"1"}"#
        )
        #expect(try store.user("ann")?.enabled == false)
        #expect(try store.client("fixed")?.scopes == ["read", "write"])
        let position = try position
        let second = try apply(Self.good)
        #expect(second.isEmpty && second.unchanged == 4 && second.secrets.isEmpty)
        #expect(try self.position == position)
    }

    @Test func `what is wrong is said at once, each with its place, and nothing is written`()
        throws
    {
        let found = findings(
            Self.declaration.replacingOccurrences(
                of: "clients: []",
                with: """
                    clients:
                      - client_name: a
                        scopes: x
                      - client_name: a
                        access_token_lifetime: 0
                      - {}
                      - client_name: b
                        certificate_file: /nowhere.pem
                    """
            )
        )
        let lines = found.map { $0.place.split(separator: ":").dropFirst().joined(separator: ":") }
        let all = found.map { "\($0.place) \($0.text)" }.joined(separator: "\n")
        #expect(found.contains { $0.text.contains("`enabled`") }, "\(all)")
        #expect(found.contains { $0.text.contains("Is scope meant?") }, "\(all)")
        #expect(found.contains { $0.text.contains("access_token_lifetime") }, "\(all)")
        #expect(found.contains { $0.text.contains("client_name") }, "\(all)")
        #expect(found.contains { $0.text.contains("/nowhere.pem") }, "\(all)")
        #expect(Set(lines).count == found.count, "\(all)")
        #expect(try store.clientCount() == 0 && store.trustSets().isEmpty)
    }

    @Test func `a password is set by a command, which is named`() throws {
        let found = findings("users: [{name: ann, password: x}]")
        #expect(found.count == 1 && found[0].text.contains("`handfast user password`"))
        #expect(try store.users().isEmpty)
    }

    @Test(arguments: [
        "clients: [", "client: []", "clients: 1", "clients: [1]", "- a",
        "clients: []\n---\nusers: []",
        "clients: []\nclients: []", "{\"clients\": [}", "{\"clients\": {}}", "{\"clints\": []}",
        "[]", "clients:\n  - {client_name: a, client_name: b}", "a",
    ])
    func `a text that is no declaration is refused with its line`(_ text: String) {
        let found = findings(text)
        #expect(found.count == 1)
        #expect(found.first?.place.contains(":") == true, "\(found)")
    }

    @Test(arguments: [
        "", "# nothing\n", "clients:\n", "clients: []\nusers: ~\n", "{}", "{\"clients\": null}",
    ])
    func `an empty declaration changes nothing`(_ text: String) throws {
        #expect(try apply(text).isEmpty)
    }

    @Test func `JSON says the same as YAML`() throws {
        let text = """
            {"clients": [{"client_id": "a", "scope": "x"}, {"client_id": "b", "enabled": false}],
             "users": [{"name": "\\ud83d\\ude00"}]}
            """
        let plan = try apply(text)
        #expect(plan.differences.map(\.id) == ["a", "b", "😀"])
        #expect(try store.client("b")?.enabled == false)
        let wrong = findings("{\"clients\": [\n{\"client_id\": \"a\",\n  \"scop\": 1}]}")
        #expect(wrong.map(\.place) == ["f.yaml:3:3"])
    }

    @Test func `a change is shown member by member`() throws {
        try apply("clients: [{client_id: a, client_name: web, scope: read, labels: {team: a}}]")
        let plan = try apply(
            "clients: [{client_id: a, client_name: web, scope: read write, enabled: false}]"
        )
        #expect(
            plan.differences.flatMap(\.lines) == [
                "~ client web (a)", "    enabled: true -> false",
                #"    labels: {"team":"a"} -> (default)"#, "    scope: read -> read write",
            ]
        )
        #expect(try store.client("a")?.version == 2)
    }

    @Test func `what has the label and is not declared is removed, clients first`() throws {
        try apply(Self.good)
        let pruned = try apply("clients: [{client_id: fixed}]", pruning: "team=a")
        #expect(pruned.differences.map(\.action) == [.change, .remove, .remove])
        #expect(try store.clientCount() == 1 && store.trustSets().isEmpty)
        // Users without the label stay.
        #expect(try store.users().count == 1)
        #expect(!pruned.warnings.isEmpty)
    }

    @Test(arguments: ["", "clients: []", "{}"])
    func `a file without an entry removes nothing`(_ text: String) throws {
        try apply(Self.good)
        #expect(findings(text, pruning: "team=a").count == 1)
        #expect(try store.clientCount() == 2)
    }

    @Test func `a record that has lost the label since the plan is not removed`() throws {
        try apply("clients: [{client_id: a, labels: {team: a}}, {client_id: b}]")
        let plan = try plan("clients: [{client_id: b}]", pruning: "team=a")
        try apply("clients: [{client_id: a, labels: {team: b}}]")
        #expect(throws: StoreError.self) {
            try plan.write(to: store, by: .server, at: Self.now)
        }
        #expect(try store.client("a") != nil)
    }

    @Test func `a client or user that was disabled stays so, unless the entry says otherwise`()
        throws
    {
        let both = "clients: [{client_id: a}]\nusers: [{name: ann}]"
        try apply(both)
        try store.setEnabled(false, client: "a", by: .server, at: Self.now)
        try store.setEnabled(false, user: "ann", by: .server, at: Self.now)
        let plan = try apply(both)
        #expect(plan.isEmpty && plan.warnings.count == 2)
        #expect(try store.client("a")?.enabled == false && store.user("ann")?.enabled == false)
        try apply("clients: [{client_id: a, enabled: true}]\nusers: [{name: ann, enabled: true}]")
        #expect(try store.client("a")?.enabled == true && store.user("ann")?.enabled == true)
    }

    @Test func `an entry of somebody else is refused where a label prunes`() throws {
        try apply("clients: [{client_id: a, labels: {team: b}}]")
        let registered = findings("clients: [{client_id: a, labels: {team: a}}]", pruning: "team=a")
        #expect(registered.first?.text.contains("team=b") == true)
        let declared = findings("clients: [{client_id: n, labels: {team: c}}]", pruning: "team=a")
        #expect(declared.first?.text.contains("team=c") == true)
        #expect(try apply("clients: [{client_id: a, labels: {team: a}}]").differences.count == 1)
    }

    @Test func `a trust set that others use is not removed, and nothing else is`() throws {
        try apply(Self.good)
        let subject = "trust_set: internal, tls_client_auth_san_dns: a.example"
        let none = "token_endpoint_auth_method: none"
        // Used since the plan was made.
        let plan = try plan("clients: [{client_id: n, \(none)}]", pruning: "team=a")
        try apply("clients: [{client_name: other, \(none)}, {client_name: user, \(subject)}]")
        #expect(throws: StoreError.self) {
            try plan.write(to: store, by: .server, at: Self.now)
        }
        #expect(try store.client("n") == nil && store.trustSets().count == 1)
    }

    @Test func `a plan that has grown old is not written`() throws {
        try apply("clients: [{client_id: a}]")
        let plan = try plan("clients: [{client_id: a, scope: x}, {client_id: b}]")
        try store.setEnabled(false, client: "a", by: .server, at: Self.now)
        #expect(throws: StoreError.self) {
            try plan.write(to: store, by: .server, at: Self.now)
        }
        #expect(try store.client("b") == nil && store.client("a")?.scopes == [])
    }

    @Test func `names may change hands, and are nobody else's at the end`() throws {
        try apply("clients: [{client_id: a, client_name: one}, {client_id: b, client_name: two}]")
        try apply("clients: [{client_id: a, client_name: two}, {client_id: b, client_name: one}]")
        #expect(try store.client("a")?.name == "two" && store.client("b")?.name == "one")
        #expect(findings("clients: [{client_id: c, client_name: two}]").count == 1)
        // Taken since the plan was made.
        let taken = try plan("clients: [{client_id: c, client_name: three}]")
        try apply("clients: [{client_id: d, client_name: three}]")
        #expect(throws: StoreError.self) {
            try taken.write(to: store, by: .server, at: Self.now)
        }
        #expect(try store.client("c") == nil)
    }

    @Test func `a plan finds what writing it would refuse`() throws {
        let none = "token_endpoint_auth_method: none"
        let tls = "token_endpoint_auth_method: tls_client_auth, tls_client_auth_san_dns: b"
        try apply(
            Self.declaration.replacingOccurrences(of: "no-word-of-YAML", with: "true")
                .replacingOccurrences(
                    of: "clients: []",
                    with:
                        "clients: [{client_id: a, client_name: first, \(none), labels: {team: a}},"
                        + " {client_id: b, client_name: second, \(tls), trust_set: internal}]"
                )
        )
        let before = try position
        for (text, word) in [
            ("clients: [{client_id: c, client_name: first, \(none)}]", "client_id is a"),
            ("clients: [{client_id: second, \(none)}]", "client_id is b"),
            ("clients: [{client_id: c, client_name: b, \(none)}]", "its name second"),
            (
                "clients: [{client_id: c, client_name: d, \(none)}, {client_id: d, client_name: e,"
                    + " \(none)}]", "the client at f.yaml"
            ),
            (
                "clients: [{client_id: c, token_endpoint_auth_method: tls_client_auth,"
                    + " trust_set: absent, tls_client_auth_san_dns: c}]", "no trust set absent"
            ),
        ] {
            let found = findings(text)
            #expect(found.count == 1 && found.first?.text.contains(word) == true, "\(found)")
        }
        // A set that others use goes with nobody.
        let kept = "clients: [{client_id: a, client_name: first, \(none), labels: {team: a}}]"
        let used = findings(kept, pruning: "team=a")
        #expect(used.map(\.place) == ["--prune"] && used[0].text.contains("is used by second"))
        #expect(try position == before)
        // Names that change hands, and that of a client which goes.
        let swapped = try plan(
            "clients: [{client_id: c, client_name: first, \(none), labels: {team: a}},"
                + " {client_id: a, client_name: third, \(none), labels: {team: a}}]"
        )
        try swapped.write(to: store, by: .server, at: Self.now)
        #expect(try store.client("c")?.name == "first")
        let freed =
            "clients: [{client_id: b, client_name: second, \(none)},"
            + " {client_id: d, client_name: third, \(none), labels: {team: a}}]"
        try apply(freed, pruning: "team=a")
        #expect(try store.client("d")?.name == "third" && store.client("a") == nil)
        #expect(try store.trustSet("internal") == nil)
    }

    @Test func `secrets are made where there are none, and written behind others`() throws {
        let path = home.path + "/secrets"
        let plan = try plan("clients: [{client_id: a}, {client_id: b}]")
        #expect(plan.clientsWithNewSecrets == ["a", "b"])
        try "kept".write(toFile: path, atomically: true, encoding: .utf8)
        // A lock on the folder, which all its readers may have, holds up nothing.
        let folder = try #require(FileHandle(forReadingAtPath: home.path))
        #expect(flock(folder.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
        let file = try SecretsFile(path, adding: plan)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix("kept\n") && text.split(separator: "\n").count == 3)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        try folder.close()
        let lock = path + ".lock"
        let lockMode = try FileManager.default.attributesOfItem(atPath: lock)[.posixPermissions]
        #expect(lockMode as? Int == 0o600)
        try file.takeBack()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept")
        #expect(throws: SecretsFileError.self) { try SecretsFile(home.path, adding: plan) }
        #expect(!FileManager.default.fileExists(atPath: home.path + ".lock"))
        let other = home.path + "/other"
        try FileManager.default.createSymbolicLink(
            atPath: other + ".lock",
            withDestinationPath: path
        )
        #expect(throws: SecretsFileError.self) { try SecretsFile(other, adding: plan) }
        #expect(!FileManager.default.fileExists(atPath: other))
        try plan.write(to: store, by: .server, at: Self.now)
        #expect(try self.plan("clients: [{client_id: a, scope: x}]").secrets.isEmpty)
    }

    // MARK: issuers

    private static func issuer(_ more: String = "clients: [fixed]") -> String {
        """
        issuers:
          - name: partner
            issuer: https://partner.example
            jwks_uri: https://partner.example/jwks
            algorithms: [ES256]
            max_lifetime: 60
            labels: {team: a}
            \(more)
        """
    }

    @Test func `an issuer is applied behind the clients that it names`() throws {
        let clients = "clients:\n  - client_id: fixed\n    labels: {team: a}\n"
        let first = try apply(Self.issuer() + "\n" + clients)
        #expect(first.differences.map(\.id) == ["partner", "fixed"])
        let made = try #require(try store.issuer("partner"))
        #expect(made.clients == ["fixed"] && made.maxLifetime == 60 && made.version == 1)
        #expect(try plan(Self.issuer()).isEmpty)
        let changed = try apply(Self.issuer("clients: [fixed]\n    scopes: [read]"))
        #expect(changed.differences.map(\.action) == [.change])
        #expect(changed.differences[0].members.map(\.name) == ["scopes"])
        // The label's own records go with their files, in an order that works.
        let gone = try apply("users:\n  - name: ann\n", pruning: "team=a")
        #expect(Set(gone.differences.map(\.id)) == ["ann", "partner", "fixed"])
        #expect(try store.issuers().isEmpty && store.clientCount() == 0)
    }

    @Test func `an issuer without its clients, or with a taken name, is refused`() throws {
        let missing = findings(Self.issuer("clients: [nobody]"))
        #expect(missing.map(\.text).allSatisfy { $0.contains("nobody") } && missing.count == 1)
        try apply("clients:\n  - client_id: fixed\n  - client_id: partner:a\n")
        #expect(findings(Self.issuer()).count == 1)
        try store.removeClient("partner:a", by: .server, at: 1)
        try apply(Self.issuer())
        let late = findings("clients:\n  - client_id: partner:b\nusers:\n  - name: partner:c\n")
        #expect(late.count == 2)
        let other = Self.issuer().replacing("partner", with: "other")
        let both = findings("clients:\n  - client_id: other:a\n" + other)
        #expect(both.count == 1)
    }
}
