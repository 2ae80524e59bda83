// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing

@Suite struct CertificateFileTests {
    let openssl: OpenSSLCommand
    let pem: [UInt8]
    let der: [UInt8]

    init() throws {
        openssl = try OpenSSLCommand()
        pem = try openssl.selfSigned("a")
        try openssl.run("x509 -in a.pem -outform DER -out a.der")
        der = try openssl.bytes("a.der")
    }

    private func errorKind(_ bytes: [UInt8]) -> CertificateError.Kind? {
        do throws(CertificateError) {
            _ = try CertificateFile.certificate(in: bytes)
            return nil
        } catch {
            #expect(error.description.hasSuffix("."))
            return error.kind
        }
    }

    @Test func `PEM and DER give the same certificate`() throws {
        #expect(try CertificateFile.certificate(in: pem).der == der)
        #expect(try CertificateFile.certificate(in: der).der == der)
    }

    @Test func `comments, carriage returns and a byte order mark do no harm`() throws {
        let explained = try openssl.run("x509 -in a.pem -text")
        #expect(try CertificateFile.certificate(in: Array(explained.utf8)).der == der)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let windows =
            mark
            + pem.flatMap { byte -> [UInt8] in
                byte == 0x0A ? [0x0D, 0x0A] : [byte]
            }
        #expect(try CertificateFile.certificate(in: windows).der == der)
    }

    @Test func `what is written as PEM is what openssl writes`() throws {
        #expect(Array(try CertificateFile.certificate(in: der).pem.utf8) == pem)
    }

    @Test func `empty files are refused`() {
        #expect(errorKind([]) == .empty)
        #expect(errorKind(Array(" \r\n\t\n".utf8)) == .empty)
        let hollow = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
        #expect(errorKind(Array(hollow.utf8)) == .empty)
    }

    @Test func `what is neither PEM nor DER is refused`() {
        #expect(errorKind(Array("hello".utf8)) == .unrecognised)
        #expect(errorKind([0xFF, 0xFE, 0x2D, 0x00]) == .unrecognised)
        let bare = pem.split(separator: 0x0A).dropFirst().dropLast().joined()
        #expect(errorKind(Array(bare)) == .unrecognised)
    }

    @Test func `two certificates are refused where one is asked for, and taken where not`() throws {
        #expect(errorKind(pem + pem) == .severalCertificates)
        #expect(try CertificateFile.certificates(in: pem + pem).count == 2)
    }

    @Test func `a bundle is PEM, and nothing but certificates`() throws {
        #expect(try CertificateFile.bundle(in: pem).map(\.der) == [der])
        #expect(try CertificateFile.bundle(in: pem + pem).count == 2)
        for (bytes, kind) in [
            (der, CertificateError.Kind.unrecognised), ([], .empty),
            (pem + pem.dropLast(40), .truncated),
            (pem + (try openssl.bytes("a-key.pem")), .privateKey),
        ] {
            let error = #expect(throws: CertificateError.self) {
                try CertificateFile.bundle(in: bytes)
            }
            #expect(error?.kind == kind)
        }
    }

    @Test(arguments: ["genrsa 2048", "genrsa -traditional 2048", "genpkey -algorithm ED25519"])
    func `a private key is refused, alone and beside a certificate`(command: String) throws {
        let key = Array(try openssl.run(command).utf8)
        #expect(errorKind(key) == .privateKey)
        #expect(errorKind(pem + key) == .privateKey)
        #expect(errorKind(key + pem) == .privateKey)
        try openssl.write("k.pem", String(decoding: key, as: UTF8.self))
        try openssl.run("pkey -in k.pem -outform DER -out k.der")
        #expect(errorKind(try openssl.bytes("k.der")) == .privateKey)
    }

    @Test func `an encrypted key and an old EC key are refused as private keys`() throws {
        try openssl.run("pkcs8 -topk8 -in a-key.pem -out e.pem -passout pass:x")
        #expect(errorKind(try openssl.bytes("e.pem")) == .privateKey)
        try openssl.run("pkcs8 -topk8 -in a-key.pem -outform DER -out e.der -passout pass:x")
        #expect(errorKind(try openssl.bytes("e.der")) == .privateKey)
        try openssl.run("ec -in a-key.pem -outform DER -out sec1.der")
        #expect(errorKind(try openssl.bytes("sec1.der")) == .privateKey)
    }

    @Test func `bytes after the certificate are refused`() throws {
        #expect(errorKind(der + [0]) == .trailingBytes)
        #expect(errorKind(der + der) == .trailingBytes)
    }

    @Test func `a certificate that is cut short is refused, wherever it is cut`() {
        for count in stride(from: 1, to: der.count, by: 7) {
            let kind = errorKind(Array(der[..<count]))
            #expect(kind == .truncated, "\(count) bytes: \(String(describing: kind))")
        }
        #expect(errorKind(Array(pem.dropLast(30))) == .truncated)
    }

    @Test func `damage within the base64 is refused`() {
        var damaged = pem
        damaged[60] = UInt8(ascii: "*")
        #expect(errorKind(damaged) == .malformed)
        var shorter = pem
        shorter.remove(at: 60)
        #expect(errorKind(shorter) == .malformed)
    }

    @Test func `requests, public keys and revocation lists are refused by name`() throws {
        try openssl.run("req -new -key a-key.pem -subj /CN=x -out r.pem")
        try openssl.run("req -in r.pem -outform DER -out r.der")
        try openssl.run("pkey -in a-key.pem -pubout -out p.pem")
        try openssl.run("pkey -in a-key.pem -pubout -outform DER -out p.der")
        try openssl.run("x509 -in a.pem -trustout -addtrust clientAuth -out t.pem")
        for file in ["r.pem", "r.der", "p.pem", "p.der", "t.pem"] {
            #expect(errorKind(try openssl.bytes(file)) == .otherObject, "\(file)")
        }
        #expect(errorKind(pem + (try openssl.bytes("r.pem"))) == .otherObject)
    }

    @Test func `keystores are refused with the command that reads them`() throws {
        try openssl.run("pkcs12 -export -in a.pem -inkey a-key.pem -out a.p12 -passout pass:x")
        try openssl.run("crl2pkcs7 -nocrl -certfile a.pem -outform DER -out a.p7b")
        let jks: [UInt8] = [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2]
        for bytes in [try openssl.bytes("a.p12"), try openssl.bytes("a.p7b"), jks] {
            #expect(errorKind(bytes) == .keystore)
        }
        do {
            _ = try CertificateFile.certificate(in: jks)
        } catch {
            #expect(error.description.contains("certificate import"))
        }
    }

    @Test func `a file is read whole, and a missing one is refused with the reason`() throws {
        let path = openssl.folder.appendingPathComponent("a.der").path
        #expect(try CertificateFile.read(path) == der)
        do {
            _ = try CertificateFile.read(path + "x")
            Issue.record("a file was read that is not there")
        } catch {
            #expect(error.kind == .unreadable)
            #expect(error.description == "The file cannot be read: No such file or directory.")
        }
        let errors = [("/dev/zero", 10), (path, 10)].map { path, limit in
            #expect(throws: CertificateError.self) { try CertificateFile.read(path, upTo: limit) }
        }
        #expect(errors.map { $0?.kind } == [.unreadable, .tooLarge])
        // The caller puts the file's name before these.
        #expect(errors.allSatisfy { $0?.description.contains("/") == false })
    }

    @Test func `a certificate over the limit is refused before it is parsed`() {
        let long = [UInt8(0x30), 0x82, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 0xFFFF)
        #expect(errorKind(long) == .tooLarge)
    }
}
