// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Decodes certificates from the encodings that proxies use.
enum CertificateBytes {
    private static let begin = "-----BEGIN CERTIFICATE-----"
    private static let end = "-----END CERTIFICATE-----"
    /// The limit of OpenSSL's reader; it writes 64.
    private static let lineBytesMax = 76

    /// One certificate in Base64.
    static func base64(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> [UInt8] {
        guard let der = Base64.decode(bytes.extracting(range)) else { throw .malformedBase64 }
        guard sequenceEnd(der.span, from: 0) == der.count else { throw .malformedDER }
        return der
    }

    /// Concatenated certificates, encoded together in Base64.
    static func concatenation(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> [[UInt8]] {
        guard let all = Base64.decode(bytes.extracting(range)) else { throw .malformedBase64 }
        var found: [[UInt8]] = []
        var start = 0
        while start < all.count {
            guard found.count < ClientCertificateReader.chainMax else { throw .chainTooLong }
            guard let end = sequenceEnd(all.span, from: start) else { throw .malformedDER }
            found.append(Array(all[start..<end]))
            start = end
        }
        return found
    }

    /// Blocks of PEM, percent-encoded, `safe` characters excepted.
    static func escapedPEM(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>,
        safe: String = "",
        countMax: Int
    ) throws(ClientCertificateFieldError) -> [[UInt8]] {
        guard let text = PercentEncoding.decode(bytes.extracting(range), safe: safe) else {
            throw .malformedEscape
        }
        return try pem(text.span, lineEnd: UInt8(ascii: "\n"), countMax: countMax)
    }

    /// Blocks of PEM (RFC 7468 §2) without anything before, between or after them; at least one.
    ///
    /// The last line may do without its end.
    static func pem(
        _ text: Span<UInt8>,
        lineEnd: UInt8,
        countMax: Int
    ) throws(ClientCertificateFieldError) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var index = 0
        repeat {
            guard found.count < countMax else {
                throw countMax == 1 ? .severalCertificates : .chainTooLong
            }
            found.append(try block(text, &index, lineEnd))
        } while index < text.count
        return found
    }

    private static func block(
        _ text: Span<UInt8>,
        _ index: inout Int,
        _ lineEnd: UInt8
    ) throws(ClientCertificateFieldError) -> [UInt8] {
        guard skip(begin, text, &index, lineEnd) else { throw .malformedPEM }
        var body: [UInt8] = []
        var widths: (first: Int, last: Int)?
        while !skip(end, text, &index, lineEnd) {
            let start = index
            while index < text.count, text[index] != lineEnd { index += 1 }
            let line = start..<index
            // Every line but the last one is as long as the first.
            guard (1...(widths?.first ?? lineBytesMax)).contains(line.count), index < text.count,
                widths.map({ $0.first == $0.last }) ?? true
            else { throw .malformedPEM }
            widths = (widths?.first ?? line.count, line.count)
            body.append(contentsOf: text.extracting(line))
            index += 1
        }
        return try base64(0..<body.count, body.span)
    }

    /// Moves behind `marker` and the end of its line, if the text continues with them.
    private static func skip(
        _ marker: String,
        _ text: Span<UInt8>,
        _ index: inout Int,
        _ lineEnd: UInt8
    ) -> Bool {
        let end = index + marker.utf8.count
        guard end <= text.count, ASCII.equals(text, index..<end, marker),
            end == text.count || text[end] == lineEnd
        else { return false }
        index = min(end + 1, text.count)
        return true
    }

    /// The end of the DER sequence that begins at `start`; nil if it is none, or is cut short.
    ///
    /// X.690 §10.1: a length in the shortest form. Only the outer length is checked, which shows a
    /// certificate that was cut short; Cryptography parses the rest.
    private static func sequenceEnd(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        guard start + 2 <= bytes.count, bytes[start] == 0x30 else { return nil }
        let first = Int(bytes[start + 1])
        guard first >= 0x80 else { return end(start + 2, first, bytes) }
        // Two octets of length are more than fields of 32 KiB can hold.
        let octets = first - 0x80
        guard octets == 1 || octets == 2, start + 2 + octets <= bytes.count else { return nil }
        var length = 0
        for index in 0..<octets { length = length << 8 | Int(bytes[start + 2 + index]) }
        guard length >= (octets == 1 ? 0x80 : 0x100) else { return nil }
        return end(start + 2 + octets, length, bytes)
    }

    private static func end(_ start: Int, _ length: Int, _ bytes: Span<UInt8>) -> Int? {
        start + length <= bytes.count ? start + length : nil
    }
}
