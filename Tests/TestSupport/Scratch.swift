// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A directory of its own for one test, removed with it.
package final class Scratch {
    package let path: String

    package init() throws {
        path = NSTemporaryDirectory() + "/handfast-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and returns its path.
    package func file(_ name: String, _ text: String) throws -> String {
        let full = path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: full))
        return full
    }
}
