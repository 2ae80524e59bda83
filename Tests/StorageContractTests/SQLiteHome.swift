// SPDX-License-Identifier: Apache-2.0
import Foundation
import SQLiteStore
import Storage

extension StoreKind {
    /// SQLite in a data directory.
    static let sqlite = StoreKind(testDescription: "SQLite") { SQLiteHome() }
}

/// A data directory.
private final class SQLiteHome: StoreHome {
    private let path: String

    init() {
        let name = "handfast-contract-\(UInt64.random(in: 0 ... .max))"
        path =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent(name).path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func open() throws -> any CompleteStore {
        KeptStore(store: try SQLiteDatabase.open(directory: path, as: .tool), home: self)
    }
}
