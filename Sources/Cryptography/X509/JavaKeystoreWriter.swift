// SPDX-License-Identifier: Apache-2.0
/// Writes a Java keystore of the format JKS: key entries one by one, then a digest over all.
///
/// For load targets, whose keys are public: the format's protection is SHA-1, and weak.
public struct JavaKeystoreWriter {
    /// Bytes of a salt.
    public static let saltBytes = 20
    /// The key protector of Sun's JDK: the only encryption of keys that the format has.
    private static let protector = ASN1ObjectIdentifier(
        known: [0x2B, 0x06, 0x01, 0x04, 0x01, 0x2A, 0x02, 0x11, 0x01, 0x01]
    )

    /// The bytes before the first entry.
    public let header: [UInt8]
    private let running = RunningDigest.sha1()

    /// Begins a keystore of so many entries.
    public init(entries: Int, password: String) {
        header = [0xFE, 0xED, 0xFE, 0xED] + Self.number(2) + Self.number(entries)
        running.add((JavaKeystore.text(password) + JavaKeystore.phrase + header).span)
    }

    /// Notes the bytes of an entry that was written.
    public func add(_ entry: [UInt8]) { running.add(entry.span) }

    /// The bytes after the last entry; nothing may be added after them.
    public func digest() -> [UInt8] { running.finishBytes() }

    /// A private key with its certificates in DER, its own first.
    ///
    /// The alias has lower-case ASCII only, as Java looks for it. `time` is in seconds since 1970.
    public static func entry(
        _ key: DerivedKey,
        chain: [[UInt8]],
        alias: String,
        password: String,
        salt: [UInt8],
        time: Int64
    ) -> [UInt8] {
        let milliseconds = (0..<8).map { UInt8(truncatingIfNeeded: (time * 1000) >> (56 - 8 * $0)) }
        let protected = protected(key.pkcs8, password: JavaKeystore.text(password), salt: salt)
        var entry = number(1) + text(alias) + milliseconds
        entry += number(protected.count) + protected + number(chain.count)
        for certificate in chain {
            entry += text("X.509") + number(certificate.count) + certificate
        }
        return entry
    }

    /// The key XORed with a chain of digests, each of the password and the one before it, the salt
    /// first; then a digest of password and key.
    private static func protected(
        _ key: [UInt8],
        password: [UInt8],
        salt: [UInt8]
    ) -> [UInt8] {
        precondition(salt.count == saltBytes)
        var (block, hidden) = (salt, [UInt8]())
        for start in stride(from: 0, to: key.count, by: saltBytes) {
            block = Digester.sha1(password + block)
            hidden += zip(key[start...].prefix(saltBytes), block).map { $0 ^ $1 }
        }
        return DEREncoding.sequence(
            DEREncoding.sequence(protector.der, [0x05, 0x00]),
            DEREncoding.octetString(salt + hidden + Digester.sha1(password + key))
        )
    }

    private static func number(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    /// A text behind its length in two bytes.
    private static func text(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return [
            UInt8(truncatingIfNeeded: bytes.count >> 8), UInt8(truncatingIfNeeded: bytes.count),
        ]
            + bytes
    }
}
