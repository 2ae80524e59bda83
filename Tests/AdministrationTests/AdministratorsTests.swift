// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import Reactor
import Storage
import StorageTesting
import Testing

@testable import Administration

/// Tokens and roles at the administrative listener.
final class AdministratorsTests {
    private let asked: AskedListener

    init() throws {
        asked = try AskedListener()
    }

    private func token(_ name: String, _ role: AdministratorRole) throws -> String {
        let token = "token-of-\(name)-with-enough-characters"
        let digest = Digest256.of(Array(token.utf8)).bytes
        let record = AdminTokenRecord(name: name, role: role, digest: digest, createdAt: 1)
        try asked.store.insert(record, by: .server, at: 1)
        try asked.actions.administrators.refresh()
        return token
    }

    @Test func `each route takes its least role and those above`() throws {
        let roles = AdministratorRole.allCases
        let tokens = try roles.map { try token($0.rawValue, $0) }
        for route in asked.actions.routes {
            guard let least = route.role else { continue }
            let path = route.path.split(separator: "/")
                .map { $0.hasPrefix("{") ? "/absent" : "/\($0)" }.joined()
            let method = route.method.name
            for (role, token) in zip(roles, tokens) {
                let status = try asked.ask(method, path, token: token).status
                #expect((status == 403) == (role < least), "\(role) \(method) \(path): \(status)")
                #expect(status != 401)
            }
            #expect(try AskedListener.outcome(asked.bare(method, path)).problem(401) != nil)
        }
    }

    @Test func `a removed token opens nothing, and names are those of authors`() throws {
        let token = try token("ci", .operate)
        try asked.store.insert(client("app"))
        #expect(try asked.ask("POST", "/clients/app/disable", token: token).status == 204)
        #expect(try asked.ask("DELETE", "/clients/app", token: token).problem(403) != nil)
        try asked.store.removeAdminToken("ci", by: .server, at: 2)
        try asked.actions.administrators.refresh()
        #expect(try asked.ask("GET", "/clients/app", token: token).problem(401) != nil)
    }

    @Test func `tokens that could not be read for a minute open nothing until they are`() throws {
        let token = try token("ci", .operate)
        let administrators = asked.actions.administrators
        let digest = Digest256.of(Array(token.utf8))
        let limit = KnownAdministrators.staleMillisecondsMax
        let now = Clock.milliseconds
        #expect(administrators.administrator(digest, now: now)?.role == .operate)
        #expect(administrators.administrator(digest, now: now + limit - 5_000) != nil)
        #expect(administrators.administrator(digest, now: now + limit + 5_000) == nil)
        let staleness = administrators.staleness(now: now + 7_000)
        #expect(5_000...7_000 ~= staleness.milliseconds && !staleness.reason.isEmpty)
        try administrators.refresh()
        #expect(administrators.administrator(digest, now: Clock.milliseconds + limit - 1) != nil)
    }

    @Test(arguments: [
        [], ["Authorization: Bearer"], ["Authorization: Bearer x"], ["Authorization: Basic TOKEN"],
        ["Authorization: Bearer TOKENx"], ["Authorization: Bearer TOKEN, Bearer TOKEN"],
        ["Authorization: Bearer TOKEN", "Authorization: Bearer TOKEN"], ["X-Api-Key: TOKEN"],
        ["Cookie: token=TOKEN"],
    ])
    func `no token and every other one gets the same 401 on every path`(
        _ fields: [String]
    ) throws {
        let fields = fields.map { $0.replacing("TOKEN", with: asked.token) }
        var seen: [Response] = []
        for (method, path) in [
            ("GET", "/clients"), ("GET", "/nothing"), ("PUT", "/metrics"), ("DELETE", "/users/a"),
        ] {
            seen.append(AskedListener.outcome(try asked.bare(method, path, fields)))
        }
        for answer in seen {
            #expect(try answer.problem(401) != nil && answer == seen[0])
            #expect(answer.field("WWW-Authenticate") == #"Bearer realm="handfast administration""#)
        }
    }

    @Test func `health and the description need no token`() throws {
        for path in ["/health", "/openapi.json"] {
            #expect(AskedListener.outcome(try asked.bare("GET", path)).status == 200)
            let foreign = try asked.bare("GET", path, host: "rebound.example")
            #expect(try AskedListener.outcome(foreign).problem(403) != nil)
        }
    }

