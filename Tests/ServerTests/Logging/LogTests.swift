// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import Reactor
import Testing

@testable import Server

/// Keeps what a sink writes, and can hold its writer up.
final class Capture: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isShut = false
        var waiting = 0
    }

    private let state = Lock(State())

    func take(_ bytes: [UInt8]) {
        state.withLock { $0.waiting += 1 }
        state.signal(all: true)
        state.wait { state in state.isShut ? nil : () }
        state.withLock { $0.bytes += bytes }
    }

    func shut() { state.withLock { $0.isShut = true } }

    func open() {
        state.withLock { $0.isShut = false }
        state.signal(all: true)
    }

    func waitForWriter() { state.wait { state in state.waiting > 0 ? () : nil } }

    var lines: [String] {
        let bytes = state.withLock { $0.bytes }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

private func line(
    _ message: String,
    _ metadata: Logger.Metadata = [:],
    _ format: LogFormat = .json
) -> String {
    let bytes = LogLine(
        milliseconds: 1_767_323_045_678,
        level: .info,
        label: "handfast.test",
        message: message,
        metadata: metadata
    ).bytes(format)
    return String(decoding: bytes, as: UTF8.self)
}

private func object(_ line: String) throws -> [String: Any] {
    let parsed = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(parsed as? [String: Any])
}

@Suite struct LogLineTests {
    @Test func `a JSON line has time, level, logger, message and metadata`() throws {
        let text = line(
            "started",
            ["port": "9443", "tls": "true", "names": ["a", "b"], "d": ["k": "v"]]
        )
        #expect(
            text == #"{"time":"2026-01-02T03:04:05.678Z","level":"info","logger":"handfast.test","#
                + #""message":"started","d":{"k":"v"},"names":["a","b"],"port":"9443","#
                + #""tls":"true"}"#
                + "\n"
        )
    }

    @Test func `numbers and literals that are given as such stay such`() throws {
        let text = line("x", ["n": .stringConvertible(12), "b": .stringConvertible(true)])
        #expect(text.contains(#""b":true,"n":12}"#))
        #expect(line("x", ["f": .stringConvertible(Double.nan)]).contains(#""f":"nan""#))
    }

    @Test func `a line for people quotes what is not plain`() {
        let text = line("started", ["a": "1.2.3.4:5", "b": "two words", "c": ""], .human)
        #expect(
            text == "2026-01-02T03:04:05.678Z info handfast.test: started"
                + " a=1.2.3.4:5 b=\"two words\" c=\"\"\n"
        )
    }

    static let attacks = [
        "a\nb", "a\r\nb", "\u{1b}[31mred", "\u{9b}31m", "\u{0}", "\u{7f}", "a\tb", "\"},{\"x\":\"",
        "\\", "\u{2028}", "\u{2029}", "\u{202e}evil", "\u{2066}x", "\u{feff}", "\u{200b}",
        "\u{e0041}", "\u{8}\u{8}", "\u{85}", "ok\n{\"level\":\"info\"}",
    ]

    @Test(arguments: attacks, [LogFormat.json, .human])
    func `nobody's text ends a line, steers a terminal or leaves its quotes`(
        _ attack: String,
        _ format: LogFormat
    ) throws {
        let text = line(
            attack,
            [attack: .string(attack), "x": [attack: [.string(attack)]]],
            format
        )
        #expect(text.hasSuffix("\n"))
        let body = text.dropLast()
        #expect(
            !body.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
        )
        for hidden in ["\u{2028}", "\u{2029}", "\u{202e}", "\u{2066}", "\u{feff}", "\u{200b}"] {
            #expect(!body.unicodeScalars.contains { String($0) == hidden })
        }
        guard format == .json else { return }
        let read = try object(text)
        #expect(read["message"] as? String == attack)
        #expect(read[attack] as? String == attack)
    }

    @Test func `every scalar comes back from JSON as it went in`() throws {
        for start in stride(from: UInt32(1), to: 0x11_0000, by: 997) {
            let scalars = (start..<start + 16).compactMap(Unicode.Scalar.init)
            let text = String(String.UnicodeScalarView(scalars))
            let read = try object(line(text))["message"] as? String
            // Compared by scalars: equality of strings would forgive another normal form.
            #expect(read.map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
        }
    }

    static let secrets = [
        "secret", "password", "authorization", "Authorization", "client_secret", "clientSecret",
        "client-secret", "client_assertion", "refresh_token", "access_token", "id_token", "token",
        "code", "device_code", "code_verifier", "Cookie", "private_key", "subjectToken",
    ]

    @Test(arguments: secrets, [LogFormat.json, .human])
    func `the value of a secret's key is never written`(_ key: String, _ format: LogFormat) {
        let nested: Logger.Metadata = [
            key: "hunter2", "a": [key: "hunter2", "b": [key: ["hunter2"]]],
            "l": [[key: "hunter2"]],
        ]
        let text = line("x", nested, format)
        #expect(!text.contains("hunter2"))
        #expect(text.components(separatedBy: LogRedaction.replacement).count == 5)
    }

    @Test(arguments: [
        "client_id", "status_code", "error_code", "token_type", "grant_type", "thumbprint",
        "code_challenge_method", "secretary", "key_id",
    ])
    func `the value of a harmless key is written`(_ key: String) {
        #expect(line("x", [key: "shown"]).contains("shown"))
    }

    @Test func `metadata cannot pose as the line's own members`() throws {
        let text = line("real", ["message": "false", "level": "debug", "level_": "x"])
        let read = try object(text)
        #expect(read["message"] as? String == "real")
        #expect(read["level"] as? String == "info")
        #expect(read["message_"] as? String == "false")
        #expect(read["level_"] as? String == "x")
        #expect(read["level__"] as? String == "debug")
    }

    @Test func `a line stays within its bound, and stays JSON`() throws {
        let long = String(repeating: "\u{1b}ä", count: 100_000)
        var many: Logger.Metadata = [:]
        for index in 0..<1000 { many["key\(index)"] = .string(long) }
        var deep: Logger.MetadataValue = "x"
        for _ in 0..<100 { deep = [deep] }
        let text = line(long, many.merging(["deep": deep]) { $1 })
        #expect(text.utf8.count < LogLine.bytesMax + 3 * LogLine.textBytesMax)
        #expect(try object(text)["truncated"] as? Bool == true)
        _ = try object(line("x", ["deep": deep]))
    }
}

