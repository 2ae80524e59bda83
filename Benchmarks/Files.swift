// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Small files, whole: PEM, JSON, /proc.
enum Files {
    static func read(_ path: String, as what: String) throws(BenchmarkError) -> String {
        guard let bytes = contents(path) else {
            throw BenchmarkError("cannot read \(what) '\(path)': \(SystemMessage.last())")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes of a file, nil with errno set when it cannot be read.
    static func contents(_ path: String) -> [UInt8]? {
        // SAFETY: the path is a C string for the time of the call; reads stay within the block.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            // SAFETY: the kernel writes at most the array's count.
            let count = unsafe block.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return result }
            result.append(contentsOf: block.prefix(count))
        }
    }

    /// Replaces a file; `mode` is what others may do with it.
    static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws(BenchmarkError)
    {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw BenchmarkError("cannot write '\(path)': \(SystemMessage.last())")
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            // SAFETY: the kernel reads at most the rest of the array.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    descriptor,
                    $0.baseAddress?.advanced(by: offset),
                    $0.count - offset
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw BenchmarkError("cannot write '\(path)': \(SystemMessage.last())")
            }
            offset += count
        }
    }

    static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    static func isExecutable(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0
    }

    /// Names in a directory, without the dots.
    static func names(in path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        // SAFETY: the directory is closed once; an entry's name is copied before the next one is
        // read.
        defer { unsafe closedir(directory) }
        var result: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { result.append(name) }
        }
        return result
    }

    /// Seconds since 1970 of the last change, nil when there is no such file; and whether it is a
    /// directory.
    static func status(_ path: String) -> (changed: Double, isDirectory: Bool)? {
        var information = stat()
        // SAFETY: `stat` fills the local structure.
        guard unsafe stat(path, &information) == 0 else { return nil }
        let time = information.st_mtim
        return (
            Double(time.tv_sec) + Double(time.tv_nsec) / 1e9,
            information.st_mode & S_IFMT == S_IFDIR
        )
    }
}

/// The system's text for an errno.
enum SystemMessage {
    static func last() -> String { text(errno) }

    static func text(_ code: Int32) -> String {
        // SAFETY: glibc's text lives at least until this thread's next call of `strerror`; it is
        // copied here.
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
