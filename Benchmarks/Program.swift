// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// Measures what a token costs, here or anywhere.
@main struct Program: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks",
        abstract: "Measures what a certificate-bound token costs.",
        discussion: """
            The server of this package beside nginx, in a minute and a half, with a page of plots:

              Benchmarks --report ladder.html

            Your own token endpoint, as one client, at 2,000 requests a second:

              Benchmarks --target https://localhost:9443 --cert client.pem \\
                  --key client.key --ca ca.pem --rate 2000 \\
                  --body 'grant_type=client_credentials&client_id=…'

            The same with thousands of clients and a rate that rises, from two processes:

              Benchmarks --target https://localhost:9443 --clients-from clients \\
                  --mode full --ramp 100:5000:60 --processes 2 --report run.html

            Without options: the ladder. Makes certificates, starts the release server (and nginx, \
            where it is installed, and granian with --granian) on one processor and the load on \
            another, and prints server CPU per operation, rates, latencies and memory. A minute \
            and a half.

            With any of --target, --mode, --rate, --ramp, --duration, --connections, --processes \
            or --clients: one load of your choice, on this package's server or on any token \
            endpoint.

            With --floods: kept-alive clients beside begun handshakes and unread pipelines.

            Exits with 0, with 1 when requests failed or nothing could be measured, and with 64 \
            when the options make no sense. What the figures mean: Benchmarks/README.md.
            """
    )

    @OptionGroup var options: Options

    func run() throws {
        Interruption.watch()
        if let path = options.worker { return try LoadProcesses.work(path) }
        let arguments = CommandLine.arguments.dropFirst()
        let command = (["Benchmarks"] + arguments).joined(separator: " ")
        let earlier = try options.baseline.map { try ResultFile.read($0) }
        if Machine.isDebugBuild {
            Terminal.error(
                "Benchmarks itself is a debug build; it measures the release server all the same. "
                    + "For its best: swift run -c release Benchmarks\n"
            )
        }
        let measurements: Measurements
        do {
            measurements = try measure(command)
        } catch {
            Progress.clearLine()
            throw error
        }
        let changes = earlier.map { Baseline.compare($0, measurements) }
        try publish(measurements, changes)
        guard measurements.failed == 0 else {
            Terminal.error(
                "\(measurements.failed) requests failed; the first: "
                    + "\(measurements.firstFailure ?? "reason unknown")\n"
            )
            throw ExitCode(1)
        }
    }

    private func measure(_ command: String) throws(BenchmarkError) -> Measurements {
        if options.floods { return try FloodRun(options: options, command: command).run() }
        if options.isLoadRun { return try LoadRun(options: options, command: command).run() }
        return try Ladder(
            scale: options.thorough ? .thorough : options.smoke ? .smoke : .quick,
            versions: options.tls.map { [$0] } ?? TLSVersion.allCases,
            program: options.server,
            granian: options.granian,
            command: command
        ).run()
    }

    private func publish(_ measurements: Measurements, _ changes: [RowChange]?) throws {
        var lines = [measurements.machine.line, ""] + ResultTable.lines(measurements)
        lines += measurements.remarks.isEmpty ? [] : [""] + measurements.remarks
        if let changes, let baseline = options.baseline {
            lines += [""] + Baseline.lines(changes, earlier: baseline)
        }
        let text = lines.joined(separator: "\n") + "\n"
        if let report = options.report {
            try Files.write(HTMLReport.page(measurements, comparison: changes ?? []), to: report)
        }
        if options.json == "-" {
            // Standard output is for the JSON alone then.
            Terminal.error(text)
            Terminal.output(try ResultFile.text(measurements))
        } else {
            Terminal.output(text)
            if let file = options.json {
                try Files.write(try ResultFile.text(measurements), to: file)
            }
        }
    }
}

/// Why nothing (more) is measured: one sentence that says what was wrong and what to do.
struct BenchmarkError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