    @Test func `the console names its user, beside the first token alone`() throws {
        let longest = String(repeating: "a", count: 64)
        func find(_ token: String, _ user: String) throws -> Administrator? {
            let text =
                "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n"
                + "Handfast-Console-User: \(user)\r\n\r\n"
            let bytes = Array(text.utf8)
            var parser = RequestParser(limits: HTTPLimits())
            _ = try parser.advance(bytes.span)
            return try asked.actions.administrators.find(parser.request, bytes.span)
        }
        for name in ["alex", "ann@corp.example", #"CORP\ann"#, "a:b", longest] {
            #expect(try find(asked.token, name) == .console(user: name))
            let author = Author.console(user: name)
            #expect(author.text == "console:" + name && Author(text: author.text) == author)
        }
        for bad in ["a b", "ä", "a\tb", "a\u{7f}", longest + "a"] {
            #expect((try? find(asked.token, bad)) == nil, "\(bad)")
        }
        let other = try token("ci", .read)
        let ci = Administrator(author: .administration(name: "ci"), role: .read)
        #expect(try find(other, "alex") == ci)
    }
}

/// The names of a listener, and pages that are not its own.
struct LocalAuthorityTests {
    private func refusal(
        _ address: SocketAddress,
        _ host: String,
        _ fields: [String] = []
    ) throws -> String? {
        let lines = ["GET / HTTP/1.1", "Host: \(host)"] + fields
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        var parser = RequestParser(limits: HTTPLimits())
        _ = try parser.advance(bytes.span)
        return LocalAuthority(address).refusal(parser.request, bytes.span)
    }

    private static let port = SocketAddress(host: "127.0.0.1", port: 9444)
    private static let other = SocketAddress(host: "127.0.0.5", port: 9444)
    private static let socket = SocketAddress.local(path: "/admin.sock", descriptor: nil)

    @Test(arguments: [
        "localhost", "LOCALHOST:9444", "127.0.0.1", "127.0.0.1:9444", "[::1]", "[::1]:9444",
    ])
    func `names of this machine are taken`(_ host: String) throws {
        #expect(try refusal(Self.port, host) == nil)
        #expect(try refusal(Self.socket, host) == nil)
    }

    @Test(arguments: [
        "rebound.example", "rebound.example:9444", "localhost.rebound.example", "127.0.0.2",
        "localhost.", "[::2]", "0.0.0.0", "192.0.2.1:9444", "a",
    ])
    func `other names are not`(_ host: String) throws {
        #expect(try refusal(Self.port, host) != nil)
        #expect(try refusal(Self.socket, host) != nil)
    }

    @Test func `the port is the listener's, and means nothing on a Unix socket`() throws {
        for port in ["9445", "80", "", "99999"] {
            #expect(try refusal(Self.port, "localhost:\(port)") != nil)
            #expect(try refusal(Self.socket, "localhost:\(port)") == nil)
        }
        #expect(try refusal(Self.other, "127.0.0.5:9444") == nil)
        #expect(try refusal(Self.port, "127.0.0.5:9444") != nil)
    }

    @Test func `an origin is the listener's own`() throws {
        let own = ["Origin: http://localhost:9444"]
        #expect(try refusal(Self.port, "localhost:9444", own) == nil)
        #expect(try refusal(Self.socket, "localhost", own) != nil)
        for origin in [
            "null", "https://localhost:9444", "http://localhost", "http://localhost:9445",
            "http://rebound.example:9444", "http://localhost:9444/", "", "localhost:9444",
        ] {
            #expect(try refusal(Self.port, "localhost:9444", ["Origin: \(origin)"]) != nil)
        }
        #expect(try refusal(Self.port, "localhost:9444", own + own) != nil)
    }

    @Test func `a browser's word for another site is believed`() throws {
        for (word, isTaken) in [
            ("none", true), ("same-origin", true), ("same-site", false), ("cross-site", false),
            ("", false), ("other", false),
        ] {
            let found = try refusal(Self.port, "localhost", ["Sec-Fetch-Site: \(word)"])
            #expect((found == nil) == isTaken, "\(word)")
        }
    }
}