@Suite struct LogSinkTests {
    private func sink(_ capture: Capture, capacity: Int = 100) throws -> LogSink {
        try LogSink(format: .json, level: .info, capacity: capacity, clock: WallClock()) {
            capture.take($0)
        }
    }

    @Test func `a logger's lines arrive in order, with merged metadata`() throws {
        let capture = Capture()
        let sink = try sink(capture)
        var handler = SinkLogHandler("l", sink)
        handler.metadata = ["a": "base", "b": "base"]
        handler.metadataProvider = Logger.MetadataProvider { ["b": "provided", "c": "provided"] }
        let logger = Logger(label: "l") { _ in handler }
        logger.info("one", metadata: ["c": "given"])
        logger.debug("not written")
        sink.flush()
        let read = try object(try #require(capture.lines.first))
        #expect(read["a"] as? String == "base")
        #expect(read["b"] as? String == "provided")
        #expect(read["c"] as? String == "given")
        for index in 0..<50 { logger.warning("\(index)") }
        sink.stop()
        let messages = try capture.lines.dropFirst().map { try object($0)["message"] as? String }
        #expect(messages == (0..<50).map(String.init))
    }

    @Test func `a line has the time of the clock that was handed in, ours as well`() throws {
        let (capture, clock) = (Capture(), WallClock())
        let sink = try LogSink(format: .json, level: .info, capacity: 1, clock: clock) {
            capture.take($0)
        }
        let logger = Logger(label: "l") { SinkLogHandler($0, sink) }
        capture.shut()
        logger.info("by the machine's clock")
        capture.waitForWriter()
        // To a day of 2100.
        clock.turn(seconds: 4_110_000_000 - clock.seconds)
        for _ in 0..<3 { logger.info("queued or dropped") }
        capture.open()
        sink.stop()
        let times = try capture.lines.map { try object($0)["time"] as? String ?? "" }
        #expect(times.map { $0.hasPrefix("2100-03-29T") } == [false, true, true])
        #expect(try object(try #require(capture.lines.last))["dropped"] as? Int == 2)
    }

    @Test func `the level changes for all loggers that have none of their own`() throws {
        let capture = Capture()
        let sink = try sink(capture)
        let follows = Logger(label: "follows") { SinkLogHandler($0, sink) }
        var own = Logger(label: "own") { SinkLogHandler($0, sink) }
        own.logLevel = .error
        for level in Logger.Level.allCases {
            sink.level = level
            #expect(sink.level == level)
            #expect(follows.logLevel == level)
            #expect(own.logLevel == .error)
        }
        sink.stop()
    }

    @Test func `a full queue drops, counts, and says how many`() throws {
        let capture = Capture()
        let sink = try sink(capture, capacity: 5)
        let logger = Logger(label: "l") { SinkLogHandler($0, sink) }
        capture.shut()
        logger.info("held")
        capture.waitForWriter()
        for index in 0..<12 { logger.info("\(index)") }
        capture.open()
        sink.flush()
        let read = try capture.lines.map(object)
        #expect(
            read.map { $0["message"] as? String } == [
                "held", "0", "1", "2", "3", "4",
                "log lines were dropped: the log was written too slowly",
            ]
        )
        #expect(read.last?["dropped"] as? Int == 7)
        #expect(read.last?["level"] as? String == "warning")
        logger.info("after")
        sink.stop()
        #expect(try object(try #require(capture.lines.last))["message"] as? String == "after")
    }

