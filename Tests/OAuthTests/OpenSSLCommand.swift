// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting

/// The openssl command in a temporary folder that goes away with the object.
final class OpenSSLCommand: Sendable {
    struct ToolError: Error {
        let words: [String]
        let complaint: String
    }

    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("handfast-oauth-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Runs `openssl` with the words of `command`; `@` stands for a space within a word.
    func run(_ command: String) throws {
        let words = command.split(separator: " ").map {
            $0.replacingOccurrences(of: "@", with: " ")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + words
        process.currentDirectoryURL = folder
        let complaint = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = complaint
        try process.run()
        let text = complaint.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ToolError(words: words, complaint: String(decoding: text, as: UTF8.self))
        }
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: folder.appendingPathComponent(name))
    }

    func certificate(_ name: String) throws -> Certificate {
        let bytes = try Data(contentsOf: folder.appendingPathComponent("\(name).pem"))
        return try CertificateFile.certificate(in: Array(bytes))
    }

    /// Makes `NAME.pem` of a fresh key; signed by itself where there is no `ca`.
    func make(
        _ name: String,
        subject: String,
        by ca: String? = nil,
        extensions: String,
        days: Int = 10
    ) throws {
        try write("\(name).ext", Array(extensions.utf8))
        try run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out \(name).key")
        try run("req -new -key \(name).key -subj \(subject) -out \(name).csr")
        let signer =
            ca.map { "-CA \($0).pem -CAkey \($0).key -CAcreateserial" }
            ?? "-signkey \(name).key"
        try run(
            "x509 -req -in \(name).csr -out \(name).pem -days \(days) -extfile \(name).ext "
                + signer
        )
    }
}
