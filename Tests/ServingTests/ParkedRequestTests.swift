// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import OAuth
import Telemetry
import Testing

@testable import Serving

/// Requests that wait for another thread: what comes in front of them, behind them, and too late.
struct ParkedRequestTests {
    private static let hash = Result { try PasswordHash.make(Array("right".utf8)) }

    private static func password(_ password: String) -> String {
        Sent.post(
            "/oauth2/token",
            "grant_type=password&client_id=app&username=ann&password=\(password)"
        )
    }

    private func reactor() throws -> TestReactor {
        let user = User(subject: "user:ann", passwordHash: try Self.hash.get(), isEnabled: true)
        return try TestReactor(TestReactor.registry(users: ["ann": user])) { $0.request = 700 }
    }

    /// A connection whose request waits for the client's keys.
    private func waiting(_ reactor: TestReactor, behind earlier: String = "") -> TestConnection {
        let line = reactor.connect(TestReactor.otherThumbprint)
        line.send(earlier + Sent.token)
        return line
    }

    // MARK: met

    @Test func `a request whose keys have come is decided once more, by the new registry`() throws {
        let reactor = try reactor()
        let line = waiting(reactor)
        #expect(line.state == .waiting && line.statuses.isEmpty)
        reactor.endpoints.clients.update(
            TestReactor.registry(certificates: [TestReactor.otherThumbprint])
        )
        reactor.answerKeys()
        for (id, met) in reactor.mail() { #expect(line.receive(id, met)) }
        #expect(line.statuses == [200] && line.state == .reading)
        // The request was counted when it came.
        #expect(reactor.counters.requests.current == 1)
    }

    @Test func `keys that change nothing leave the refusal, and are not waited for again`() throws {
        let reactor = try reactor()
        let line = waiting(reactor)
        reactor.answerKeys()
        for (id, met) in reactor.mail() { #expect(line.receive(id, met)) }
        #expect(line.statuses == [401] && line.state == .reading)
        // The next request may wait.
        line.send(Sent.token)
        #expect(line.state == .waiting)
    }

    @Test(arguments: [("right", 200), ("wrong", 400)])
    func `a password is checked by a worker`(password: String, status: Int) throws {
        let reactor = try reactor()
        let line = reactor.connect()
        line.send(Self.password(password))
        #expect(line.state == .waiting)
        for (id, met) in reactor.mail() { #expect(line.receive(id, met)) }
        #expect(line.statuses == [status])
    }

    // MARK: in front and behind

    @Test func `answers in front are written before a request waits, and those behind follow it`()
        throws
    {
        let reactor = try reactor()
        let line = waiting(reactor, behind: Sent.health)
        #expect(line.statuses == [200] && line.writes == [1])
        #expect(line.state == .waiting)

        let password = reactor.connect()
        password.send(Self.password("wrong") + Sent.health + "GET /no")
        #expect(password.statuses.isEmpty && password.session.hasUnread)
        for (id, met) in reactor.mail() { #expect(password.receive(id, met)) }
        #expect(password.statuses == [400, 200])
        password.send("where HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(password.statuses == [400, 200, 404])
    }

    @Test func `a request that is decided once more is followed by what came in behind it`() throws
    {
        let reactor = try reactor()
        let line = reactor.connect(TestReactor.otherThumbprint)
        line.send(Sent.token + Sent.health)
        reactor.answerKeys()
        for (id, met) in reactor.mail() { #expect(line.receive(id, met)) }
        #expect(line.statuses == [401, 200])
    }

    @Test func `a request behind one that waited may wait as well`() throws {
        let reactor = try reactor()
        let line = reactor.connect()
        line.send(Self.password("wrong") + Self.password("right"))
        for (id, met) in reactor.mail() { #expect(line.receive(id, met)) }
        #expect(line.statuses == [400] && line.state == .waiting)
        for (id, met) in reactor.mail() { #expect(line.receive(id, met)) }
        #expect(line.statuses == [400, 200] && line.state == .reading)
    }

    // MARK: late, twice, gone

    @Test func `an answer that comes twice meets nothing the second time`() throws {
        let reactor = try reactor()
        let line = reactor.connect()
        line.send(Self.password("right"))
        let (id, met) = try #require(reactor.mail().first)
        #expect(line.receive(id, met))
        #expect(!line.receive(id, met))
        #expect(line.statuses == [200])
    }

    @Test func `a late answer does not meet the next request`() throws {
        let reactor = try reactor()
        let line = waiting(reactor)
        let late = line.exchange
        #expect(line.receive(late, .unavailable))
        line.send(Sent.token)
        #expect(line.state == .waiting && line.statuses == [401])
        #expect(!line.receive(late, .clientKeys))
        #expect(line.state == .waiting && line.statuses == [401])
        // The twin: the answer that is its own.
        #expect(line.receive(line.exchange, .unavailable))
        #expect(line.statuses == [401, 401])
    }

    @Test func `an answer of another kind than the need is an error of ours`() throws {
        let reactor = try reactor()
        let line = waiting(reactor)
        #expect(line.receive(line.exchange, .password(matches: true)))
        #expect(line.statuses == [500])
    }

    // MARK: unmet

    @Test func `a request whose need is not met in time is answered, and the last`() throws {
        let reactor = try reactor()
        let line = waiting(reactor)
        #expect(line.deadline == reactor.now + 700)
        let late = line.exchange
        reactor.now += 700
        line.timeOut()
        // The keys that are known have decided.
        #expect(line.statuses == [401] && line.answers[0].has("Connection: close"))
        #expect(line.state == .closed(peerMaySend: false))
        #expect(!line.receive(late, .clientKeys))

        let password = reactor.connect()
        password.send(Self.password("right") + Sent.health)
        password.timeOut()
        #expect(password.statuses == [503] && password.answers[0].has("Retry-After: 5"))
        #expect(password.state == .closed(peerMaySend: false))
    }

    @Test func `a request has its time from its first byte on, however long it came`() throws {
        let reactor = try reactor()
        let line = reactor.connect(TestReactor.otherThumbprint)
        line.send(Sent.token.utf8.dropLast(1))
        reactor.now += 300
        line.send(Sent.token.utf8.suffix(1))
        #expect(line.state == .waiting && line.deadline == reactor.now + 400)
    }
}
