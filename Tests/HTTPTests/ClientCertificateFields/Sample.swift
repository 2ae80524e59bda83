// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

/// Certificates that a client sends in these tests, and the encodings of proxies for them.
enum Sample {
    /// The client's own certificate, which the CA has issued.
    static let leaf = decode(
        "MIIB1jCCAXygAwIBAgIUaM1XWxmWuBZXRs/e3YKj0Y/11HgwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHVGVz"
            + "dCBDQTAgFw0yNjExMjQxNTU3MThaGA8yMTI2MTAzMTE1NTcxOFowJzEWMBQGA1UECgwNRXhhbXBsZSwgSW5j"
            + "LjENMAsGA1UEAwwEbGVhZjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDA2kRtZWsMdwWw0go42dMi7YcSj"
            + "wpga03AU3sl1eaUyAE86mATokq2kr6/vW4eMxc4kPtZ1KjlW/Vea3QM5PlujgZgwgZUwDAYDVR0TAQH/BAIw"
            + "ADATBgNVHSUEDDAKBggrBgEFBQcDAjAwBgNVHREEKTAnhhZzcGlmZmU6Ly9leGFtcGxlLm9yZy9hgg1hLmV4"
            + "YW1wbGUub3JnMB0GA1UdDgQWBBRB4je9PPKqnWc9ZUydBkaPPe+hKjAfBgNVHSMEGDAWgBT17R+vhIc77LpD"
            + "3t+wGE41GsT4SjAKBggqhkjOPQQDAgNIADBFAiEA60i+ghHZg38afuD29rRnUDPTWvZ988ZibB+KgxdlSQgC"
            + "IF0YDDxx8Xbq8Q/zsfG/Mhqu8FPPqy263Mr39b/6mTke"
    )
    /// The CA's certificate.
    static let ca = decode(
        "MIIBazCCARCgAwIBAgIUUEIQe85cJGTmb4d/hgtKtzFzOMYwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHVGVz"
            + "dCBDQTAgFw0yNjExMjQxNTU3MThaGA8yMTI2MTAzMTE1NTcxOFowEjEQMA4GA1UEAwwHVGVzdCBDQTBZMBMG"
            + "ByqGSM49AgEGCCqGSM49AwEHA0IABCbZBOobo9uNFztaBGfXrdjD2A+mn9NVqFxuOwqRbusRF7ydWCIdaL8h"
            + "072XEqKdOlgRfU1oBXp7ThMIPcmYcWajQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0G"
            + "A1UdDgQWBBT17R+vhIc77LpD3t+wGE41GsT4SjAKBggqhkjOPQQDAgNJADBGAiEAqx2ui2jpt8YqTU2WwOAd"
            + "L9ngcQni/w0D3YQs45mJQmQCIQD4LM+wmUGURlfGf4pfYd6J8EPBHIABtzUdTfeaaXRLgg=="
    )
    /// A certificate of another client.
    static let other = decode(
        "MIIB2DCCAX2gAwIBAgIUaM1XWxmWuBZXRs/e3YKj0Y/11HkwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHVGVz"
            + "dCBDQTAgFw0yNjExMjQxNTU3MThaGA8yMTI2MTAzMTE1NTcxOFowKDEWMBQGA1UECgwNRXhhbXBsZSwgSW5j"
            + "LjEOMAwGA1UEAwwFb3RoZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT/BSzdIh3Z9QJhJ00+mV3t5I9Y"
            + "jkZLBdj1Hp4WgokAgSGZSNTfY/sV6I7Pi3raZsvPpJgnOoXGzmyLMqhRE1Ako4GYMIGVMAwGA1UdEwEB/wQC"
            + "MAAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwMAYDVR0RBCkwJ4YWc3BpZmZlOi8vZXhhbXBsZS5vcmcvYYINYS5l"
            + "eGFtcGxlLm9yZzAdBgNVHQ4EFgQUMd5wCo9qEx3xrcChFPhnuXoX4ckwHwYDVR0jBBgwFoAU9e0fr4SHO+y6"
            + "Q97fsBhONRrE+EowCgYIKoZIzj0EAwIDSQAwRgIhAJzKZEcXimlOuo23etZ/wes9WYnPuQ8arKCbO9EX3Wcm"
            + "AiEA0SoUT9IeYY1lc2rGkBz2c07ZXbfXkre99mFQ370awU8="
    )
    /// SHA-256 of the leaf, as `sha256sum` tells it.
    static let leafDigest = "006714ffbce5121bc26e7d7483fa90f56cbf6d6eccf8a1a9d9dbe91309cc15a4"

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// Base64 in the slow and obvious way: bit by bit.
    static func base64(_ bytes: [UInt8]) -> String {
        var bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        while !bits.count.isMultiple(of: 6) { bits.append(0) }
        var text = stride(from: 0, to: bits.count, by: 6).map { start in
            alphabet[Int(bits[start..<start + 6].reduce(0) { $0 << 1 | $1 })]
        }
        while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func decode(_ text: String) -> [UInt8] {
        let values = text.utf8.compactMap { alphabet.firstIndex(of: $0) }
        let bits = values.flatMap { value in (0..<6).map { UInt8(value >> (5 - $0) & 1) } }
        return stride(from: 0, to: bits.count - 7, by: 8).map { start in
            bits[start..<start + 8].reduce(0) { $0 << 1 | $1 }
        }
    }

    /// A block of PEM.
    static func pem(_ der: [UInt8], width: Int = 64, lineEnd: String = "\n") -> String {
        var lines = ["-----BEGIN CERTIFICATE-----"]
        var rest = base64(der)[...]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(width)))
            rest = rest.dropFirst(width)
        }
        return (lines + ["-----END CERTIFICATE-----", ""]).joined(separator: lineEnd)
    }

    /// Percent-encoding of all but letters, digits and `safe`.
    static func escaped(_ text: String, safe: String = "-._~") -> String {
        text.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            if character.isASCII && (character.isLetter || character.isNumber)
                || safe.contains(character)
            {
                return String(character)
            }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}

