// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The error of a system call.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call or the purpose, for people.
    public let operation: String
    /// The errno, positive.
    public let code: Int32

    /// An error from the operation and its errno.
    public init(_ operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// The system's text for the errno.
    public var reason: String {
        if isNoRegularFile { return "it is neither a file nor a link to one" }
        // ELOOP means a refused link, or links that lead to each other.
        if code == ELOOP { return "it is a symbolic link, or one of too many" }
        // SAFETY: the C library returns a NUL-terminated string; it is copied at once.
        return unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }

    /// The call and the reason; the memory limit too, where running into it may be the cause.
    public var description: String {
        let words = "\(operation): \(reason)"
        guard code == ENOMEM || code == EAGAIN, let limit = ProcessSettings.addressSpaceLimit else {
            return words
        }
        return "\(words); this process may have \(limit >> 20) MiB of address space (LimitAS of"
            + " systemd, `ulimit -v`), and may need more"
    }

    /// Whether the file is not a regular one: a FIFO, a device, a socket.
    public var isNoRegularFile: Bool { code == Int32(HANDFAST_NOT_REGULAR) }

    /// Whether the address is in use already.
    public var isAddressInUse: Bool { code == EADDRINUSE }

    /// Whether there is nothing of that name.
    package var isMissing: Bool { code == ENOENT }

    /// Whether the user may not do it.
    package var isForbidden: Bool { code == EACCES || code == EPERM }

    /// Whether no program listens at the address.
    package var isNobodyListening: Bool { code == ECONNREFUSED || code == ENOENT }

    /// Whether the deadline passed.
    package var isTimeout: Bool { code == ETIMEDOUT }
}

/// Calls that take no structure.
public enum SystemCall {
    /// The name of the user who runs this process, whosever rights it has; its number where it has
    /// no name.
    ///
    /// May ask a directory service, and block.
    public static var userName: String {
        var name = [UInt8](repeating: 0, count: 256)
        let count = name.count
        // SAFETY: the call writes at most `count` bytes, and says how many.
        let written = unsafe name.withUnsafeMutableBytes {
            unsafe Int(handfast_user_name($0.baseAddress, count))
        }
        guard written > 0 else { return "\(getuid())" }
        return String(decoding: name[..<written], as: UTF8.self)
    }

    /// Writes all of `bytes`, waiting where it must; false when the descriptor is broken.
    @discardableResult
    public static func write(_ descriptor: Int32, _ bytes: Span<UInt8>) -> Bool {
        var done = 0
        while done < bytes.count {
            guard let written = writeSome(descriptor, bytes.extracting(done...)) else {
                return false
            }
            done += written
            if written == 0 { _ = isWritable(descriptor, within: -1) }
        }
        return true
    }

    /// Waits until `descriptor` takes bytes, or is broken; false after `milliseconds`, of which a
    /// negative number has no end.
    ///
    /// A pipe takes `pipeBytes` at once then (pipe(7)).
    package static func isWritable(_ descriptor: Int32, within milliseconds: Int32) -> Bool {
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            // SAFETY: one structure, and a count of one.
            let ready = unsafe poll(&waiting, 1, milliseconds)
            // Whoever writes to a broken one is told why.
            if ready >= 0 || errno != EINTR { return ready != 0 }
        }
    }

    /// PIPE_BUF.
    package static let pipeBytes = 4_096

    /// Reads the available bytes, at most `count`; empty at the end.
    ///
    /// Errors call the source `name`.
    package static func read(
        _ descriptor: Int32,
        upTo count: Int,
        of name: String
    ) throws(SystemError) -> [UInt8] {
        while true {
            var code: Int32 = 0
            // SAFETY: at most the buffer's length is written, and as much is said to be there.
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                let got = unsafe Glibc.read(descriptor, buffer.baseAddress, count)
                code = got < 0 ? errno : 0
                filled = max(got, 0)
            }
            if code == 0 { return bytes }
            guard code == EINTR else { throw SystemError("reading \(name)", code: code) }
        }
    }

    /// Writes as many bytes as there is room for; returns their number, or nil when the descriptor
    /// is broken.
    public static func writeSome(_ descriptor: Int32, _ bytes: Span<UInt8>) -> Int? {
        while true {
            // SAFETY: at most the span's bytes are read.
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if written >= 0 { return written }
            if errno == EAGAIN { return 0 }
            guard errno == EINTR else { return nil }
        }
    }

    /// Copies received bytes of a socket to `bytes`, and leaves them in the socket.
    ///
    /// Returns their number; nil where the peer has closed or the socket is broken.
    public static func peek(_ descriptor: Int32, into bytes: inout [UInt8]) -> Int? {
        // SAFETY: at most the array's count is written.
        let seen = unsafe handfast_peek(descriptor, &bytes, bytes.count)
        if seen > 0 { return seen }
        return seen == -Int(EAGAIN) ? 0 : nil
    }

    /// Takes received bytes that `peek` has shown; false where the socket is broken.
    public static func discard(_ descriptor: Int32, count: Int) -> Bool {
        handfast_discard(descriptor, count) == 0
    }

    /// Tells a socket's peer that nothing more will be sent; receiving goes on.
    public static func endSending(_ descriptor: Int32) {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Sets the low-water mark: the socket is readable only with so many received bytes.
    public static func setLowWater(_ descriptor: Int32, count: Int) {
        handfast_set_low_water(descriptor, Int32(clamping: count))
    }

    /// The number of sent bytes that the peer has not acknowledged; 0 where that is unknown.
    public static func unsentBytes(_ descriptor: Int32) -> Int {
        Int(max(handfast_unsent(descriptor), 0))
    }

    /// Has the close of a socket reset the connection, and drop what was not sent.
    public static func resetOnClose(_ descriptor: Int32) {
        handfast_reset_on_close(descriptor)
    }

    /// Whether the descriptor is a terminal.
    public static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }
}

