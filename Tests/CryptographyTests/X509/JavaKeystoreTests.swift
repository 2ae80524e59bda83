// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// JKS and JCEKS, put together here byte for byte; `KeytoolTests` has those of a real keytool.
@Suite struct JavaKeystoreTests {
    private let openssl: OpenSSLCommand
    private let first: Certificate
    private let second: Certificate

    init() throws {
        openssl = try OpenSSLCommand()
        first = try CertificateFile.certificate(in: try openssl.selfSigned("first"))
        second = try CertificateFile.certificate(in: try openssl.selfSigned("second"))
    }

    /// With the digest that belongs to `password`, made by openssl.
    private func sealed(_ file: JavaKeystoreBytes, _ password: [UInt8] = []) throws -> [UInt8] {
        try openssl.write("sealed", password + Array("Mighty Aphrodite".utf8) + file.bytes)
        try openssl.run("dgst -sha1 -binary -out digest sealed")
        return file.bytes + (try openssl.bytes("digest"))
    }

    private func kind(_ bytes: [UInt8], password: String? = nil) -> CertificateError.Kind? {
        do throws(CertificateError) {
            _ = try Keystore.content(of: bytes, password: password)
            return nil
        } catch {
            return error.kind
        }
    }

    private func file() -> JavaKeystoreBytes {
        var file = JavaKeystoreBytes(count: 2)
        file.addCertificate(first, alias: "client")
        file.addKey([second, first], alias: "own")
        return file
    }

    @Test(arguments: [1, 2] as [UInt32], [0xFEED_FEED, 0xCECE_CECE] as [UInt32])
    func `both formats and versions give their certificates with their aliases`(
        version: UInt32,
        magic: UInt32
    ) throws {
        var file = JavaKeystoreBytes(magic: magic, version: version, count: 2)
        file.addKey([second, first], alias: "own")
        file.addCertificate(first, alias: "client")
        let content = try Keystore.content(of: try sealed(file), password: "")
        #expect(content.certificates == [second, first, first])
        #expect(content.entries.map(\.alias) == ["own", nil, "client"])
        #expect(content.entries.map(\.isOfPrivateKey) == [true, false, false])
        #expect(content.hasPrivateKey)
        #expect(!content.isUnchecked)
    }

    @Test func `a CA that several chains share is given once`() throws {
        var file = JavaKeystoreBytes(count: 3)
        for alias in ["a", "b", "c"] { file.addKey([second, first], alias: alias) }
        let content = try Keystore.content(of: try sealed(file), password: nil)
        #expect(content.entries.map(\.alias) == ["a", nil, "b", "c"])
        #expect(content.entries.map(\.isOfPrivateKey) == [true, false, true, true])
    }

    @Test func `the digest is checked with a password, which is in UTF-16`() throws {
        // U+00E4, U+20AC and U+1F511, which takes two units.
        let units: [UInt8] = [0x00, 0xE4, 0x20, 0xAC, 0xD8, 0x3D, 0xDD, 0x11]
        let bytes = try sealed(file(), units)
        #expect(try !Keystore.content(of: bytes, password: "ä€🔑").isUnchecked)
        #expect(try Keystore.content(of: bytes, password: nil).isUnchecked)
        for wrong in ["", "ä€", "a€🔑", "ä€🔑\0"] {
            #expect(kind(bytes, password: wrong) == .keystore)
        }
    }

