// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing
import Text

/// A client's key pair, made and used by the openssl command in a folder that goes away with it.
final class ClientKey: Sendable {
    enum Kind: String, CaseIterable {
        case p256 = "EC -pkeyopt ec_paramgen_curve:P-256"
        case p384 = "EC -pkeyopt ec_paramgen_curve:P-384"
        case p521 = "EC -pkeyopt ec_paramgen_curve:P-521"
        case rsa = "RSA -pkeyopt rsa_keygen_bits:2048"
        case weak = "RSA -pkeyopt rsa_keygen_bits:1024"
        case ed25519 = "ED25519"
    }

    let kind: Kind
    /// The certificate that the key signed itself, in DER.
    let certificate: [UInt8]
    /// The public key in DER.
    let publicDER: [UInt8]
    private let folder: URL

    init(_ kind: Kind = .p256) throws {
        self.kind = kind
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("handfast-key-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.run("genpkey -algorithm \(kind.rawValue) -out key", in: folder)
        try Self.run("pkey -in key -pubout -outform DER -out public", in: folder)
        try Self.run("req -x509 -new -key key -subj /CN=client -outform DER -out leaf", in: folder)
        publicDER = Array(try Data(contentsOf: folder.appendingPathComponent("public")))
        certificate = Array(try Data(contentsOf: folder.appendingPathComponent("leaf")))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private static func run(_ command: String, in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + command.split(separator: " ").map(String.init)
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(command)")
    }

    /// The numbers of the public key as a JWK has them.
    var members: [String: String] {
        func text(_ bytes: some Sequence<UInt8>) -> String {
            String(decoding: Base64URL.encode(Array(bytes).span), as: UTF8.self)
        }
        func point(_ curve: String, _ count: Int) -> [String: String] {
            [
                "kty": "EC", "crv": curve, "y": text(publicDER.suffix(count)),
                "x": text(publicDER.suffix(2 * count).prefix(count)),
            ]
        }
        return switch kind {
        case .p256: point("P-256", 32)
        case .p384: point("P-384", 48)
        case .p521: point("P-521", 66)
        // The exponent is 65537, five bytes with its head; the modulus stands before it.
        case .rsa: ["kty": "RSA", "n": text(publicDER.dropLast(5).suffix(256)), "e": "AQAB"]
        case .weak: ["kty": "RSA", "n": text(publicDER.dropLast(5).suffix(128)), "e": "AQAB"]
        case .ed25519: ["kty": "OKP", "crv": "Ed25519", "x": text(publicDER.suffix(32))]
        }
    }

    /// The key as a JWK, with other members or without some.
    func jwk(_ others: [String: Any?] = [:]) throws -> String {
        var all: [String: Any] = members
        for (name, value) in others { all[name] = value }
        return String(decoding: try JSONSerialization.data(withJSONObject: all), as: UTF8.self)
    }

    /// The JWS signature over `message` by an algorithm that may be foreign to the key.
    func sign(_ message: [UInt8], _ algorithm: SignatureAlgorithm) throws -> [UInt8] {
        try Data(message).write(to: folder.appendingPathComponent("message"))
        let name = algorithm.rawValue
        let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"
        let padding = name.hasPrefix("PS") ? "\(pss) " : ""
        let command =
            algorithm == .edDSA
            ? "pkeyutl -sign -rawin -inkey key -in message -out signature"
            : "dgst -sha\(name.suffix(3)) \(padding)-sign key -out signature message"
        try Self.run(command, in: folder)
        let bytes = Array(try Data(contentsOf: folder.appendingPathComponent("signature")))
        return switch kind {
        case .p256: try raw(bytes, half: 32)
        case .p384: try raw(bytes, half: 48)
        case .p521: try raw(bytes, half: 66)
        case .rsa, .weak, .ed25519: bytes
        }
    }

    /// The two INTEGERs of an ECDSA signature, `half` bytes each.
    private func raw(_ der: [UInt8], half: Int) throws -> [UInt8] {
        var at = der[1] & 0x80 == 0 ? 2 : 3
        var raw: [UInt8] = []
        for _ in 0..<2 {
            let count = Int(der[at + 1])
            let digits = der[(at + 2)..<(at + 2 + count)].drop { $0 == 0 }
            raw += [UInt8](repeating: 0, count: half - digits.count) + digits
            at += 2 + count
        }
        return raw
    }
}
