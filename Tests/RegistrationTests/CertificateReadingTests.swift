// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Registration
import TestSupport
import Testing

/// Files with certificates that are looked at, taken from a keystore, or given to clients.
struct CertificateReadingTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func pem(_ name: String, _ ders: [UInt8]...) throws -> String {
        try scratch.file(name, try ders.map(Vectors.pem).joined())
    }

    private func keystore(_ name: String, password: String) throws -> String {
        let bytes = try Keystore.truststore(
            [try Certificate(der: Vectors.one), try Certificate(der: Vectors.two)],
            name: "Client\u{7}",
            password: password
        )
        let path = try scratch.file(name, "")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func `one certificate is read where one is asked for, and several are refused`() throws {
        let one = try pem("one.pem", Vectors.one)
        #expect(try CertificateReading.certificate(one).der == Vectors.one)
        let both = try pem("both.pem", Vectors.one, Vectors.two)
        #expect(
            try CertificateReading.certificates(both).map(\.der) == [Vectors.one, Vectors.two]
        )
        let findings = thrownFindings { try CertificateReading.certificate(both) }
        #expect(findings.map(\.about) == [both] && findings.map(\.kind) == [.unusable])
    }

    @Test func `a file that is not there, or is no certificate, is refused with its path`() throws {
        let prose = try scratch.file("prose.pem", "prose")
        for path in ["/absent/a.pem", prose] {
            let findings = thrownFindings { try CertificateReading.certificates(path) }
            #expect(findings.map(\.about) == [path] && findings.map(\.kind) == [.unusable])
        }
    }

    @Test func `the first certificate is the client's own, the others come with it`() throws {
        let own = try pem("own.pem", Vectors.leaf, Vectors.two)
        let chain = try pem("chain.pem", RevocationVectors.root)
        let sent = try HandshakeCertificates(reading: own, chain: [chain, chain])
        #expect(sent.leaf.der == Vectors.leaf)
        #expect(
            sent.others.map(\.der) == [Vectors.two, RevocationVectors.root, RevocationVectors.root]
        )
        #expect(try HandshakeCertificates(reading: chain, chain: []).others.isEmpty)
        let findings = thrownFindings {
            try HandshakeCertificates(reading: own, chain: ["/absent"])
        }
        #expect(findings.map(\.about) == ["/absent"])
    }

    @Test func `an alias takes one certificate out of a keystore, in either case`() throws {
        let path = try keystore("store.p12", password: "secret")
        let found = try KeystoreImport(reading: path, password: "secret")
        #expect(try found.certificates(alias: nil).count == 2 && !found.hasPrivateKey)
        let taken = try found.certificates(alias: "client\u{7}-2")
        #expect(taken.map(\.certificate.der) == [Vectors.two])
        #expect(found.remarks.isEmpty)
    }

    @Test func `an unknown alias is refused with those that there are`() throws {
        let path = try keystore("store.p12", password: "secret")
        let found = try KeystoreImport(reading: path, password: "secret")
        let findings = thrownFindings { try found.certificates(alias: "a\nb") }
        #expect(findings.map(\.about) == [path] && findings.map(\.kind) == [.unusable])
        #expect(
            findings.first?.words
                == "no certificate has the alias a\\u{a}b. There are: Client\\u{7}, Client\\u{7}-2."
        )
        let bundle = try KeystoreImport(reading: try pem("b.pem", Vectors.one), password: nil)
        let none = thrownFindings { try bundle.certificates(alias: "client") }
        #expect(none.first?.words.hasSuffix("take them all, without naming one.") == true)
        #expect(try bundle.certificates(alias: nil).count == 1)
    }

    @Test func `a keystore with another password is refused with its path`() throws {
        let path = try keystore("store.p12", password: "secret")
        let findings = thrownFindings { try KeystoreImport(reading: path, password: "other") }
        #expect(findings.map(\.about) == [path])
    }

    @Test func `the server's certificate is given as a chain, alone, or as a truststore`() throws {
        let path = try pem("server.pem", Vectors.leaf, Vectors.two)
        let text = try ServerCertificateForm.pem.content(
            ofChain: path,
            password: nil
        )
        #expect(
            try CertificateFile.certificates(in: text).map(\.der) == [Vectors.leaf, Vectors.two]
        )
        let der = try ServerCertificateForm.der.content(
            ofChain: path,
            password: nil
        )
        #expect(der == Vectors.leaf)
        for (given, needed) in [(nil, "changeit"), ("own", "own")] {
            let store = try ServerCertificateForm.pkcs12.content(
                ofChain: path,
                password: given
            )
            let content = try Keystore.content(of: store, password: needed)
            #expect(content.certificates.map(\.der) == [Vectors.leaf, Vectors.two])
            #expect(!content.hasPrivateKey)
        }
    }

    @Test(arguments: ServerCertificateForm.allCases)
    func `a file without the server's certificate is refused with its path`(
        _ form: ServerCertificateForm
    ) {
        let path = scratch.path + "/server.pem"
        let findings = thrownFindings { try form.content(ofChain: path, password: nil) }
        #expect(findings.map(\.about) == [path])
    }
}
