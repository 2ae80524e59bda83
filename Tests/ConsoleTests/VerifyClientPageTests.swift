// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Testing
import Text

@testable import Administration
@testable import Console

/// Whether a certificate would authenticate a client has an address of its own.
struct VerifyClientPageTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// A certificate by openssl, with so many names, and its key.
    private func made(names: Int = 1) throws -> (pem: String, key: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        let all = (0..<names).map { "DNS:name-\($0).example" }.joined(separator: ",")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=verified", "-addext", "subjectAltName=\(all)", "-keyout", "key.pem",
            "-out", "certificate.pem",
        ]
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        func text(_ name: String) throws -> String {
            try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        return (try text("certificate.pem"), try text("key.pem"))
    }

    private func console() throws -> AskedConsole {
        try AskedConsole { asked in
            switch (asked.method, asked.path) {
            case ("GET", "/clients/c1"): ReceivedAnswer(200, #"{"client_id": "c1"}"#)
            case ("POST", "/verify"):
                ReceivedAnswer(
                    200,
                    #"""
                    {"authenticated": false, "decided_by": "registered", "remedy": "Register it.",
                     "checks": [{"check": "registered", "result": "failed", "detail": "Unknown."}]}
                    """#
                )
            default: ReceivedAnswer(404, #"{"detail": "There is no such client."}"#)
            }
        }.opened()
    }

    @Test func `the form has an address, and that of a client who is not there is none`() throws {
        let console = try console()
        let page = try console.ask("GET", "/clients/c1/verify")
        #expect(page.status == 200 && page.text.contains("action=\"/clients/c1/verify\""))
        #expect(!page.text.contains("would authenticate:"))
        #expect(try console.ask("GET", "/clients/nobody/verify").status == 404)
        #expect(console.questions.allSatisfy { $0.method == "GET" })
    }

    @Test func `what was verified is loaded again from its address`() throws {
        let console = try console()
        let pem = try made().pem
        let sent = try console.send("/clients/c1/verify", [("certificate", pem)])
        let place = try #require(sent.field("Location"))
        #expect(sent.status == 303 && place.hasPrefix("/clients/c1/verify?der="))
        for _ in 0..<2 {
            let page = try console.ask("GET", place)
            #expect(page.status == 200 && page.text.contains("would authenticate: no"))
            #expect(page.text.contains("Register this certificate for the client"))
            #expect(page.text.contains("CN=verified"))
        }
        let asked = console.questions.filter { $0.path == "/verify" }
        #expect(
            asked.count == 2 && asked.allSatisfy { $0.content.contains("\"client_id\":\"c1\"") }
        )
    }

    @Test func `a certificate that came with an address is offered to nobody`() throws {
        let entered = try console()
        let sent = try entered.send("/clients/c1/verify", [("certificate", made().pem)])
        let place = try #require(sent.field("Location"))
        let other = try console()
        let page = try other.ask("GET", place)
        #expect(page.status == 200 && page.text.contains("would authenticate: no"))
        #expect(!page.text.contains("Register this certificate for the client"))
        #expect(page.text.contains("this address came with it"))
    }

    @Test func `a certificate that is longer than an address is answered without one`() throws {
        let console = try console()
        let pem = try made(names: 120).pem
        let page = try console.send("/clients/c1/verify", [("certificate", pem)])
        #expect(page.status == 200 && page.text.contains("would authenticate: no"))
        #expect(page.field("Location") == nil)
    }

    @Test func `a private key comes into no address, and back in no page`() throws {
        let console = try console()
        let (pem, key) = try made()
        for text in [key, pem + key] {
            let page = try console.send("/clients/c1/verify", [("certificate", text)])
            #expect(page.status == 400 && page.field("Location") == nil)
            #expect(!page.text.contains(key.split(separator: "\n")[1]))
        }
        #expect(console.questions.isEmpty)
    }

    @Test(arguments: ["AAAA", "%2F%2F", "x", "-----BEGIN", "%3Cscript%3E"])
    func `an address without a certificate asks for one`(text: String) throws {
        let console = try console()
        let page = try console.ask("GET", "/clients/c1/verify?der=\(text)")
        #expect(page.status == 400 && page.text.contains("The address has no certificate"))
        #expect(!page.text.contains("<script>") && console.questions.isEmpty)
    }
}
