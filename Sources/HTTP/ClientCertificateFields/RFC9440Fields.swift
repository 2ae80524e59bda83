// SPDX-License-Identifier: Apache-2.0
/// Client-Cert and Client-Cert-Chain (RFC 9440): byte sequences of structured fields (RFC 8941).
///
/// Stricter than the RFCs in three ways, which no proxy depends on: no parameters, no Base64 but an
/// encoder's own, and Client-Cert-Chain in one line. A second line (RFC 9440 §2.3) could be the
/// client's.
enum RFC9440Fields {
    static let names = ClientCertificateFieldNames(known: "client-cert", chain: "client-cert-chain")

    static func read(
        _ values: ClientCertificateValues,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        var leaf: [UInt8]?
        if let field = values.certificate {
            var index = field.lowerBound
            leaf = try sequence(&index, field.upperBound, bytes)
            if index < field.upperBound {
                throw bytes[index] == UInt8(ascii: ",") ? .severalCertificates : .malformedField
            }
        }
        var chain: [[UInt8]] = []
        // §2.3: the chain is not there without the certificate.
        if let field = values.chain {
            guard leaf != nil else { throw .chainWithoutCertificate }
            chain = try list(field, bytes)
        }
        return try .joined(leaf: leaf, chain: chain, word: nil, values)
    }

    // RFC 8941 §3.1: members between commas with white space around them, none after the last one.
    private static func list(
        _ field: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> [[UInt8]] {
        var members: [[UInt8]] = []
        var index = field.lowerBound
        while true {
            guard members.count < ClientCertificateReader.chainMax else { throw .chainTooLong }
            members.append(try sequence(&index, field.upperBound, bytes))
            skipSpace(&index, field.upperBound, bytes)
            guard index < field.upperBound else { return members }
            guard bytes[index] == UInt8(ascii: ",") else { throw .malformedField }
            index += 1
            skipSpace(&index, field.upperBound, bytes)
        }
    }

    // RFC 8941 §3.3.5: Base64 between colons.
    private static func sequence(
        _ index: inout Int,
        _ end: Int,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> [UInt8] {
        let colon = UInt8(ascii: ":")
        guard index < end, bytes[index] == colon else { throw .malformedField }
        let start = index + 1
        index = start
        while index < end, bytes[index] != colon { index += 1 }
        guard index < end else { throw .malformedField }
        index += 1
        return try CertificateBytes.base64(start..<index - 1, bytes)
    }

    private static func skipSpace(_ index: inout Int, _ end: Int, _ bytes: Span<UInt8>) {
        while index < end, Characters.isWhiteSpace(bytes[index]) { index += 1 }
    }
}
