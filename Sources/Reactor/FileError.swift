// SPDX-License-Identifier: Apache-2.0
/// Why a file named by an operator cannot be used.
package struct FileError: Error, CustomStringConvertible {
    /// The path as it was given.
    package let path: String
    /// The problem with the file.
    package let reason: String

    package init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    /// Path and reason.
    package var description: String { "\(path): \(reason)" }
}

extension DataFile {
    /// The whole file, as `read` does; the error is about the file as it was named.
    package static func contents(of path: String) throws(FileError) -> [UInt8] {
        do {
            return try read(path)
        } catch {
            throw FileError(path, "cannot be read: \(error.reason)")
        }
    }
}
