// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Logging
import Reactor
import SQLiteStore
import Storage
import TestSupport
import Testing

@testable import Administration

struct AdministrationCredentialTests {
    private static let token = "b64token-b64token_b64token~b64token+/=="

    /// Whether a request with these header lines is admitted.
    private func admits(_ lines: String..., target: String = "/metrics") throws -> Bool {
        let head = ["GET \(target) HTTP/1.1", "Host: a"] + lines
        let bytes = Array((head + ["", ""]).joined(separator: "\r\n").utf8)
        var parser = RequestParser(limits: HTTPLimits())
        guard case .complete = try parser.advance(bytes.span) else {
            Issue.record("not a whole request")
            return false
        }
        let token = Array(Self.token.utf8)
        return AdministrationCredential.admits(token, parser.request, bytes.span)
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER", "Bearer  "])
    func `the token is admitted, whatever the case of its scheme`(_ scheme: String) throws {
        #expect(try admits("Authorization: \(scheme) \(Self.token)"))
    }

    @Test(arguments: [
        "Authorization: Bearer", "Authorization: Bearer ", "Authorization:", "Authorization: a",
        "Authorization: \(token)", "Authorization: Bearer\t\(token)",
        "Authorization: Bearer \(token)=", "Authorization: Bearer \(token.dropLast())",
        "Authorization: Bearer \(token.dropFirst())", "Authorization: Bearer x\(token)",
        "Authorization: Bearer \(token.uppercased())", "Authorization: Bearer \"\(token)\"",
        "Authorization: Bearer \(token), Bearer \(token)", "Authorization: Bearer \(token) x",
        "Authorization: Basic \(token)", "Authorization: DPoP \(token)",
        "Authorization: Bearer token=\(token)", "Proxy-Authorization: Bearer \(token)",
        "X-Authorization: Bearer \(token)", "Cookie: \(token)",
    ])
    func `anything else is not`(_ line: String) throws {
        #expect(try !admits(line))
    }

    @Test func `none, two, and one in the query are not`() throws {
        let field = "Authorization: Bearer \(Self.token)"
        #expect(try !admits())
        #expect(try !admits(field, field))
        #expect(try !admits(field, "authorization: Bearer other"))
        #expect(try !admits(target: "/metrics?access_token=\(Self.token)"))
    }

    private func ensure(_ store: SQLiteDatabase) throws -> AdministrationCredential {
        try AdministrationCredential.ensure(
            in: store.directory,
            Logger(label: "test"),
            tighten: store.makePrivate
        )
    }

    private func withStore(_ body: (SQLiteDatabase) throws -> Void) throws {
        let scratch = try Scratch()
        try body(SQLiteDatabase.open(directory: scratch.path + "/data", as: .tool))
    }

    @Test func `the first start makes a token of 256 bits that only its owner reads`() throws {
        try withStore { store in
            let made = try ensure(store)
            let token = try made.read()
            #expect(token.count == 43)
            let attributes = try FileManager.default.attributesOfItem(atPath: made.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try ensure(store).read() == token)
            try FileManager.default.removeItem(atPath: made.path)
            #expect(try ensure(store).read() != token)
        }
    }

    @Test func `one that others can read is tightened`() throws {
        try withStore { store in
            let made = try ensure(store)
            let token = try made.read()
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644],
                ofItemAtPath: made.path
            )
            #expect(try ensure(store).read() == token)
            let attributes = try FileManager.default.attributesOfItem(atPath: made.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `a link is no token, and is not replaced by one`() throws {
        try withStore { store in
            let path = store.directory + "/admin.token"
            for target in [store.directory + "/absent", "/etc/hostname"] {
                try FileManager.default.createSymbolicLink(
                    atPath: path,
                    withDestinationPath: target
                )
                #expect(throws: AdministrationCredentialError.self) { try ensure(store) }
                #expect(
                    try FileManager.default.destinationOfSymbolicLink(atPath: path) == target
                )
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    @Test func `one that is missing is said to be, and one that is not is to be removed`() throws {
        let scratch = try Scratch()
        let credential = AdministrationCredential(in: scratch.path)
        let path = scratch.path + "/admin.token"
        func words() -> String {
            do {
                _ = try credential.read()
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(words().hasPrefix("\(path) is missing. "))
        #expect(words().contains("start the server again") && !words().contains("Remove"))
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false
        )
        #expect(words().contains("cannot be read") && words().contains("Remove it"))
    }

    @Test func `a token of one's own counts, a file without one admits nobody`() throws {
        let scratch = try Scratch()
        let path = scratch.path + "/admin.token"
        let credential = AdministrationCredential(path: path)
        #expect(throws: AdministrationCredentialError.self) { try credential.read() }
        for good in ["\(Self.token)\n", Self.token, "\(Self.token)\r\n", "\(Self.token) \n\n"] {
            _ = try scratch.file("admin.token", good)
            #expect(try credential.read() == Array(Self.token.utf8))
        }
        let long = String(repeating: "x", count: 513)
        for bad in ["", "\n", "short", " \(Self.token)", "\(Self.token)\n\(Self.token)", long] {
            _ = try scratch.file("admin.token", bad)
            #expect(throws: (any Error).self) { try credential.read() }
        }
    }
}
