// SPDX-License-Identifier: Apache-2.0
import Foundation
import Storage

@testable import SQLiteStore
@testable import Tables

/// A directory that goes away with its test.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let name = "handfast-store-\(UInt64.random(in: 0 ... .max))"
        path =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent(name).path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { path + "/handfast.db" }

    func open(_ role: SQLiteDatabase.Role = .tool) throws -> SQLiteDatabase {
        try SQLiteDatabase.open(directory: path, as: role)
    }

    func open(
        _ role: SQLiteDatabase.Role = .tool,
        migrations: [Migration],
        pageCountMax: Int? = nil
    ) throws -> SQLiteDatabase {
        try SQLiteDatabase(
            directory: DataDirectory(path),
            role: role,
            migrations: migrations,
            pageCountMax: pageCountMax
        )
    }

    func mode(_ name: String) -> Int? { DataDirectory.mode(of: path + "/" + name) }

    /// Every file with its bytes.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            contents[name] = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
        }
        return contents
    }
}
