// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Registration
import Storage
import TestSupport
import Testing

/// Files to values, and what is wrong with them to findings about the file.
struct RegistrationFilesTests {
    /// A file that goes away with its test.
    private final class File {
        let path: String

        init(_ content: String) throws {
            path =
                FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
                .appendingPathComponent("handfast-file-\(UInt64.random(in: 0 ... .max))").path
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func files() -> RegistrationFiles { RegistrationFiles(now: Vectors.now, in: "/absent") }

    @Test func `certificates are read, and a bad file beside them refuses all of it`() throws {
        let good = try File(try Vectors.pem(Vectors.one))
        var files = files()
        #expect(files.clientCertificate(good.path)?.der == Vectors.one)
        try files.finish()
        let bad = try File(try Vectors.pem(Vectors.weak))
        #expect(files.clientCertificate(bad.path) == nil)
        #expect(files.keySet("/absent/keys.jwks") == nil)
        let findings = thrownFindings { try files.finish() }
        #expect(findings.map(\.about) == [bad.path, "/absent/keys.jwks"])
        #expect(findings.map(\.field) == [.certificates, .jwks])
        #expect(findings.allSatisfy { $0.kind == .unusable })
    }

    @Test func `of several CAs in a file the one that is refused is named`() throws {
        let bundle = try File(try Vectors.pem(RevocationVectors.root) + Vectors.pem(Vectors.one))
        var files = files()
        #expect(files.caCertificates(bundle.path).isEmpty)
        let findings = thrownFindings { try files.finish() }
        #expect(findings.map(\.about) == ["\(bundle.path) (CN=one,O=Handfast)"])
        let roots = try File(
            try Vectors.pem(RevocationVectors.root) + Vectors.pem(RevocationVectors.otherRoot)
        )
        var others = self.files()
        #expect(
            others.caCertificates(roots.path).map(\.der) == [
                RevocationVectors.root, RevocationVectors.otherRoot,
            ]
        )
        try others.finish()
    }

    @Test func `a list may come later where its whole path is given, and not else`() throws {
        var files = files()
        #expect(files.revocationSource("/absent/a.crl").source == "/absent/a.crl")
        #expect(files.revocationSource("https://a.example/").source == "https://a.example/")
        try files.finish()
        #expect(files.warnings.map(\.text) == ["there is no file /absent/a.crl yet"])
        #expect(files.revocationSource("b.crl").source == nil)
        #expect(files.revocationSource("ftp://a.example/").source == nil)
        let findings = thrownFindings { try files.finish() }
        #expect(findings.map(\.kind) == [.unusable, .invalid])
        #expect(findings[0].words.contains("/absent/b.crl"))
    }

    @Test func `lists that are there are read, and one that cannot be is a warning`() throws {
        let list = try File("")
        try Data(RevocationVectors.newerList).write(to: URL(fileURLWithPath: list.path))
        let prose = try File("prose")
        let found = RevocationFile.existing([
            list.path, prose.path, "/absent/a.crl", "https://a.example/",
        ])
        #expect(found.files.map(\.path) == [list.path])
        #expect(found.warnings.map(\.about) == [prose.path])
    }

    @Test func `public CAs are read from a file, and what is none is a wrong argument`() throws {
        let file = try File(try Vectors.pem(RevocationVectors.root))
        let known = try KnownPublicCAs.named(file.path)
        #expect(known.publicCAs.count == 1 && known.source == file.path)
        let prose = try File("prose")
        for path in ["/absent/cas.pem", prose.path] {
            let findings = thrownFindings { try KnownPublicCAs.named(path) }
            #expect(findings.map(\.kind) == [.invalid] && findings.map(\.about) == [path])
        }
    }
}
