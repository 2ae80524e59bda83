// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The release server of this package, on a data directory of its own.
final class HandfastServer {
    let target: Target
    let process: Int32
    private let child: ChildProcess

    /// Starts the server, bound to `processor` unless that is nil, and waits until it listens.
    init(
        _ program: String,
        data: String,
        folder: TemporaryFolder,
        reactors: Int = 1,
        processor: Int?
    ) throws(BenchmarkError) {
        let port = try FreePort.choose()
        let log = folder.path("handfast.log")
        let output = folder.path("handfast.out")
        child = try ChildProcess(
            [
                program, "serve", "--data", data, "--listen", "127.0.0.1:\(port)",
                "--reactors", "\(reactors)",
            ],
            output: output,
            errors: log,
            processor: processor
        )
        process = child.identifier
        target = Target(host: "127.0.0.1", port: port, path: "/oauth2/token")
        for _ in 0..<1_000 {
            usleep(10_000)
            if let bytes = Files.contents(output),
                String(decoding: bytes, as: UTF8.self).contains("listening on ")
            {
                return
            }
            if child.exitStatus(wait: false) != nil { break }
            if Interruption.happened { throw BenchmarkError("interrupted") }
        }
        let said = (try? Files.read(log, as: "the log")) ?? ""
        throw BenchmarkError(
            "the server does not start: "
                + (said.isEmpty ? "it says nothing" : String(said.suffix(600)))
        )
    }

    func stop() { child.stop() }
}

/// Where the server's program is, built if it must be.
enum ServerProgram {
    /// The program to measure: `given`, or this package's release build, which is made when it is
    /// missing or older than the sources.
    static func find(given: String?, folder: TemporaryFolder) throws(BenchmarkError) -> String {
        if let given {
            guard Files.isExecutable(given) else {
                throw BenchmarkError("'\(given)' (--server) is not a program that can be run")
            }
            return given
        }
        guard let root = packageRoot() else {
            throw BenchmarkError(
                "this program does not stand in its package's .build; name the server with "
                    + "--server FILE, or any token endpoint with --target https://…"
            )
        }
        let program = "\(root)/.build/release/handfast"
        let built = Files.status(program)?.changed
        if let built, newest(root) <= built { return program }
        Terminal.error(
            built == nil
                ? "building the release server first (script/build) …\n"
                : "the release server is older than its sources; building it (script/build) …\n"
        )
        let result = try ChildProcess.run(["\(root)/script/build"], in: folder)
        guard result.status == 0, Files.isExecutable(program) else {
            throw BenchmarkError(
                "script/build failed:\n\((result.output + result.errors).suffix(2_000))"
            )
        }
        return program
    }

    /// The directory above this program that holds the package.
    static func packageRoot() -> String? {
        var buffer = [CChar](repeating: 0, count: 4_096)
        // SAFETY: the kernel writes at most the array's count less one.
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        var path = String(
            decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )[...]
        while let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            path = path[..<slash]
            if Files.exists("\(path)/Package.swift"), Files.exists("\(path)/script/build") {
                return String(path)
            }
        }
        return nil
    }

    /// When the newest of the server's sources changed.
    private static func newest(_ root: String) -> Double {
        var latest = Files.status("\(root)/Package.swift")?.changed ?? 0
        var folders = ["\(root)/Sources"]
        while let folder = folders.popLast() {
            for name in Files.names(in: folder) where !name.hasPrefix(".") {
                guard let status = Files.status("\(folder)/\(name)") else { continue }
                if status.isDirectory { folders.append("\(folder)/\(name)") }
                if !status.isDirectory { latest = max(latest, status.changed) }
            }
        }
        return latest
    }
}
