// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation

/// Real revocation lists, by `openssl ca` with an index that is written here.
extension OpenSSLCommand {
    /// One line of the index: a serial number in hexadecimal and, if any, a reason.
    struct RevokedSerial {
        let serial: String
        var reason: String? = nil
        var time = "260101000000Z"
    }

    func certificate(_ name: String) throws -> Certificate {
        try CertificateFile.certificate(in: try bytes("\(name).pem"))
    }

    /// The serial number of `NAME.pem`, as the index wants it.
    func revoked(_ name: String, reason: String? = nil) throws -> RevokedSerial {
        let serial = try certificate(name).serial.drop { $0 == 0 }
        return RevokedSerial(
            serial: serial.map { String(format: "%02X", $0) }.joined(),
            reason: reason
        )
    }

    /// The file of a list that the CA `by` signs, in PEM; for the times 1970 is zero.
    @discardableResult
    func revocationList(
        _ name: String,
        by ca: String,
        revoked: [RevokedSerial] = [],
        from start: Int64,
        until end: Int64,
        extensions: String = "",
        options: [String] = []
    ) throws -> [UInt8] {
        let lines = revoked.map { entry in
            let reason = entry.reason.map { ",\($0)" } ?? ""
            return "R\t360101000000Z\t\(entry.time)\(reason)\t\(entry.serial)\tunknown\t/CN=x\n"
        }
        try write("\(name).index", lines.joined())
        let extensionLine = extensions.isEmpty ? "" : "crl_extensions = e\n"
        let digest = options.contains("-md") ? "" : "default_md = sha256\n"
        try write(
            "\(name).cnf",
            "[ca]\ndefault_ca = c\n[c]\ndatabase = \(name).index\n\(digest)\(extensionLine)"
                + "[e]\n\(extensions)\n"
        )
        try run(
            words: [
                "ca", "-gencrl", "-config", "\(name).cnf", "-cert", "\(ca).pem",
                "-keyfile", "\(ca)-key.pem", "-out", "\(name).crl",
                "-crl_lastupdate", Self.time(start), "-crl_nextupdate", Self.time(end),
            ] + options
        )
        return try bytes("\(name).crl")
    }

    private static func time(_ seconds: Int64) -> String {
        CertificateTime.text(seconds).filter { $0.isNumber || $0 == "Z" }
    }
}

extension RevocationList {
    /// The only list in a file.
    static func one(_ bytes: [UInt8]) throws -> RevocationList {
        let lists = try read(bytes)
        guard lists.count == 1, let list = lists.first else {
            throw OpenSSLCommand.ToolError(description: "\(lists.count) lists")
        }
        return list
    }

    /// Which refusal reading the bytes ends with; nil if they are read.
    static func errorKind(_ bytes: [UInt8]) -> RevocationListError.Kind? {
        do throws(RevocationListError) {
            _ = try read(bytes)
            return nil
        } catch {
            return error.kind
        }
    }

    /// The DER in PEM text of one block.
    static func der(_ pem: [UInt8]) -> [UInt8] {
        let lines = String(decoding: pem, as: UTF8.self).split(separator: "\n")
        let text = lines.filter { !$0.hasPrefix("-----") }.joined()
        return Data(base64Encoded: text).map { [UInt8]($0) } ?? []
    }
}

/// Lists with anything in them, signed by nobody: reading does not look at signatures.
enum SyntheticRevocationList {
    private static let issuer = SyntheticCertificate.element(
        0x30,
        SyntheticCertificate.element(
            0x31,
            SyntheticCertificate.element(0x30, [0x06, 3, 0x55, 4, 3, 0x0C, 1, 0x61])
        )
    )

    /// The DER of a list by `CN=a`; each part may be given as it should not be.
    static func der(
        version: [UInt8] = [0x02, 1, 1],
        algorithm: [UInt8] = [0x06, 3, 0x2B, 0x65, 0x70],
        outerAlgorithm: [UInt8]? = nil,
        issuer: [UInt8] = issuer,
        times: [String] = ["260101000000Z", "360101000000Z"],
        entries: [[UInt8]]? = nil,
        extensions: [[UInt8]]? = nil
    ) -> [UInt8] {
        let element = SyntheticCertificate.element
        var body = version + element(0x30, algorithm) + issuer
        for time in times { body += element(0x17, Array(time.utf8)) }
        if let entries { body += element(0x30, Array(entries.joined())) }
        if let extensions { body += element(0xA0, element(0x30, Array(extensions.joined()))) }
        return element(
            0x30,
            element(0x30, body) + element(0x30, outerAlgorithm ?? algorithm)
                + element(0x03, [UInt8](repeating: 0, count: 65))
        )
    }

    /// An entry with a serial number's octets and extensions.
    static func entry(_ serial: [UInt8], extensions: [[UInt8]] = []) -> [UInt8] {
        let element = SyntheticCertificate.element
        return element(
            0x30,
            element(0x02, serial) + element(0x17, Array("260101000000Z".utf8))
                + (extensions.isEmpty ? [] : element(0x30, Array(extensions.joined())))
        )
    }

    /// An extension 2.5.29.n.
    static func item(_ last: UInt8, critical: Bool = false, _ value: [UInt8]) -> [UInt8] {
        let element = SyntheticCertificate.element
        return element(
            0x30,
            [0x06, 3, 0x55, 0x1D, last] + (critical ? [0x01, 1, 0xFF] : []) + element(0x04, value)
        )
    }
}
