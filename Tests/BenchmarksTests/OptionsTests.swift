// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Benchmarks

@Suite struct OptionsTests {
    @Test func `no arguments mean the ladder`() throws {
        let options = try Options.reading([])
        #expect(!options.isLoadRun)
        #expect(options.json == nil)
    }

    @Test func `any choice of load means a load run`() throws {
        for arguments in [
            ["--mode", "full"], ["--rate", "10"], ["--duration", "2"], ["--connections", "5"],
            ["--clients", "100"], ["--target", "https://localhost:9443"], ["--processes", "2"],
            ["--ramp", "0:10:1"],
        ] {
            #expect(try Options.reading(arguments).isLoadRun)
        }
        #expect(try !Options.reading(["--smoke", "--tls", "1.2"]).isLoadRun)
    }

    @Test func `floods are a run of their own`() throws {
        let options = try Options.reading(["--floods", "--smoke"])
        #expect(options.floods && !options.isLoadRun)
        for others in [["--thorough"], ["--rate", "5"], ["--target", "https://localhost"]] {
            #expect(throws: BenchmarkError.self) { _ = try Options.reading(["--floods"] + others) }
        }
    }

    @Test func `json without a file goes to standard output`() throws {
        #expect(try Options.reading(["--json"]).json == "-")
        #expect(try Options.reading(["--json", "out.json"]).json == "out.json")
    }

    @Test(arguments: [
        (["--target", "http://localhost:9443"], "plain HTTP"),
        (["--target", "localhost:9443"], "not a URL"),
        (["--target", "ftp://localhost"], "not an https URL"),
        (["--target", "https://localhost:99999"], "no valid port"),
        (["--target", "https://localhost", "--cert", "a"], "belong together"),
        (["--target", "https://localhost", "--key", "a"], "belong together"),
        (["--target", "https://localhost", "--ca", "a", "--insecure"], "contradict"),
        (["--target", "https://localhost", "--clients", "5"], "own server"),
        (["--cert", "a", "--key", "b"], "is for --target"),
        (["--clients-from", "a"], "is for --target"),
        (
            ["--target", "https://h", "--clients-from", "a", "--cert", "b", "--key", "c"],
            "one of them"
        ),
        (
            ["--target", "https://h", "--clients-from", "a", "--body", "a=b&client_id=c"],
            "client_id"
        ),
        (["--processes", "0"], "--processes"),
        (["--processes", "4", "--connections", "3"], "needs a connection"),
        (["--processes", "2", "--threads", "2", "--connections", "3"], "needs a connection"),
        (["--ramp", "1:2"], "--ramp"),
        (["--ramp", "1:0:5"], "--ramp"),
        (["--ramp=-1:5:5"], "--ramp"),
        (["--ramp", "1:2:3:4"], "--ramp"),
        (["--ramp", "1:nan:3"], "--ramp"),
        (["--ramp", "1:2:0"], "--ramp"),
        (["--ramp", "1:2:3", "--rate", "5"], "contradict"),
        (["--insecure"], "is for --target"),
        (["--pid", "1"], "is for --target"),
        (["--rate=0"], "--rate"),
        (["--rate=-5"], "--rate"),
        (["--rate=nan"], "--rate"),
        (["--duration", "0"], "--duration"),
        (["--connections", "0"], "--connections"),
        (["--threads", "0"], "--threads"),
        (["--threads", "9", "--connections", "4"], "needs a connection"),
        (["--clients", "0"], "--clients"),
        (["--mix", "1:2:3"], "needs --mode mix"),
        (["--mode", "mix", "--mix", "1:2"], "three shares"),
        (["--mode", "fast"], "invalid"),
        (["--tls", "1.1"], "invalid"),
        (["--group", "X25519"], "is for a load"),
        (["--group", "x448", "--rate", "5"], "invalid"),
        (["--thorough", "--smoke"], "contradict"),
        (["--thorough", "--rate", "5"], "for the ladder"),
        (["--granian", "--rate", "5"], "for the ladder"),
        (["--granian", "--floods"], "a run of its own"),
        (["--expect", ""], "--expect"),
        (["--unknown"], "Unknown option"),
    ])
    func `nonsense is refused with its reason`(arguments: [String], reason: String) {
        do {
            _ = try Options.reading(arguments)
            Issue.record("accepted: \(arguments)")
        } catch {
            #expect(error.description.contains(reason))
        }
    }

    @Test func `a target has a host, a port and a path, with defaults`() throws {
        #expect(
            try Target("https://token.example:8443/a?b=c")
                == Target(host: "token.example", port: 8_443, path: "/a?b=c")
        )
        #expect(
            try Target("HTTPS://token.example")
                == Target(host: "token.example", port: 443, path: "/oauth2/token")
        )
        #expect(try Target("https://[::1]:9443").host == "::1")
        #expect(try Target("https://[::1]:9443").authority == "[::1]:9443")
        #expect(try Target("https://[::1]").port == 443)
    }

    @Test(arguments: [
        "https://", "https://:443", "https://a b", "https://a/b c", "https://u@h", "https://h:0",
    ])
    func `a target that is none is refused`(text: String) {
        #expect(throws: BenchmarkError.self) { _ = try Target(text) }
    }

    @Test func `a request carries the form and its length in bytes`() throws {
        let bytes = try Target("https://h:1/p").request(body: "a=ü")
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasPrefix("POST /p HTTP/1.1\r\nHost: h:1\r\n"))
        #expect(text.hasSuffix("Content-Length: 4\r\n\r\na=ü"))
    }

    @Test func `threads share connections, rate, clients and the server's clock`() throws {
        var plan = LoadPlan(
            target: Target(host: "127.0.0.1", port: 1, path: "/"),
            endpoint: try Endpoint(Target(host: "127.0.0.1", port: 1, path: "/")),
            identities: (0..<5).map { Identity(certificate: "\($0)", privateKey: "") },
            bodies: (0..<5).map { "\($0)" },
            mix: Mix(only: .full)
        )
        plan.connections = 10
        plan.threads = 3
        plan.pace = .open(rate: 300)
        plan.serverProcesses = [1]
        let parts = (0..<3).map { plan.share(of: $0) }
        #expect(parts.map(\.connections) == [4, 3, 3])
        #expect(parts.allSatisfy { $0.pace == .open(rate: 100) })
        #expect(parts.map(\.serverProcesses) == [[1], [], []])
        #expect(parts.map(\.bodies) == [["0", "3"], ["1", "4"], ["2"]])
        #expect(parts.map { $0.identities.map(\.certificate) } == parts.map(\.bodies))
        // Processes come first, and each has as many threads.
        plan.threads = 2
        plan.processor = 1
        let processes = (0..<2).map { plan.share(ofProcess: $0, among: 2) }
        #expect(processes.map(\.processor) == [1, 3])
        #expect(processes.map(\.threads) == [2, 2])
        #expect(processes.map(\.bodies) == [["0", "2", "4"], ["1", "3"]])
        let threads = processes.map { process in (0..<2).map { process.share(of: $0) } }
        #expect(threads.map { $0.map(\.connections) } == [[3, 2], [3, 2]])
        #expect(threads.map { $0.map(\.serverProcesses) } == [[[1], []], [[], []]])
        #expect(threads.joined().allSatisfy { $0.pace == .open(rate: 75) })
    }
}