    @Test func `what is cut short at any length is refused`() throws {
        let bytes = try sealed(file())
        for length in 4..<bytes.count {
            let cut = Array(bytes[..<length])
            #expect(kind(cut) == .truncated, "\(length)")
            #expect(kind(cut, password: "") == .truncated, "\(length)")
        }
        for length in 0..<4 { #expect(kind(Array(bytes[..<length])) != nil) }
        #expect(kind(bytes + [0]) == .trailingBytes)
        #expect(kind(bytes + bytes) == .trailingBytes)
    }

    @Test func `a flipped bit is always found with the password, and never trapped on`() throws {
        let bytes = try sealed(file())
        let seed = UInt64.random(in: 0...UInt64.max)
        print("flipping bits with seed \(seed)")
        var random = SeededRandom(seed: seed)
        for at in bytes.indices {
            var flipped = bytes
            flipped[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            #expect(kind(flipped, password: "") != nil, "\(at)")
            _ = kind(flipped)
        }
    }

    @Test(arguments: [0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1001] as [UInt32])
    func `a number that promises too much is refused`(count: UInt32) throws {
        var entries = file()
        entries.put(count, at: 8)
        #expect(kind(try sealed(entries), password: "") == .tooLarge)
        var chain = JavaKeystoreBytes(count: 1)
        chain.addKey([first], alias: "own", chainCount: count)
        #expect(kind(try sealed(chain), password: "") == .tooLarge)
        var length = JavaKeystoreBytes(count: 1)
        length.addCertificate(first, alias: "client", length: count)
        #expect(kind(try sealed(length), password: "") == .truncated)
    }

    @Test func `as many entries as are allowed are read`() throws {
        var file = JavaKeystoreBytes(count: 1000)
        for index in 0..<1000 { file.addCertificate(first, alias: "\(index)") }
        let content = try Keystore.content(of: try sealed(file), password: "")
        #expect(content.entries.count == 1000)
    }

    @Test func `other versions, tags and types are refused`() throws {
        for version in [0, 3, 0xFFFF_FFFF] as [UInt32] {
            var file = file()
            file.put(version, at: 4)
            #expect(kind(try sealed(file)) == .malformed)
        }
        for tag in [0, 4, 0xFFFF_FFFF] as [UInt32] {
            var file = file()
            file.put(tag, at: 12)
            #expect(kind(try sealed(file)) == .malformed)
        }
        var other = JavaKeystoreBytes(count: 1)
        other.addCertificate(first, alias: "client", type: "PGP")
        #expect(kind(try sealed(other)) == .malformed)
    }

    @Test func `a secret key ends what can be read of JCEKS, and is no part of JKS`() throws {
        for (magic, expected) in [
            (0xCECE_CECE, .keystore), (0xFEED_FEED, .malformed),
        ] as [(UInt32, CertificateError.Kind)] {
            var file = JavaKeystoreBytes(magic: magic, count: 1)
            file.addCertificate(first, alias: "s")
            file.put(3, at: 12)
            #expect(kind(try sealed(file)) == expected)
        }
    }

    @Test func `a keystore without certificates, or with a broken one, is refused`() throws {
        #expect(kind(try sealed(JavaKeystoreBytes(count: 0)), password: "") == .otherObject)
        var file = JavaKeystoreBytes(count: 1)
        file.addCertificate(first, alias: "client", length: UInt32(first.der.count - 1))
        file.bytes.removeLast()
        #expect(kind(try sealed(file), password: "") == .truncated)
    }

    @Test func `a file above the limit is refused, and so is another keystore above its own`() {
        let large = [UInt8](repeating: 0, count: Keystore.bytesMax)
        #expect(kind([0xFE, 0xED, 0xFE, 0xED] + large) == .tooLarge)
        #expect(kind([0x30, 0x80] + large) == .tooLarge)
    }

    @Test func `PEM inside a Java keystore does not make it a bundle`() throws {
        var file = JavaKeystoreBytes(count: 1)
        file.addCertificate(first, alias: "\n" + second.pem)
        #expect(try Keystore.content(of: try sealed(file), password: "").certificates == [first])
    }
}

/// The bytes of a Java keystore, without the digest at its end.
struct JavaKeystoreBytes {
    var bytes: [UInt8] = []
    private let version: UInt32

    init(magic: UInt32 = 0xFEED_FEED, version: UInt32 = 2, count: UInt32) {
        self.version = version
        for number in [magic, version, count] { append(number) }
    }

    mutating func addCertificate(
        _ certificate: Certificate,
        alias: String,
        type: String = "X.509",
        length: UInt32? = nil
    ) {
        append(2)
        append(alias)
        append(certificate, type, length: length)
    }

    mutating func addKey(_ chain: [Certificate], alias: String, chainCount: UInt32? = nil) {
        append(1)
        append(alias)
        append(5)
        bytes += [1, 2, 3, 4, 5]
        append(chainCount ?? UInt32(chain.count))
        for certificate in chain { append(certificate, "X.509", length: nil) }
    }

    mutating func put(_ number: UInt32, at position: Int) {
        for index in 0..<4 {
            bytes[position + index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32(index)))
        }
    }

    private mutating func append(_ number: UInt32) {
        bytes += [0, 0, 0, 0]
        put(number, at: bytes.count - 4)
    }

    /// An alias and a date.
    private mutating func append(_ alias: String) {
        append(text: alias)
        append(0x18C)
        append(0)
    }

    private mutating func append(text: String) {
        bytes += [UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 0xFF)] + Array(text.utf8)
    }

    private mutating func append(_ certificate: Certificate, _ type: String, length: UInt32?) {
        if version == 2 { append(text: type) }
        append(length ?? UInt32(certificate.der.count))
        bytes += certificate.der
    }
}
