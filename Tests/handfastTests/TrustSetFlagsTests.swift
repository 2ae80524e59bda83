// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Registration
import Testing

@testable import handfast

/// Flags and files to values, for trust sets and keys.
struct TrustSetFlagsTests {
    private func change(_ arguments: String...) throws -> TrustSetChange {
        try TrustSetOptions.parse(arguments).change(now: 0)
    }

    @Test func `each flag says one thing`() throws {
        #expect(try change().isEmpty)
        let said = try change(
            "--crl",
            "https://crl.example/a",
            "--crl",
            "/absent/a.crl",
            "--revocation",
            "soft",
            "--allow-server-auth-until",
            "2027-01-01"
        )
        // A file may come later, where it is named from the root on.
        #expect(said.sources == ["https://crl.example/a", "/absent/a.crl"] && said.files.isEmpty)
        #expect(said.revocation == "soft" && said.serverAuthDay == "2027-01-01")
        #expect(!said.namesCAs && !said.endsServerAuth)
        #expect(throws: (any Error).self) { try change("--revocation", "some") }
    }

    @Test func `sources that cannot be used are said at once; a wrong URL is a wrong argument`() {
        func findings(_ arguments: String...) -> RegistrationError? {
            do {
                _ = try TrustSetOptions.parse(arguments).change(now: 0)
            } catch {
                return error as? RegistrationError
            }
            return nil
        }
        let folder = FileManager.default.temporaryDirectory.path
        let files = findings("--crl", folder, "--crl", "absent.crl", "--ca-certificate", "/absent")
        #expect(files?.lines.count == 3 && files?.isUsage == false)
        #expect(files?.lines[0].hasPrefix("/absent: ") == true)
        #expect(files?.lines[1].contains("is not a file") == true)
        #expect(files?.lines[2].contains("from / on") == true)
        let urls = findings("--crl", "ftp://crl.example/", "--crl", folder)
        #expect(urls?.lines.count == 2 && urls?.isUsage == true)
    }

    @Test func `a file that is no list is refused with its path`() throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("handfast-\(UInt64.random(in: 0 ... .max)).crl")
        try Data("prose".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect {
            try change("--crl", file.path)
        } throws: { error in
            let lines = (error as? RegistrationError)?.lines ?? []
            return lines.count == 1 && lines[0].hasPrefix("\(file.path): The file is neither PEM")
        }
        // To look at what a set has, it is a warning.
        let sources = [file.path, "/absent", "https://a.example/"]
        #expect(RevocationFile.existing(sources).files.isEmpty)
    }

    @Test func `flags that take something away exclude those that give it`() {
        for arguments in [
            ["x", "--crl", "https://a.example/", "--no-crl"],
            ["x", "--allow-server-auth-until", "2027-01-01", "--no-allow-server-auth"],
        ] {
            #expect {
                try TrustSetUpdate.parse(arguments)
            } throws: { error in
                TrustSetUpdate.message(for: error).contains("either")
            }
        }
    }

    @Test func `a kind of key is called by both of its words`() throws {
        for (word, kind) in [
            ("signing", TokenKeyKind.signing), ("ES256", .signing), ("sealing", .sealing),
            ("A256GCM", .sealing),
        ] {
            #expect(try KeyRotate.parse(["--kind", word]).kind == kind)
        }
        #expect(throws: (any Error).self) { try KeyRotate.parse(["--kind", "rsa"]) }
    }
}
