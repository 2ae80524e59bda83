// SPDX-License-Identifier: Apache-2.0
package import Foundation
import PostgresStore

/// A server of PostgreSQL for this process, with a migrated database as a template.
package final class PostgresCluster: Sendable {
    package static let shared = Result { try PostgresCluster() }
    package static let template = "template_handfast"

    package struct ClusterError: Error {
        let reason: String
    }

    /// The file of the key that wraps the secrets of every store.
    package let keyPath: String
    private let folder: String

    private init() throws {
        let name = "handfast-postgres-\(UInt64.random(in: 0 ... .max))"
        folder =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent(name).path
        keyPath = folder + "/store.key"
        let process = Process()
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        process.executableURL = tests.appendingPathComponent("postgres-cluster")
        process.arguments = [folder]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        // The script stops with this process.
        guard output.fileHandleForReading.availableData.starts(with: Data("ready".utf8)) else {
            throw ClusterError(reason: "no PostgreSQL could be started for the tests in \(folder)")
        }
        try StoreKeyFile.make(at: keyPath)
        try run("CREATE DATABASE \(Self.template)")
        _ = try PostgresMigration.migrate(
            PostgresURL(url(Self.template)),
            keyFile: StoreKeyFile(path: keyPath)
        )
    }

    /// The address of the database `name`.
    package func url(_ name: String) -> String {
        let host = folder.replacingOccurrences(of: "/", with: "%2F") + "%2Fsocket"
        return "postgresql://postgres@\(host)/\(name)"
    }

    /// Runs one statement with psql, which is not of this project.
    @discardableResult
    package func run(_ sql: String, database: String = "postgres") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/psql")
        process.arguments = [
            "--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--set=ON_ERROR_STOP=1",
            "--host=\(folder)/socket", "--username=postgres", "--command=\(sql)", database,
        ]
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ClusterError(reason: String(decoding: said, as: UTF8.self))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
