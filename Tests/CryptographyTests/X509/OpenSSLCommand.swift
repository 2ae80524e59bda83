// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

/// RSA keys that tests of one process share, by `openssl genpkey`'s options and a number.
private final class RSAKeyPool: Sendable {
    static let shared = RSAKeyPool()
    private let keys = Mutex<[String: [String]]>([:])

    /// The key of this number in PEM; `make` makes those that are missing, one at a time, so that
    /// each number has one key.
    func key(_ number: Int, _ algorithm: String, _ make: () throws -> String) throws -> String {
        try keys.withLock { keys in
            while keys[algorithm, default: []].count <= number {
                keys[algorithm, default: []].append(try make())
            }
            return keys[algorithm, default: []][number]
        }
    }
}

/// The openssl command in a temporary folder that goes away with the object.
final class OpenSSLCommand {
    let folder: URL
    /// How many RSA keys of each algorithm this folder has.
    private let taken = Mutex<[String: Int]>([:])

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("handfast-x509-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    struct ToolError: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs `openssl` with words split at spaces; `@` stands for a space within a word.
    @discardableResult
    func run(_ command: String, input: String = "") throws -> String {
        let words = command.split(separator: " ").map {
            $0.replacingOccurrences(of: "@", with: " ")
        }
        return try run(words: words, input: input)
    }

    @discardableResult
    func run(words: [String], input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + words
        process.currentDirectoryURL = folder
        let (output, complaint, entry) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = complaint
        process.standardInput = entry
        try process.run()
        try entry.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try entry.fileHandleForWriting.close()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(),
            as: UTF8.self
        )
        let words = String(
            decoding: complaint.fileHandleForReading.readDataToEndOfFile(),
            as: UTF8.self
        )
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ToolError(description: words) }
        return text
    }

    func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    func write(_ name: String, _ text: String) throws {
        try write(name, Array(text.utf8))
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: folder.appendingPathComponent(name))
    }

    /// A key file `NAME-key.pem`.
    ///
    /// RSA keys come from a pool, since each takes up to a second: no two of a folder are the same,
    /// and other folders have them too.
    func key(_ name: String, _ algorithm: String = "EC -pkeyopt ec_paramgen_curve:P-256") throws {
        guard algorithm.hasPrefix("RSA") else {
            try run("genpkey -algorithm \(algorithm) -out \(name)-key.pem")
            return
        }
        let number = taken.withLock { taken in
            taken[algorithm, default: -1] += 1
            return taken[algorithm] ?? 0
        }
        let pem = try RSAKeyPool.shared.key(number, algorithm) {
            try run("genpkey -algorithm \(algorithm)")
        }
        try write("\(name)-key.pem", pem)
    }

    /// A self-signed certificate `NAME.pem` of a key that no other file here has.
    @discardableResult
    func selfSigned(
        _ name: String,
        subject: String = "/C=LK/O=WSO2/CN=playground2",
        algorithm: String = "EC -pkeyopt ec_paramgen_curve:P-256",
        extensions: [String] = [],
        options: [String] = []
    ) throws -> [UInt8] {
        try key(name, algorithm)
        try run(
            words: [
                "req", "-x509", "-new", "-key", "\(name)-key.pem", "-out", "\(name).pem",
                "-days", "3650", "-utf8", "-subj", subject,
            ] + extensions.flatMap { ["-addext", $0] } + options
        )
        return try bytes("\(name).pem")
    }

    /// A CA `NAME.pem`, under `parent` or its own root.
    func ca(
        _ name: String,
        subject: String,
        parent: String? = nil,
        extra: String = "",
        algorithm: String = "EC -pkeyopt ec_paramgen_curve:P-256"
    ) throws {
        try key(name, algorithm)
        let extensions =
            "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n"
            + "subjectKeyIdentifier=hash\n" + extra
        try sign(name, subject: subject, by: parent, extensions: extensions)
    }

    /// A leaf `NAME.pem` of a key that no other file here has, signed by the CA `by`.
    func leaf(
        _ name: String,
        by ca: String,
        subject: String = "/O=WSO2/CN=client",
        extensions: String = "basicConstraints=critical,CA:false\n"
            + "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n",
        algorithm: String = "EC -pkeyopt ec_paramgen_curve:P-256",
        options: [String] = []
    ) throws {
        try key(name, algorithm)
        try sign(name, subject: subject, by: ca, extensions: extensions, options: options)
    }

    /// Signs `NAME-key.pem` into `NAME.pem`; valid for ten days unless `options` say otherwise.
    ///
    /// Without extensions it is of version 1.
    func sign(
        _ name: String,
        subject: String,
        by ca: String?,
        extensions: String,
        options: [String] = []
    ) throws {
        try run(
            words: [
                "req", "-new", "-key", "\(name)-key.pem", "-utf8", "-subj", subject,
                "-out", "\(name).csr",
            ]
        )
        try write("\(name).ext", extensions)
        let signer =
            ca.map { ["-CA", "\($0).pem", "-CAkey", "\($0)-key.pem", "-CAcreateserial"] }
            ?? ["-signkey", "\(name)-key.pem"]
        let serial =
            options.contains("-set_serial") ? signer.filter { $0 != "-CAcreateserial" } : signer
        let files = ["-in", "\(name).csr", "-out", "\(name).pem"]
        let rest = (options.contains("-days") ? [] : ["-days", "10"]) + options
        guard extensions.isEmpty, try !makesVersion1 else {
            let version = extensions.isEmpty ? [] : ["-extfile", "\(name).ext"]
            try run(words: ["x509", "-req"] + files + serial + version + rest)
            return
        }
        let key = ca.map { ["-CA", "\($0).pem", "-CAkey", "\($0)-key.pem"] }
        // Debian's configuration names extensions for `req -x509`, and with any the version is 3.
        try write("\(name).cnf", "[req]\ndistinguished_name = dn\n[dn]\n")
        try run(
            words: ["req", "-x509", "-x509v1", "-config", "\(name).cnf"] + files
                + (key ?? ["-key", "\(name)-key.pem"]) + rest
        )
    }

    /// Whether `x509 -req` makes certificates of version 1; from 3.2 on all have version 3, and
    /// from 3.3 on `req` has an option.
    private var makesVersion1: Bool {
        get throws { try run("version").hasPrefix("OpenSSL 3.0.") }
    }
}
