// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Directories, as commands look into them.
package enum Folder {
    /// The names in the directory at `path`, unordered, without `.` and `..`.
    package static func names(in path: String) throws(SystemError) -> [String] {
        // SAFETY: the stream is this function's and closed once. An entry is valid until the next
        // call with the stream; its name, a C string in 256 bytes, is copied at once.
        guard let stream = unsafe opendir(path) else {
            throw SystemError("reading \(path)", code: errno)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw SystemError("reading \(path)", code: errno) }
        return names
    }

    /// Makes a directory for its owner alone; those above it must be there.
    package static func make(_ path: String) throws(SystemError) {
        // SAFETY: here and below, a path is a C string for the time of the call.
        guard unsafe mkdir(path, 0o700) == 0 else {
            throw SystemError("making \(path)", code: errno)
        }
    }

    /// Removes an empty directory; one that is not there, or not empty, stays as it is.
    package static func remove(_ path: String) {
        _ = unsafe rmdir(path)
    }

    /// Removes what programs that were killed in `DataFile.write` have left of the file at `path`.
    ///
    /// For a file that no other program writes at this moment.
    package static func removeLeftovers(of path: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return }
        let (folder, file) = (String(path[..<slash]), String(path[slash...].dropFirst()))
        for name in (try? names(in: folder)) ?? []
        where name.hasPrefix("\(file).") && name.hasSuffix(".partial") {
            DataFile.remove("\(folder)/\(name)")
        }
    }

    /// The working directory of this process; empty where it is gone.
    package static var current: String {
        // SAFETY: with NULL, the C library allocates the text, which is copied and freed here.
        guard let text = unsafe getcwd(nil, 0) else { return "" }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }
}

extension ProcessSettings {
    /// The value of a variable of the environment; nil where it is not set.
    package static func variable(_ name: String) -> String? {
        // SAFETY: the text is copied at once, and this program sets no variable.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
