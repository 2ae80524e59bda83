// SPDX-License-Identifier: Apache-2.0
import Foundation
import SQLiteStore
import Storage

/// A store that goes away with its test.
final class TemporaryStore {
    private let path: String
    let database: SQLiteDatabase

    init() throws {
        path =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("handfast-registration-\(UInt64.random(in: 0 ... .max))").path
        database = try SQLiteDatabase.open(directory: path, as: .tool)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func insert(_ set: TrustSetRecord) throws {
        try database.insert(set, by: .server, at: set.created)
    }
}
