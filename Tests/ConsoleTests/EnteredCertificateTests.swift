// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing
import Text

@testable import Console

/// Certificates as people paste, choose and drop them, made by openssl.
struct EnteredCertificateTests {
    private static let now = Int64(Date().timeIntervalSince1970)
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-x509",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "certificate.pem",
            "-days",
            "30",
            "-subj",
            "/CN=entered"
        )
    }

    private func openssl(_ arguments: String...) throws { try openssl(arguments) }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }

    private func chosen(_ name: String, password: String = "") throws -> EnteredCertificate {
        var form = FieldValues()
        let file = FieldValues.File(name: name, bytes: try bytes(name))
        let isAdded =
            form.add(EnteredCertificate.fileField, file: file)
            && form.add(EnteredCertificate.passwordField, password)
        #expect(isAdded)
        return EnteredCertificate(form, now: Self.now)
    }

    private func pasted(_ text: String) -> EnteredCertificate {
        EnteredCertificate(FieldValues([(EnteredCertificate.field, text)]), now: Self.now)
    }

    private func expectRead(_ entered: EnteredCertificate) throws -> EnteredCertificate.Read {
        guard case .read(let read) = entered else {
            Issue.record("not read: \(entered)")
            throw CancellationError()
        }
        #expect(read.facts["subject"]?.text == "CN=entered")
        #expect(read.isRegistrable)
        return read
    }

    @Test func `a text in PEM is read, with Windows' line ends and words around it too`() throws {
        let pem = String(decoding: try bytes("certificate.pem"), as: UTF8.self)
        let read = try expectRead(pasted(pem))
        #expect(read.pem == pem)
        #expect(read.findings.allSatisfy { $0.severity != "error" })
        let windows = "Bag Attributes\r\n" + pem.split(separator: "\n").joined(separator: "\r\n")
        _ = try expectRead(pasted(windows))
    }

    @Test func `files in PEM, DER and PKCS#7 are read`() throws {
        try openssl("x509", "-in", "certificate.pem", "-outform", "DER", "-out", "a.der")
        try openssl("crl2pkcs7", "-nocrl", "-certfile", "certificate.pem", "-out", "a.p7b")
        for name in ["certificate.pem", "a.der", "a.p7b"] { _ = try expectRead(chosen(name)) }
    }

    @Test func `a keystore is read with its password, and its key is left out`() throws {
        try openssl(
            "pkcs12",
            "-export",
            "-in",
            "certificate.pem",
            "-inkey",
            "key.pem",
            "-out",
            "a.p12",
            "-passout",
            "pass:changeit",
            "-name",
            "own"
        )
        let read = try expectRead(chosen("a.p12", password: "changeit"))
        #expect(read.remarks.count == 1)
        #expect(!read.pem.contains("PRIVATE KEY"))
        for password in ["", "wrong"] {
            guard
                case .refused(let reason, let mayBeShown) = try chosen("a.p12", password: password)
            else {
                Issue.record("read with \(password)")
                continue
            }
            #expect(!reason.isEmpty && !mayBeShown)
        }
    }

    @Test func `several certificates are to be chosen from, and the chosen one is read`() throws {
        let own = String(decoding: try bytes("certificate.pem"), as: UTF8.self)
        try openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-x509",
            "-nodes",
            "-keyout",
            "k2.pem",
            "-out",
            "other.pem",
            "-days",
            "30",
            "-subj",
            "/CN=other"
        )
        let other = String(decoding: try bytes("other.pem"), as: UTF8.self)
        guard case .several(let found) = pasted(own + other) else {
            Issue.record("no choice")
            return
        }
        #expect(found.map { $0.facts["subject"]?.text } == ["CN=entered", "CN=other"])
        let form = FieldValues([
            (EnteredCertificate.field, own + other), (EnteredCertificate.chosenField, found[0].pem),
        ])
        _ = try expectRead(EnteredCertificate(form, now: Self.now))
    }

    // MARK: keystores of several certificates

    private func certificate(_ name: String, isCA: Bool = false) throws -> Certificate {
        try Data("[req]\ndistinguished_name=dn\n[dn]\n".utf8)
            .write(to: folder.appending(path: "req.cnf"))
        try openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-x509",
            "-nodes",
            "-config",
            "req.cnf",
            "-addext",
            "basicConstraints=CA:\(isCA ? "TRUE" : "FALSE")",
            "-keyout",
            "\(name)-key.pem",
            "-out",
            "\(name).pem",
            "-days",
            "30",
            "-subj",
            "/CN=\(name)"
        )
        return try CertificateFile.certificate(in: try bytes("\(name).pem"))
    }

    private func javaKeystore(_ entries: [JavaKeystoreEntry]) throws -> EnteredCertificate {
        var form = FieldValues()
        let file = FieldValues.File(name: "a.jks", bytes: JavaKeystoreEntry.file(entries))
        let isAdded = form.add(EnteredCertificate.fileField, file: file)
        #expect(isAdded)
        return EnteredCertificate(form, now: Self.now)
    }

    @Test func `of a Java keystore with one key its certificate is taken, wherever it stands`()
        throws
    {
        let own = try certificate("entered")
        let other = try certificate("other")
        let trusted = JavaKeystoreEntry.trusted(other)
        for entries in [
            [trusted, .key([own, other])], [.key([own, other]), trusted], [trusted, .key([own])],
        ] {
            _ = try expectRead(javaKeystore(entries))
        }
    }

    @Test func `of several keys, of none and of a CA's key nothing is taken without a question`()
        throws
    {
        let own = try certificate("entered")
        let other = try certificate("other")
        let ca = try certificate("ca", isCA: true)
        for entries: [JavaKeystoreEntry] in [
            [.key([own]), .key([other])], [.trusted(other), .trusted(own)],
            [.trusted(own), .key([ca])],
        ] {
            guard case .several(let found) = try javaKeystore(entries) else {
                Issue.record("no choice")
                continue
            }
            #expect(found.count == 2)
        }
    }

    @Test func `of PKCS#12 the key's certificate is taken from among its CAs`() throws {
        _ = try certificate("entered")
        _ = try certificate("other")
        for name in ["entered", "ca"] {
            if name == "ca" { _ = try certificate(name, isCA: true) }
            try openssl(
                "pkcs12",
                "-export",
                "-in",
                "\(name).pem",
                "-inkey",
                "\(name)-key.pem",
                "-certfile",
                "other.pem",
                "-out",
                "\(name).p12",
                "-passout",
                "pass:changeit"
            )
        }
        _ = try expectRead(chosen("entered.p12", password: "changeit"))
        guard case .several = try chosen("ca.p12", password: "changeit") else {
            Issue.record("no choice")
            return
        }
    }

    /// The parts of a keystore of OpenSSL's, in DER.
    private func parts(_ options: String...) throws -> [UInt8] {
        let plain = ["-keypbe", "NONE", "-certpbe", "NONE", "-nomac", "-passout", "pass:"]
        try openssl(["pkcs12", "-export", "-out", "part.p12"] + plain + options)
        var rest = DERElement(try bytes("part.p12")[...]).content
        rest = DERElement(DERElement(rest).rest).content
        rest = DERElement(DERElement(rest).rest).content
        return Array(DERElement(DERElement(rest).content).content)
    }

    /// One PKCS#12 keystore of such parts, without a MAC.
    private func keystore(_ parts: [UInt8]) throws -> EnteredCertificate {
        let data: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01]
        let safe = DERElement.bytes(0x04, DERElement.bytes(0x30, parts))
        let content = DERElement.bytes(0x30, data + DERElement.bytes(0xA0, safe))
        let file = DERElement.bytes(0x30, [0x02, 0x01, 0x03] + content)
        try Data(file).write(to: folder.appending(path: "whole.p12"))
        return try chosen("whole.p12")
    }

    @Test func `of PKCS#12 with two keys nothing is taken, even where one says whose it is`() throws
    {
        _ = try certificate("entered")
        _ = try certificate("other")
        let own = try parts("-in", "entered.pem", "-inkey", "entered-key.pem")
        let key = try parts("-nocerts", "-inkey", "other-key.pem")
        let trusted = try parts("-nokeys", "-in", "other.pem")
        guard case .several(let found) = try keystore(own + key + trusted) else {
            Issue.record("no choice")
            return
        }
        #expect(found.map { $0.facts["subject"]?.text } == ["CN=entered", "CN=other"])
        #expect(
            found[0].remarks == ["The keystore's 2 private keys were left out and are not kept."]
        )
        // With one key it is clear.
        let read = try expectRead(keystore(own + trusted))
        #expect(read.remarks == ["The keystore's private key was left out and is not kept."])
    }

    @Test func `a private key is refused, alone and beside its certificate`() throws {
        let key = String(decoding: try bytes("key.pem"), as: UTF8.self)
        let pem = String(decoding: try bytes("certificate.pem"), as: UTF8.self)
        for text in [key, key + pem, pem + key] {
            guard case .refused(let reason, let mayBeShown) = pasted(text) else {
                Issue.record("taken")
                continue
            }
            #expect(reason.contains("private key") && !mayBeShown)
        }
        guard case .refused(_, mayBeShown: false) = try chosen("key.pem") else {
            Issue.record("a key's file was taken")
            return
        }
    }

    @Test(arguments: ["x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "\u{1}"])
    func `anything else is refused with a reason`(text: String) {
        guard case .refused(let reason, _) = pasted(text) else {
            Issue.record("taken")
            return
        }
        #expect(reason.count > 20)
    }

    @Test func `nothing is nothing`() {
        for text in ["", " \n "] {
            guard case .none = pasted(text) else {
                Issue.record("something")
                return
            }
        }
    }
}

/// The first element of some DER, of at most 65,535 bytes.
private struct DERElement {
    let content: ArraySlice<UInt8>
    let rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        let after = bytes.dropFirst(2)
        let octets =
            bytes[bytes.startIndex + 1] < 0x80 ? 0 : Int(bytes[bytes.startIndex + 1] & 0x7F)
        let length =
            octets == 0
            ? Int(bytes[bytes.startIndex + 1])
            : after.prefix(octets).reduce(0) { $0 << 8 | Int($1) }
        content = after.dropFirst(octets).prefix(length)
        rest = after.dropFirst(octets + length)
    }

    /// An element, its length in two bytes where one has no room.
    static func bytes(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            count < 0x80 ? [UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [tag] + length + content
    }
}

/// An entry of a Java keystore (JKS), put together here byte for byte.
private enum JavaKeystoreEntry {
    case trusted(Certificate)
    /// A key of nothing, with its chain.
    case key([Certificate])

    /// A keystore whose digest is that of no password: unchecked without one.
    static func file(_ entries: [JavaKeystoreEntry]) -> [UInt8] {
        [0xFE, 0xED, 0xFE, 0xED] + number(2) + number(entries.count) + entries.flatMap(\.bytes)
            + [UInt8](repeating: 0, count: 20)
    }

    private var bytes: [UInt8] {
        let named: [UInt8] = Self.text("alias") + [UInt8](repeating: 0, count: 8)
        return switch self {
        case .trusted(let certificate): Self.number(2) + named + Self.bytes(certificate)
        case .key(let chain):
            Self.number(1) + named + Self.number(0) + Self.number(chain.count)
                + chain.flatMap(Self.bytes)
        }
    }

    private static func bytes(_ certificate: Certificate) -> [UInt8] {
        text("X.509") + number(certificate.der.count) + certificate.der
    }

    private static func number(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    private static func text(_ text: String) -> [UInt8] {
        [0, UInt8(text.utf8.count)] + Array(text.utf8)
    }
}
