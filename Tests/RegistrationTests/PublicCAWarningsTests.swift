// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Storage
import TestSupport
import Testing

@testable import Registration

/// Warnings of public CAs: who is one, and what can be done about it.
struct PublicCAWarningsTests {
    /// A machine that takes `root` for a public CA, and not `otherRoot`.
    private func known() throws -> KnownPublicCAs {
        var publicCAs = PublicCAs()
        try publicCAs.add(pem: Array(try Vectors.pem(RevocationVectors.root).utf8))
        return KnownPublicCAs(publicCAs, source: "/cas", reason: nil)
    }

    private func warnings(of ca: [UInt8], trustSet: String?) throws -> [String] {
        try known().warnings(of: [try .caCertificate(ca)], trustSet: trustSet).map {
            $0.text(MemberVocabulary())
        }
    }

    @Test func `a public CA in a trust set can be accepted for a time`() throws {
        let said = try warnings(of: RevocationVectors.root, trustSet: "partners")
        #expect(said.count == 1)
        #expect(said[0].contains("is a public CA: its key is in /cas. Public CAs stop"))
        #expect(said[0].contains("`allow_server_auth_until` of the trust set partners accepts"))
        #expect(said[0].contains("Documentation/public-ca-cliff.md"))
    }

    @Test func `a client's own public CA cannot`() throws {
        let said = try warnings(of: RevocationVectors.root, trustSet: nil)
        #expect(said.count == 1 && said[0].contains("a client's own CAs cannot."))
    }

    @Test func `another CA is not warned of`() throws {
        #expect(try warnings(of: RevocationVectors.otherRoot, trustSet: "partners").isEmpty)
        #expect(try warnings(of: RevocationVectors.otherRoot, trustSet: nil).isEmpty)
    }

    @Test func `a change is looked at for the trust set that it names, if it is there`() throws {
        let store = try TemporaryStore()
        var change = ClientChange()
        #expect(try KnownPublicCAs.warnings(of: change, in: store.database).isEmpty)
        change.trustSet = "absent"
        #expect(try KnownPublicCAs.warnings(of: change, in: store.database).isEmpty)
        var trust = TrustSetChange()
        trust.caCertificates = [Vectors.two]
        try store.insert(try TrustSetRegistration.new("private", trust, at: Vectors.now).set)
        change.trustSet = "private"
        #expect(try KnownPublicCAs.warnings(of: change, in: store.database).isEmpty)
    }

    @Test func `a file of public CAs that has changed is read again`() throws {
        let scratch = try Scratch()
        let file = URL(filePath: "\(scratch.path)/cas.pem")
        let root = try Vectors.pem(RevocationVectors.root)
        let other = try Vectors.pem(RevocationVectors.otherRoot)
        func known(_ content: String) throws -> [Bool] {
            try Data(content.utf8).write(to: file, options: .atomic)
            let found = try KnownPublicCAs.current(file.path)
            return try [RevocationVectors.root, RevocationVectors.otherRoot].map {
                found.reason(try Certificate(der: $0)) == .key
            }
        }
        #expect(try known(root) == [true, false])
        #expect(try known(other) == [false, true])
        #expect(try known(root + other) == [true, true])
        #expect(throws: (any Error).self) { try known("none") }
        #expect(try known(root) == [true, false])
    }
}