/// The process as a whole.
public enum ProcessSettings {
    /// The number of processors that this process may use: those that it may run on, or the quota
    /// of its control groups where that is less.
    public static let processors: Int = {
        let allowed = Int(handfast_processors())
        func text(_ path: String) -> String? {
            (try? DataFile.read(path)).map { String(decoding: $0, as: UTF8.self) }
        }
        guard let groups = text("/proc/self/cgroup"), let mounts = text("/proc/self/mountinfo"),
            let quota = ProcessorQuota.processors(groups: groups, mounts: mounts, read: text)
        else { return allowed }
        return min(allowed, quota)
    }()

    /// The number of this process.
    package static var identifier: Int { Int(getpid()) }

    /// The variables of the environment; of two with one name the first, as getenv has it.
    package static var environment: [String: String] {
        var variables: [String: String] = [:]
        var index: Int32 = 0
        // SAFETY: the C library's texts, which end with NUL, are copied; this program sets none.
        while let entry = unsafe handfast_environment(index) {
            let text = unsafe String(cString: entry)
            index += 1
            guard let sign = text.firstIndex(of: "=") else { continue }
            let name = String(text[..<sign])
            guard variables[name] == nil else { continue }
            variables[name] = String(text[text.index(after: sign)...])
        }
        return variables
    }

    /// No core file, no inspection by other users, no new privileges: private keys live in this
    /// memory.
    public static func harden() {
        handfast_harden_process()
    }

    /// Raises the soft limit of open descriptors to the hard one and returns it.
    public static func raiseDescriptorLimit() -> UInt64 {
        handfast_raise_descriptor_limit()
    }

    /// The bytes of address space that this process may have (RLIMIT_AS); nil without a limit.
    public static var addressSpaceLimit: UInt64? {
        let limit = handfast_address_space_limit()
        return limit == 0 ? nil : limit
    }

    /// Why the process cannot have so many more bytes of address space, in sentences; nil where it
    /// can.
    package static func addressSpaceShortage(_ bytes: Int) -> String? {
        guard let limit = addressSpaceLimit, handfast_address_space_has(bytes) != 1 else {
            return nil
        }
        return addressSpaceShortage(bytes, limit: limit)
    }

    static func addressSpaceShortage(_ bytes: Int, limit: UInt64) -> String {
        "The address space of this process is limited to \(limit >> 20) MiB (LimitAS of systemd,"
            + " `ulimit -v`), which leaves less than the \(bytes >> 20) MiB that it needs besides"
            + " the program. Raise the limit, or set MemoryMax instead."
    }

    /// Bytes of memory that this process holds (the kernel's VmRSS); 0 where it does not tell.
    package static var residentBytes: Int {
        guard let status = try? DataFile.read("/proc/self/status") else { return 0 }
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        let words = lines.first { $0.hasPrefix("VmRSS:") }?.split { $0 == " " || $0 == "\t" }
        guard let words, words.count == 3, let kibibytes = Int(words[1]) else { return 0 }
        return kibibytes << 10
    }

    /// Bytes that the allocator has given out; 0 where it cannot tell.
    public static var allocatedBytes: Int { Int(handfast_allocated_bytes()) }

    /// Bytes that the calling thread has allocated so far; 0 where the allocator cannot tell.
    public static var threadAllocatedBytes: UInt64 { handfast_thread_allocated_bytes() }
}

/// The signals that steer the server.
public enum Signals {
    /// The request that a signal makes of the process.
    public enum Request: Sendable {
        case reload
        case stop
    }

    /// Blocks the signals, so that `next` receives them.
    ///
    /// Call before the first thread starts, so that every thread inherits the mask.
    public static func block() {
        handfast_signals_block()
    }

    /// Waits at most `milliseconds` for HUP, TERM or INT; nil where none comes.
    public static func next(milliseconds: Int) -> Request? {
        switch handfast_signal_next(Int32(milliseconds)) {
        case 0: nil
        case SIGHUP: .reload
        default: .stop
        }
    }

    /// Waits so many milliseconds for TERM or INT, and drops others; whether one came.
    public static func waitForStop(milliseconds: UInt64) -> Bool {
        let end = Clock.milliseconds + milliseconds
        while true {
            let now = Clock.milliseconds
            guard now < end else { return false }
            if next(milliseconds: Int(clamping: min(end - now, 1_000))) == .stop { return true }
        }
    }
}
