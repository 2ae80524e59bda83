// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@Suite struct KeystoreTests {
    let openssl: OpenSSLCommand
    let pem: [UInt8]

    init() throws {
        openssl = try OpenSSLCommand()
        pem = try openssl.selfSigned("a")
        try openssl.ca("ca", subject: "/CN=CA")
    }

    private func store(_ options: String) throws -> [UInt8] {
        try openssl.run("pkcs12 -export -out k.p12 -passout pass:secret \(options)")
        return try openssl.bytes("k.p12")
    }

    private func kind(_ bytes: [UInt8], password: String) -> CertificateError.Kind? {
        do throws(CertificateError) {
            _ = try Keystore.content(of: bytes, password: password)
            return nil
        } catch {
            return error.kind
        }
    }

    @Test func `certificates come out of PKCS#12, the key's own first, and the key stays`() throws {
        let bytes = try store("-in a.pem -inkey a-key.pem -certfile ca.pem")
        let content = try Keystore.content(of: bytes, password: "secret")
        let own = try CertificateFile.certificate(in: pem)
        let ca = try CertificateFile.certificate(in: try openssl.bytes("ca.pem"))
        #expect(content.certificates == [own, ca])
        #expect(content.hasPrivateKey)
        #expect(content.entries.map(\.isOfPrivateKey) == [true, false])
    }

    @Test func `a truststore has no key`() throws {
        let content = try Keystore.content(
            of: try store("-in ca.pem -nokeys"),
            password: "secret"
        )
        #expect(content.certificates.map(\.subject.canonical) == ["CN=CA"])
        #expect(!content.hasPrivateKey && !content.entries[0].isOfPrivateKey)
    }

    @Test func `a wrong password is told apart from damage`() throws {
        let bytes = try store("-in a.pem -inkey a-key.pem")
        #expect(kind(bytes, password: "other") == .keystore)
        #expect(kind(bytes, password: "") == .passwordMissing)
        #expect(kind(Array(bytes.dropLast(20)), password: "secret") == .truncated)
        #expect(kind(bytes, password: "secret") == nil)
    }

    @Test func `a keystore whose password takes minutes to check is refused at once`() throws {
        // The number of rounds is the last thing in the file, and has three bytes.
        var bytes = try store("-in ca.pem -nokeys -certpbe NONE -iter 65536")
        #expect(bytes.suffix(5) == [0x02, 0x03, 0x01, 0x00, 0x00])
        #expect(kind(bytes, password: "secret") == nil)
        bytes[bytes.count - 3] = 0x7f
        #expect(kind(bytes, password: "secret") == .tooLarge)
        // A negative number is none.
        bytes[bytes.count - 3] = 0x80
        #expect(kind(bytes, password: "secret") == .tooLarge)
    }

    @Test func `old encryption is read by the legacy provider`() throws {
        let bytes = try store("-legacy -in a.pem -inkey a-key.pem")
        let content = try Keystore.content(of: bytes, password: "secret")
        #expect(content.certificates == [try CertificateFile.certificate(in: pem)])
        #expect(content.hasPrivateKey)
        #expect(kind(bytes, password: "other") == .keystore)
    }

    @Test func `without a MAC, certificates in the clear need no password`() throws {
        let bytes = try store("-nomac -in a.pem -inkey a-key.pem -name ä")
        let content = try Keystore.content(of: bytes, password: "secret")
        #expect(content.entries.map(\.alias) == ["ä"])
        #expect(!content.isUnchecked && !content.hasUnknownSeal)
        // The key alone is encrypted, and is never decrypted: nothing tries the password.
        for other in ["other", "", nil] {
            let found = try Keystore.content(of: bytes, password: other)
            #expect(found.certificates == content.certificates)
            #expect(found.hasUntriedPassword == (other == "other"))
        }
    }

    @Test func `wrappings come off, and what is none stays as it is`() throws {
        let ca = try openssl.bytes("ca.pem")
        try openssl.run("crl2pkcs7 -nocrl -certfile a.pem -certfile ca.pem -outform DER -out c.p7b")
        try openssl.run("x509 -in ca.pem -trustout -addtrust clientAuth -out t.pem")
        let expected = try [pem, ca].map { try CertificateFile.certificate(in: $0) }
        let wrapped = try openssl.bytes("c.p7b")
        func certificates(_ bytes: [UInt8]) throws -> [Certificate] {
            try CertificateFile.certificates(in: try CertificateContainer.plain(bytes))
        }
        #expect(try certificates(wrapped) == expected)
        #expect(try certificates(pem + (try openssl.bytes("t.pem"))) == expected)
        #expect(try Keystore.content(of: wrapped, password: nil).certificates == expected)
        // A private key is refused where it was before.
        let key = try openssl.bytes("a-key.pem")
        for other in [pem, pem + key, Array("x".utf8), [], [0x30]] {
            #expect(try CertificateContainer.plain(other) == other)
        }
        let beside = try CertificateContainer.plain(key + (try openssl.bytes("t.pem")))
        #expect(throws: CertificateError.self) { try CertificateFile.certificates(in: beside) }
        try openssl.run("x509 -in ca.pem -trustout -addreject clientAuth -out t.pem")
        let rejected = try openssl.bytes("t.pem")
        #expect(throws: CertificateError.self) { try CertificateContainer.plain(rejected) }
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            var damaged = wrapped
            damaged[Int.random(in: 0..<damaged.count, using: &random)] ^= 1
            _ = try? certificates(damaged)
        }
    }

    @Test func `a bundle gives its certificates and nothing else`() throws {
        let key = try openssl.bytes("a-key.pem")
        let content = try Keystore.content(of: key + pem + pem, password: "")
        #expect(content.certificates.count == 2)
        #expect(content.hasPrivateKey)
        #expect(try !Keystore.content(of: pem, password: "").hasPrivateKey)
        #expect(kind(key, password: "") == .otherObject)
        #expect(kind(Array("x".utf8), password: "") == .unrecognised)
    }

    @Test func `a truststore that is written here is read by openssl and by ourselves`() throws {
        let certificates = try [pem, try openssl.bytes("ca.pem")].map {
            try CertificateFile.certificate(in: $0)
        }
        let bytes = try Keystore.truststore(certificates, name: "server", password: "pässword")
        let again = try Keystore.content(of: bytes, password: "pässword")
        #expect(again.certificates == certificates)
        #expect(!again.hasPrivateKey)
        try openssl.write("t.p12", bytes)
        let printed = try openssl.run("pkcs12 -in t.p12 -nokeys -passin pass:pässword")
        #expect(printed.contains("friendlyName: server-2"))
        // OpenSSL 3.0 has no name for the attribute of Oracle's that marks a trusted certificate.
        let names = ["2.16.840.1.113894.746875.1.1", "Trusted key usage (Oracle)"]
        #expect(names.contains { printed.contains($0) }, "\(printed)")
        #expect(try CertificateFile.certificates(in: Array(printed.utf8)) == certificates)
    }

    @Test func `mutated keystores are refused or read, never trapped on`() throws {
        let bytes = try store("-in ca.pem -nokeys -keypbe NONE -certpbe NONE -nomac")
        var random = SeededRandom(seed: 3)
        var refused = 0
        for _ in 0..<2000 {
            var damaged = bytes
            let at = Int.random(in: 0..<damaged.count, using: &random)
            damaged[at] = UInt8.random(in: 0...255, using: &random)
            if kind(damaged, password: "secret") != nil { refused += 1 }
        }
        #expect(refused > 100)
        #expect(refused < 2000)
    }
}
