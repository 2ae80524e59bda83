// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A program that this one has started; stopped when the value goes away.
final class ChildProcess {
    let identifier: Int32
    private var running = true

    /// Starts `arguments[0]`; its output goes to files.
    ///
    /// `processor` binds it, and all that it starts, to one processor.
    init(
        _ arguments: [String],
        output: String,
        errors: String,
        processor: Int? = nil
    ) throws(BenchmarkError) {
        let start: @Sendable () -> (Int32, Int32) = {
            Self.spawn(arguments, output: output, errors: errors)
        }
        // A child inherits the processors of the thread that starts it.
        let (status, identifier) =
            if let processor { try LoadThreads.onProcessor(processor, start) } else { start() }
        guard status == 0 else {
            throw BenchmarkError("cannot start \(arguments[0]): \(SystemMessage.text(status))")
        }
        self.identifier = identifier
    }

    deinit { stop() }

    /// The exit status if it has ended; 128 and more for a signal.
    func exitStatus(wait: Bool) -> Int32? {
        guard running else { return 0 }
        var status: Int32 = 0
        while true {
            // SAFETY: the call fills the local variable.
            let result = unsafe waitpid(identifier, &status, wait ? 0 : WNOHANG)
            if result < 0, errno == EINTR {
                if Interruption.happened { return 130 }
                continue
            }
            guard result == identifier else { return nil }
            running = false
            let signal = status & 0x7F
            return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
        }
    }

    /// Asks it to end, and makes it end after five seconds.
    func stop() {
        guard running else { return }
        kill(identifier, SIGTERM)
        for _ in 0..<500 {
            if exitStatus(wait: false) != nil || !running { return }
            usleep(10_000)
        }
        kill(identifier, SIGKILL)
        _ = exitStatus(wait: true)
        running = false
    }

    /// Processes whose parent this one is.
    var children: [Int32] {
        Files.names(in: "/proc").compactMap { Int32($0) }.filter { process in
            let text = String(
                decoding: Files.contents("/proc/\(process)/stat") ?? [],
                as: UTF8.self
            )
            // The name stands in brackets and may hold blanks; state and parent follow it.
            guard let name = text.lastIndex(of: ")") else { return false }
            let fields = text[text.index(after: name)...].split(separator: " ")
            return fields.count > 1 && Int32(fields[1]) == identifier
        }
    }

    /// Runs a program to its end: exit status, standard output, standard error.
    static func run(
        _ arguments: [String],
        in folder: TemporaryFolder
    ) throws(BenchmarkError) -> (status: Int32, output: String, errors: String) {
        let output = folder.path("stdout")
        let errors = folder.path("stderr")
        let child = try ChildProcess(arguments, output: output, errors: errors)
        let status = child.exitStatus(wait: true) ?? 1
        return (
            status,
            try Files.read(output, as: "the output of \(arguments[0])"),
            try Files.read(errors, as: "the errors of \(arguments[0])")
        )
    }

    private static func spawn(
        _ arguments: [String],
        output: String,
        errors: String
    ) -> (status: Int32, identifier: Int32) {
        // SAFETY: the actions are initialized before use and destroyed once; the argument strings
        // are C copies that are freed after the call, which does not keep them.
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if !output.isEmpty {
            unsafe posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
        }
        if !errors.isEmpty {
            unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
        }
        var copies = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
        var identifier: pid_t = 0
        let status = unsafe posix_spawnp(&identifier, arguments[0], &actions, nil, &copies, environ)
        return (status, identifier)
    }
}

/// A directory of our own that goes away with everything in it.
final class TemporaryFolder {
    let root: String

    init() throws(BenchmarkError) {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/handfast-bench-XXXXXX".utf8CString)
        // SAFETY: the array is a NUL-terminated string that the call changes in place.
        let made = unsafe mkdtemp(&template) != nil
        guard made else {
            throw BenchmarkError("no temporary folder in \(parent): \(SystemMessage.last())")
        }
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(root) }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    private static func remove(_ path: String) {
        if Files.status(path)?.isDirectory == true {
            for name in Files.names(in: path) { remove("\(path)/\(name)") }
            _ = unsafe rmdir(path)
        } else {
            _ = unsafe unlink(path)
        }
    }
}
