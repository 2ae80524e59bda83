// SPDX-License-Identifier: Apache-2.0
import Fetch
import Foundation
import Network

/// The servers of origin.py, with certificates made by the openssl command.
///
/// One for the process: it ends, and its folder goes, when the process does.
final class Origin: Sendable {
    static let shared = Result { try Origin() }

    /// The ports of the program's servers, by the names of origin.py.
    let ports: [String: Int]
    let folder: URL
    /// Its end tells the program to stop.
    private let standardInput: FileHandle

    struct ToolError: Error, CustomStringConvertible {
        let description: String
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("handfast-fetch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.makeCertificates(in: folder)
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("origin.py")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-B", program.path, folder.path]
        let (entry, output) = (Pipe(), Pipe())
        process.standardInput = entry
        process.standardOutput = output
        try process.run()
        standardInput = entry.fileHandleForWriting
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw ToolError(description: "origin.py did not start") }
            line += more
        }
        ports = try JSONDecoder().decode([String: Int].self, from: line)
    }

    /// The path of a certificate.
    func certificate(_ name: String) -> String {
        folder.appendingPathComponent("\(name).pem").path
    }

    func port(_ name: String) throws -> Int {
        guard let port = ports[name] else { throw ToolError(description: "no server \(name)") }
        return port
    }

    /// A URL of the HTTP server, or of another one.
    func http(
        _ path: String,
        at host: String = "127.0.0.1",
        _ server: String = "http"
    ) throws -> String {
        "http://\(host):\(try port(server))/\(path)"
    }

    /// A URL of an HTTPS server.
    func https(
        _ path: String = "hello",
        at host: String = "localhost",
        _ server: String = "good"
    ) throws -> String {
        "https://\(host):\(try port(server))/\(path)"
    }

    /// How often a path was asked for, of whichever server.
    func asked(_ path: String) throws -> Int? {
        Int(try fetchText(http("asked/\(path)"), .loopback()))
    }

    /// A path that redirects to a URL.
    static func redirect(to url: String) -> String {
        "to/" + (url.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
    }
}

extension Origin {
    private static func makeCertificates(in folder: URL) throws {
        let root = "basicConstraints=critical,CA:true"
        for name in ["root", "stranger"] {
            try selfSigned(name, subject: "/CN=\(name)", extension: root, in: folder)
        }
        let local = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        try selfSigned("selfsigned", subject: "/CN=localhost", extension: local, in: folder)
        let rules: [(name: String, extensions: String, validity: [String])] = [
            ("good", local + "\nextendedKeyUsage=serverAuth", []),
            ("rsa", local, []), ("ed448", local, []),
            ("foreign", "subjectAltName=DNS:elsewhere.example,IP:127.0.0.9", []),
            ("client", local + "\nextendedKeyUsage=clientAuth", []),
            (
                "expired", local,
                ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]
            ),
        ]
        try write("ca.cnf", caConfiguration, in: folder)
        try write("index", "", in: folder)
        for rule in rules {
            let name = rule.name
            try write("\(name).ext", rule.extensions, in: folder)
            let key =
                switch name {
                case "rsa": " -newkey rsa:2048"
                case "ed448": " -newkey ed448"
                default: curve
                }
            try openssl(
                "req -new -nodes -keyout \(name)-key.pem -out \(name).csr -subj /CN=localhost"
                    + key,
                in: folder
            )
            try openssl(
                "ca -batch -notext -config ca.cnf -cert root.pem -keyfile root-key.pem "
                    + "-in \(name).csr -out \(name).pem -extfile \(name).ext "
                    + rule.validity.joined(separator: " "),
                in: folder
            )
        }
    }

    // The commands `req` and `x509` of OpenSSL 3.0 cannot set a date in the past; `ca` can.
    private static let caConfiguration = """
        [ca]
        default_ca = it
        [it]
        database = index
        new_certs_dir = .
        default_md = sha256
        default_days = 10
        rand_serial = yes
        unique_subject = no
        policy = any
        [any]
        commonName = supplied
        """

    private static let curve = " -newkey ec -pkeyopt ec_paramgen_curve:P-256"

    private static func selfSigned(
        _ name: String,
        subject: String,
        extension text: String,
        in folder: URL
    ) throws {
        try openssl(
            "req -x509 -new -nodes -keyout \(name)-key.pem -out \(name).pem -days 10 "
                + "-subj \(subject) -addext \(text)" + curve,
            in: folder
        )
    }

    private static func write(_ name: String, _ text: String, in folder: URL) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    private static func openssl(_ words: String, in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + words.split(separator: " ").map(String.init)
        process.currentDirectoryURL = folder
        let complaint = Pipe()
        process.standardError = complaint
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = complaint.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ToolError(
                description: "openssl \(words): \(String(decoding: said, as: UTF8.self))"
            )
        }
    }
}

extension FetchPolicy {
    /// For the servers on 127.0.0.1, and no other address.
    static func loopback(
        _ schemes: Set<Scheme> = [.http],
        bytesMax: Int = 65_536,
        seconds: Int = 10,
        redirectsMax: Int = 0,
        allowed: [String] = ["127.0.0.1"],
        caFile: String? = nil
    ) -> FetchPolicy {
        FetchPolicy(
            schemes: schemes,
            bytesMax: bytesMax,
            seconds: seconds,
            redirectsMax: redirectsMax,
            allowed: allowed.compactMap { AddressBlock($0) },
            caFile: caFile
        )
    }
}

func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self)
}

/// The body of a fetch that succeeds.
func fetchText(_ url: String, _ policy: FetchPolicy) throws -> String {
    text(try Fetch.get(url, accept: "*/*", policy: policy))
}

/// Why a fetch is refused; nil where it is not.
func fetchError(_ url: String, _ policy: FetchPolicy) -> FetchError? {
    do throws(FetchError) {
        _ = try Fetch.get(url, accept: "application/json", policy: policy)
        return nil
    } catch {
        return error
    }
}
