// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import Logging
import Network
import Reactor
import Registration
import Synchronization
import Telemetry
import Testing

@testable import Administration

/// Answers to probes, without a socket.
struct ProbeHandlerTests {
    private let gauges = Gauges()
    private let access = ProbeAccess()
    private let handler: ProbeHandler

    init() {
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let metrics = Metrics(
            counters: [Counters()],
            listeners: ["main"],
            gauges: gauges,
            switchedOff: SwitchedOffClients(),
            checksWaiting: { 0 },
            linesDropped: { 0 },
            startedAt: 1,
            version: "1",
            openssl: "OpenSSL"
        )
        let health = ServerHealth(gauges, ReactorPulses([]), sharesStore: true, log: log)
        handler = ProbeHandler(health, metrics, access, log: log)
    }

    private func answer(_ line: String, key: Digest256? = nil) throws -> Response {
        let bytes = Array("\(line) HTTP/1.1\r\nHost: any.example.com\r\n\r\n".utf8)
        var parser = RequestParser(limits: LocalConnectionLimits.probes.http)
        let progress = try parser.advance(bytes.span)
        #expect(progress == .complete(consumed: bytes.count))
        let peer = LocalPeer(PeerAddress(.version4(0x0a00_0001), port: 1), key: key)
        switch handler.admission(of: parser.request, bytes.span, from: peer) {
        case .refused(let response): return response
        case .admitted(let question):
            guard case .now(let response) = handler.reply(to: LocalRequest(), of: question) else {
                Issue.record("the answer is not there")
                return Response(status: 0)
            }
            return response
        }
    }

    @Test func `health and readiness are told to any peer, under any name`() throws {
        for method in ["GET", "HEAD"] {
            #expect(try answer("\(method) /health").status == 200)
            #expect(try answer("\(method) /ready").status == 200)
        }
        gauges.storeUnreadSeconds.store(3, ordering: .relaxed)
        let away = try answer("GET /ready")
        #expect(
            away.status == 200
                && String(decoding: away.content, as: UTF8.self).contains("\"age\":3")
        )
        gauges.storeUnreadSecondsMax.store(2, ordering: .relaxed)
        #expect(try answer("GET /ready").status == 503)
        #expect(try answer("GET /health").status == 200)
        gauges.isDraining.store(true, ordering: .relaxed)
        #expect(try answer("GET /health").status == 503)
    }

    @Test(arguments: ["/", "/metrics", "/clients", "/health/", "/Health", "/%68ealth"])
    func `there is nothing else`(_ path: String) throws {
        for method in ["GET", "HEAD", "POST"] {
            #expect(try answer("\(method) \(path)").status == 404)
        }
    }

    @Test func `other methods are told which there are`() throws {
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let refused = try answer("\(method) /ready")
            #expect(refused.status == 405)
            #expect(refused.fields.map(\.name) == ["Allow"])
        }
    }

    @Test func `metrics are absent, open, or for pinned keys alone`() throws {
        let (one, other) = (Digest256.of([1]), Digest256.of([2]))
        access.metrics = .open
        #expect(try answer("GET /metrics").status == 200)
        access.metrics = .pinned([one])
        #expect(try answer("GET /metrics", key: one).status == 200)
        #expect(try answer("GET /metrics", key: other).status == 403)
        #expect(try answer("GET /metrics").status == 403)
        #expect(try answer("HEAD /metrics").status == 403)
        #expect(try answer("POST /metrics", key: one).status == 405)
        #expect(try answer("GET /health").status == 200)
        // No key opens nothing, and an empty list nobody.
        access.metrics = .pinned([])
        #expect(try answer("GET /metrics", key: one).status == 403)
        access.metrics = .absent
        #expect(try answer("GET /metrics", key: one).status == 404)
    }
}
