// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The ways in which people write a SHA-256 thumbprint.
package enum Thumbprint {
    /// The 32 bytes of base64url as in `x5t#S256`, or of hexadecimal with or without colons.
    package static func parse(_ text: String) throws(RegistrationError) -> [UInt8] {
        if let bytes = Base64URL.decode(text.utf8Span.span), bytes.count == 32 { return bytes }
        let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }.map(Hexadecimal.value)
        guard digits.count == 64, !digits.contains(nil) else {
            throw RegistrationError(
                .invalid(
                    .certificates,
                    "\(PrintableText.escaped(text)) is not a SHA-256 thumbprint.",
                    remedy: "Give it as \(to: .listCertificates) shows it, or in hexadecimal."
                )
            )
        }
        return stride(from: 0, to: 64, by: 2).map {
            (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)
        }
    }

    /// In base64url, as `x5t#S256`.
    package static func text(_ bytes: [UInt8]) -> String {
        String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
    }
}