    @Test func `lines of many threads are whole, and none is lost below the bound`() throws {
        let capture = Capture()
        let sink = try sink(capture, capacity: 10_000)
        let threads = try (0..<4).map { number in
            try Thread.start("logger") {
                let logger = Logger(label: "l") { SinkLogHandler($0, sink) }
                for index in 0..<500 {
                    logger.info("x", metadata: ["id": .string("\(number)-\(index)")])
                }
            }
        }
        for thread in threads { thread.join() }
        sink.stop()
        let ids = try capture.lines.map { try object($0)["id"] as? String }
        #expect(Set(ids).count == 2000)
        #expect(ids.count == 2000)
    }

    @Test func `after a stop lines are still written, and a second stop does nothing`() throws {
        let capture = Capture()
        let sink = try sink(capture)
        sink.stop()
        sink.stop()
        Logger(label: "l") { SinkLogHandler($0, sink) }.error("late")
        #expect(capture.lines.count == 1)
        sink.flush()
    }

    @Test func `a log that nobody reads does not keep the program from ending`() throws {
        let capture = Capture()
        let sink = try sink(capture)
        let logger = Logger(label: "l") { SinkLogHandler($0, sink) }
        capture.shut()
        logger.info("stuck")
        capture.waitForWriter()
        sink.stop(within: 1)
        logger.info("dropped")
        #expect(capture.lines.isEmpty)
        capture.open()
        sink.stop()
        #expect(capture.lines.count == 1)
    }

    @Test func `a descriptor that is no terminal gets JSON, and a broken one does no harm`() throws
    {
        let pipe = Pipe()
        let sink = try LogSink(
            descriptor: pipe.fileHandleForWriting.fileDescriptor,
            format: .auto,
            level: .info,
            clock: WallClock()
        )
        #expect(sink.format == .json)
        Logger(label: "l") { SinkLogHandler($0, sink) }.notice("through the pipe")
        sink.stop()
        try pipe.fileHandleForWriting.close()
        let data = try #require(try pipe.fileHandleForReading.readToEnd())
        #expect(try object(String(decoding: data, as: UTF8.self))["level"] as? String == "notice")
        let broken = try LogSink(
            descriptor: 1_000_000,
            format: .human,
            level: .info,
            clock: WallClock()
        )
        Logger(label: "l") { SinkLogHandler($0, broken) }.error("nowhere")
        broken.stop()
    }
}
