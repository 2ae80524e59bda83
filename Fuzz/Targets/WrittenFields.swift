// SPDX-License-Identifier: Apache-2.0
internal import Text

@testable import Cryptography
@testable import HTTP

extension ClientCertificateFormat {
    /// How a proxy writes these certificates: a value for each of its fields that it sets.
    func written(_ told: ForwardedClientCertificate) -> [(FieldName?, String)] {
        let all = [told.leaf] + told.chain
        switch self {
        case .rfc9440:
            let chain = told.chain.map { ":\(Self.base64($0)):" }.joined(separator: ", ")
            return [(names.certificate, ":\(Self.base64(told.leaf)):")]
                + (chain.isEmpty ? [] : [(names.chain, chain)])
        case .nginx: return [(names.certificate, Self.escaped(Self.pem(all)))]
        case .apache:
            let text = Self.pem(all).map { $0 == "\n" ? " " : $0 }
            return [(names.certificate, String(text))]
        case .envoy:
            return [(names.certificate, "Chain=\"\(Self.escaped(Self.pem(all)))\"")]
        case .haproxy:
            let chain = Self.base64(told.chain.flatMap(\.self))
            return [(names.certificate, Self.base64(told.leaf)), (names.chain, chain)]
        case .traefik:
            return [(names.certificate, all.map(Self.base64).joined(separator: ","))]
        case .awsALB:
            return [(names.chain, Self.escaped(Self.pem(all), safe: "+=/"))]
        case .cloudflare: return [(names.certificate, Self.base64(told.leaf))]
        }
    }

    private static func pem(_ certificates: [[UInt8]]) -> String {
        certificates.map { PEM.text("CERTIFICATE", $0) }.joined()
    }

    /// The lines of PEM, without those around them and without their ends.
    private static func base64(_ bytes: [UInt8]) -> String {
        PEM.text("X", bytes).split(separator: "\n").dropFirst().dropLast().joined()
    }

    private static func escaped(_ text: String, safe: String = "") -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                String(decoding: [byte], as: UTF8.self)
            case _ where safe.utf8.contains(byte): String(decoding: [byte], as: UTF8.self)
            default: "%\(Hexadecimal.text([byte]))"
            }
        }.joined()
    }
}
