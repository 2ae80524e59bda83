// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing
import Text

/// Files of two certificates in which something is not as RFC 7468 has it.
@Suite struct `PEM that is damaged` {
    let openssl: OpenSSLCommand
    let first: String
    let second: String

    init() throws {
        openssl = try OpenSSLCommand()
        first = String(decoding: try openssl.selfSigned("a"), as: UTF8.self)
        second = String(decoding: try openssl.selfSigned("b"), as: UTF8.self)
    }

    private func count(_ text: String) -> Int { text.split(separator: "\n").count }

    /// The lines of the first block.
    private var lines: Int { count(first) }

    private func error(_ text: String) -> CertificateError? {
        do throws(CertificateError) {
            _ = try CertificateFile.certificates(in: Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    /// The file with another second block is refused with these words, which name the place.
    private func expect(_ text: String, _ words: [String]) {
        let error = error(text)
        let said = error?.description ?? "taken"
        for word in words { #expect(said.contains(word), "\(word) is not in: \(said)") }
    }

    @Test func `a whole file is taken, with text between its blocks`() throws {
        for text in [
            first + second, first + "\n\n" + second,
            "# one\n" + first + "---\nsubject=/CN=b\n" + second,
            first + "============ ----------\n" + second,
            first + "the begin and the end\n" + second,
            first.replacing("\n", with: "\r\n") + second.replacing("\n", with: "\r"),
            first.replacing("\n", with: " \t\n") + second, first + second.dropLast(),
        ] {
            #expect(error(text) == nil, "\(text)")
            #expect(try CertificateFile.certificates(in: Array(text.utf8)).count == 2)
        }
    }

    @Test func `parameters beside a certificate are understood`() throws {
        let parameters = try openssl.run("ecparam -name prime256v1")
        #expect(error(parameters + first) == nil && error(first + parameters) == nil)
        expect(first + parameters.replacing("EC PARAM", with: "SM2 PARAM"), ["SM2", "Block 2"])
        // On their own they are no certificate.
        #expect(error(parameters) != nil)
    }

    @Test func `END and BEGIN in one line`() {
        expect(
            first.dropLast() + second,
            ["Block 1, line 1: ", "Line \(lines) has END and", "own"]
        )
        expect("\(first)\(second.dropLast())\(first)", ["Block 2, line \(lines + 1): "])
    }

    @Test func `a line of base64 that is lost`() {
        var rest = second.split(separator: "\n", omittingEmptySubsequences: false)
        rest.remove(at: 3)
        expect(first + rest.joined(separator: "\n"), ["Block 2, line \(lines + 1): ", "cut short"])
    }

    @Test func `a character that is lost, and one that is none`() {
        var text = Array(first)
        text.remove(at: 100)
        expect(second + String(text), ["Block 2, line", "a part of a line is missing"])
        text = Array(first)
        text[100] = "*"
        let line = count(second) + 3
        expect(second + String(text), ["Block 2, line", ": Line \(line) is not base64"])
    }

    @Test(arguments: [30, 200, 400])
    func `a file that is cut`(count: Int) {
        expect(
            "\(first)\(second.dropLast(count))",
            ["Block 2, line \(lines + 1): ", "does not end"]
        )
    }

    @Test func `a block within a block, and an END of another label`() {
        let body = first.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
        expect(
            body + second,
            ["Block 1, line 1: ", "does not end before the BEGIN of line \(lines)"]
        )
        let other = first.replacing("END CERTIFICATE", with: "END X509 CRL")
        expect(second + other, ["Block 2", "begins as `CERTIFICATE`", "as `X509 CRL`"])
    }

    @Test func `an END without BEGIN, as of a longer file that was written over`() {
        expect("\(first)\(second.dropFirst(300))", ["Line", "ends where no block has begun"])
        for rest in [
            "TIFICATE-----\n", "ND CERTIFICATE-----\n", "E-----\n", "-----B", "-----BEGIN",
        ] {
            expect(first + rest, ["Line \(lines + 1) looks like a BEGIN or END line"])
        }
    }

    @Test(arguments: [
        "----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE----", "----- BEGIN CERTIFICATE -----",
        "-----BEGINCERTIFICATE-----", "-----begin certificate-----",
        "see -----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE----- # ours", "\u{2013}\u{2013}BEGIN CERTIFICATE\u{2013}\u{2013}",
        "-----BEGIN CERTIFICATE-----MIIB", "-----BEGIN \u{e9}CERTIFICATE-----", "BEGIN CERTIFICATE",
    ])
    func `a line that is nearly a BEGIN would hide its block`(line: String) {
        let hidden = second.replacing("-----BEGIN CERTIFICATE-----", with: line)
        expect(first + hidden, ["Line \(lines + 1) looks like a BEGIN or END line and is none"])
    }

    @Test(arguments: [
        "----END CERTIFICATE-----", "-----END CERTIFICATE----", "-----END CERTIFICATE----- x",
        "END CERTIFICATE",
    ])
    func `a line that is nearly an END`(line: String) {
        let open = first.replacing("-----END CERTIFICATE-----", with: line)
        #expect(error(open + second)?.description.hasPrefix("Block 1, line 1: ") == true)
        #expect(error(second + open)?.description.hasPrefix("Block 2, line ") == true)
    }

    @Test func `bytes that are no text, as of a disk that lost some`() {
        expect(first + String(repeating: "\0", count: 512) + "\n" + second, ["no text"])
        expect(first + second + "\u{1}\n", ["Line \(lines + count(second) + 1): ", "no text"])
    }

    @Test func `DER with something behind it, in a block`() throws {
        let certificate = try CertificateFile.certificate(in: Array(first.utf8))
        let text = PEMText.block("CERTIFICATE", certificate.der + [0, 0])
        expect(second + text, ["Block 2", "Bytes follow after the certificate's end"])
    }

    @Test func `header lines, and OpenSSL's trusted form, are named`() throws {
        let headed = first.replacing(
            "-----BEGIN CERTIFICATE-----\n",
            with: "-----BEGIN CERTIFICATE-----\nComment: x\n\n"
        )
        expect(second + headed, ["Block 2", "header"])
        try openssl.run("x509 -in a.pem -trustout -addtrust clientAuth -out t.pem")
        let trusted = String(decoding: try openssl.bytes("t.pem"), as: UTF8.self)
        expect(second + trusted, ["Block 2", "trust settings", "openssl x509 -in FILE"])
    }

    @Test func `a web page in place of a certificate`() {
        expect("<html><body>Not found</body></html>", ["HTML"])
    }
}

/// PEM as a test writes it.
enum PEMText {
    static func block(_ label: String, _ bytes: [UInt8]) -> String {
        var text = String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
            .replacing("-", with: "+").replacing("_", with: "/")
        while !text.utf8.count.isMultiple(of: 4) { text += "=" }
        return "-----BEGIN \(label)-----\n\(text)\n-----END \(label)-----\n"
    }
}
