// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Logging
import Reactor
import Testing

@testable import Server

@Suite struct `Certificates of the server` {
    private static let now: Int64 = 1_800_000_000
    private static let day = CertificateDates.secondsOfDay

    private func dates(from start: Int64 = -1, to end: Int64) -> CertificateDates {
        CertificateDates(
            notBefore: Self.now + start * Self.day,
            notAfter: Self.now + end * Self.day
        )
    }

    private func certificate(_ name: String, to end: Int64) -> ServerCertificate {
        ServerCertificate(name: name, path: "/\(name).pem", dates: dates(to: end))
    }

    /// The log's lines at each of these days, 30 before an end.
    private func lines(
        _ certificates: [ServerCertificate],
        at days: Int64...
    ) throws -> [[String]] {
        var watched = ServerCertificates(certificates)
        return try days.map { day in
            let capture = Capture()
            let sink = try LogSink(format: .json, level: .info, capacity: 99, clock: WallClock()) {
                capture.take($0)
            }
            let log = Logger(label: "test") { SinkLogHandler($0, sink) }
            watched.warn(now: Self.now + day * Self.day, days: 30, log: log)
            sink.stop()
            return capture.lines
        }
    }

    @Test func `both ends of the validity belong to it`() {
        let one = dates(to: 40)
        func finding(_ now: Int64) -> CertificateDates.Finding? { one.finding(now: now, days: 30) }
        #expect(finding(one.notBefore - 1) == .notYetValid)
        #expect(finding(one.notBefore) == nil)
        #expect(finding(one.notAfter - 30 * Self.day) == nil)
        #expect(finding(one.notAfter - 30 * Self.day + 1) == .endsSoon)
        #expect(finding(one.notAfter) == .endsSoon)
        #expect(finding(one.notAfter + 1) == .ended)
        #expect(one.finding(now: one.notAfter, days: 0) == nil)
        #expect(one.finding(now: one.notAfter + 1, days: 0) == .ended)
    }

    @Test func `days that are left are whole ones, and never fewer than none`() {
        let one = dates(to: 3)
        #expect(one.daysLeft(now: Self.now) == 3)
        #expect(one.daysLeft(now: Self.now + 1) == 2)
        #expect(one.daysLeft(now: one.notAfter) == 0)
        #expect(one.daysLeft(now: one.notAfter + 9 * Self.day) == 0)
    }

    @Test func `the warning names the certificate, its file and its end`() throws {
        let said = try lines([certificate("soon", to: 5), certificate("later", to: 400)], at: 0)
        let line = try #require(said.first?.first)
        #expect(said[0].count == 1)
        for part in [
            #""level":"warning""#, "a certificate of the server ends soon", #""name":"soon""#,
            #""certificate":"/soon.pem""#, #""not_after":"2027-01-20T08:00:00.000Z""#,
            #""days_left":"5""#,
        ] {
            #expect(line.contains(part), "\(part) in \(line)")
        }
    }

    @Test func `a warning comes again after a day, and at once when there is another`() throws {
        var said = ServerCertificates([certificate("one", to: 1)])
        let capture = Capture()
        let sink = try LogSink(format: .json, level: .info, capacity: 99, clock: WallClock()) {
            capture.take($0)
        }
        let log = Logger(label: "test") { SinkLogHandler($0, sink) }
        func count(_ seconds: Int64) -> Int {
            let before = capture.lines.count
            said.warn(now: Self.now + seconds, days: 30, log: log)
            sink.flush()
            return capture.lines.count - before
        }
        #expect(count(0) == 1)
        #expect(count(0) == 0 && count(3_600) == 0 && count(Self.day - 1) == 0)
        #expect(count(Self.day) == 1)
        #expect(count(Self.day + 1) == 1)
        #expect(capture.lines.last?.contains("a certificate of the server has ended") == true)
        #expect(count(Self.day + 2) == 0 && count(2 * Self.day) == 0)
        #expect(count(2 * Self.day + 1) == 1)
        sink.stop()
    }

    @Test func `one that is good is not spoken of, one that is not good yet is`() throws {
        #expect(try lines([certificate("good", to: 400)], at: 0, 1, 369) == [[], [], []])
        let early = ServerCertificate(
            name: "early",
            path: "/early.pem",
            dates: dates(from: 2, to: 400)
        )
        let said = try lines([early], at: 0, 2)
        #expect(said[0].count == 1 && said[1].isEmpty)
        #expect(said[0].first?.contains("a certificate of the server is not valid yet") == true)
    }
}