/// The result of reading a proxy's fields.
enum Reading: Equatable {
    case certificate(ForwardedClientCertificate)
    case noCertificate
    case refused(ClientCertificateFieldError)

    var error: ClientCertificateFieldError? {
        if case .refused(let error) = self { error } else { nil }
    }

    var isCertificate: Bool {
        if case .certificate = self { true } else { false }
    }

    /// A leaf with a verification.
    static func leaf(
        _ verification: ForwardedClientCertificate.Verification,
        chain: [[UInt8]] = [],
        digest: [UInt8]? = nil
    ) -> Reading {
        .certificate(
            ForwardedClientCertificate(
                leaf: Sample.leaf,
                chain: chain,
                verification: verification,
                leafDigest: digest
            )
        )
    }
}

/// Fields as ranges into one buffer, as a request has them; characters above U+00FF are cut.
struct FieldList {
    var bytes: [UInt8] = []
    var fields: [HeaderField] = []

    init(_ fields: [(String, String)]) {
        for (name, value) in fields { append(octets(name), octets(value)) }
    }

    mutating func append(_ name: [UInt8], _ value: [UInt8]) {
        let start = bytes.count
        bytes += name + value
        let middle = start + name.count
        fields.append(HeaderField(name: start..<middle, value: middle..<bytes.count))
    }
}

/// The reader's result for these fields.
func reading(_ reader: ClientCertificateReader, _ list: FieldList) -> Reading {
    do throws(ClientCertificateFieldError) {
        guard let found = try reader.read(list.fields, list.bytes.span) else {
            return .noCertificate
        }
        return .certificate(found)
    } catch {
        return .refused(error)
    }
}

/// The result of the format's usual reader for these fields.
func reading(_ format: ClientCertificateFormat, _ fields: [(String, String)]) -> Reading {
    reading(ClientCertificateReader(format), FieldList(fields))
}

/// Expects that no part of the value is taken for a certificate, but for those lengths in `whole`.
func expectTruncationsRefused(
    _ format: ClientCertificateFormat,
    _ name: String,
    _ value: String,
    whole: Set<Int> = [],
    with others: [(String, String)] = [],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(reading(format, [(name, value)] + others).isCertificate)
    for count in 1..<value.utf8.count where !whole.contains(count) {
        let found = reading(format, [(name, String(value.prefix(count)))] + others)
        #expect(found.error != nil, "cut to \(count)", sourceLocation: sourceLocation)
    }
}
