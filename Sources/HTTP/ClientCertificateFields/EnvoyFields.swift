// SPDX-License-Identifier: Apache-2.0
internal import Text

/// X-Forwarded-Client-Cert, as Envoy writes it.
///
/// envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers has a section on it:
/// elements between commas, one for each proxy; in each, pairs of key and value between semicolons.
/// Keys have no case. Values may stand in double quotes, with a backslash before a quote. `Hash` is
/// the SHA-256 of the certificate, `Cert` the certificate and `Chain` the whole chain, the
/// certificate included, both in percent-encoded PEM.
///
/// Exactly one element is accepted: of several, only the last was written by the trusted proxy, and
/// the others may be the client's.
enum EnvoyFields {
    static let names = ClientCertificateFieldNames(known: "x-forwarded-client-cert")

    static func read(
        _ values: ClientCertificateValues,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        guard let field = values.certificate else { return nil }
        var element = Element()
        var index = field.lowerBound
        while true {
            try element.take(try Pair(&index, field.upperBound, bytes), bytes)
            guard index < field.upperBound else { break }
            guard bytes[index] == UInt8(ascii: ";") else { throw .severalProxies }
            index += 1
        }
        return try element.certificate(bytes)
    }

    /// One key and its value, without quotes.
    private struct Pair {
        let key: Range<Int>
        let value: Range<Int>
        let isQuoted: Bool

        /// Reads up to the next semicolon, the next comma, or the end.
        init(
            _ index: inout Int,
            _ end: Int,
            _ bytes: Span<UInt8>
        ) throws(ClientCertificateFieldError) {
            let start = index
            while index < end, Pair.isLetter(bytes[index]) { index += 1 }
            guard index > start, index < end, bytes[index] == UInt8(ascii: "=") else {
                throw .malformedField
            }
            key = start..<index
            index += 1
            isQuoted = index < end && bytes[index] == UInt8(ascii: "\"")
            value = isQuoted ? try Pair.quoted(&index, end, bytes) : Pair.plain(&index, end, bytes)
            guard index == end || Pair.isSeparator(bytes[index]) else { throw .malformedField }
        }

        private static func quoted(
            _ index: inout Int,
            _ end: Int,
            _ bytes: Span<UInt8>
        ) throws(ClientCertificateFieldError) -> Range<Int> {
            let start = index + 1
            index = start
            while index < end, bytes[index] != UInt8(ascii: "\"") {
                // A backslash escapes the next byte.
                index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard index < end else { throw .malformedField }
            index += 1
            return start..<index - 1
        }

        /// Reads an unquoted value; ends at characters that must be quoted, too.
        private static func plain(
            _ index: inout Int,
            _ end: Int,
            _ bytes: Span<UInt8>
        ) -> Range<Int> {
            let start = index
            while index < end, (0x21...0x7e).contains(bytes[index]),
                bytes[index] != UInt8(ascii: "\""), !isSeparator(bytes[index])
            { index += 1 }
            return start..<index
        }

        private static func isSeparator(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: ";") || byte == UInt8(ascii: ",")
        }

        private static func isLetter(_ byte: UInt8) -> Bool {
            let lowered = ASCII.lowered(byte)
            return lowered >= UInt8(ascii: "a") && lowered <= UInt8(ascii: "z")
        }
    }

    /// The element of one proxy.
    private struct Element {
        private var hash: Range<Int>?
        private var certificate: Range<Int>?
        private var chain: Range<Int>?
        private var sawForeignText = false

        mutating func take(
            _ pair: Pair,
            _ bytes: Span<UInt8>
        ) throws(ClientCertificateFieldError) {
            func named(_ key: String) -> Bool { ASCII.equalsIgnoringCase(bytes, pair.key, key) }
            if named("hash") {
                try set(&hash, pair)
            } else if named("cert") {
                try set(&certificate, pair)
            } else if named("chain") {
                try set(&chain, pair)
            } else if !named("by"), !pair.isQuoted {
                sawForeignText = true
            }
        }

        // Envoy writes names from the certificate last, and those of kind URI and DNS without
        // quotes: the text behind them may be part of a name that the client has chosen.
        private func set(
            _ slot: inout Range<Int>?,
            _ pair: Pair
        ) throws(ClientCertificateFieldError) {
            guard slot == nil, !sawForeignText else { throw .malformedField }
            slot = pair.value
        }

        func certificate(
            _ bytes: Span<UInt8>
        ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate {
            var found: [[UInt8]] = []
            if let chain {
                let countMax = ClientCertificateReader.chainMax + 1
                found = try CertificateBytes.escapedPEM(chain, bytes, countMax: countMax)
            }
            if let certificate {
                let leaf = try CertificateBytes.escapedPEM(certificate, bytes, countMax: 1)
                guard found.isEmpty || found.first == leaf.first else { throw .contradiction }
                if found.isEmpty { found = leaf }
            }
            guard let leaf = found.first else { throw .certificateNotForwarded }
            return ForwardedClientCertificate(
                leaf: leaf,
                chain: Array(found.dropFirst()),
                verification: .notGiven,
                leafDigest: try digest(bytes)
            )
        }

        private func digest(
            _ bytes: Span<UInt8>
        ) throws(ClientCertificateFieldError) -> [UInt8]? {
            guard let hash else { return nil }
            guard hash.count == 64 else { throw .malformedField }
            var digest: [UInt8] = []
            for index in stride(from: hash.lowerBound, to: hash.upperBound, by: 2) {
                guard let high = Hexadecimal.value(of: bytes[index]),
                    let low = Hexadecimal.value(of: bytes[index + 1])
                else { throw .malformedField }
                digest.append(high << 4 | low)
            }
            return digest
        }
    }
}
