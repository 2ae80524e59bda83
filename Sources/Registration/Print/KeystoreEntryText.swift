// SPDX-License-Identifier: Apache-2.0
package import Cryptography

// Not in Cryptography, which reads keystores and prints nothing.
extension Keystore.Entry {
    /// PEM below comment lines: alias, subject and thumbprint.
    ///
    /// Names from the file are escaped, so that they cannot end a line.
    package var commentedPEM: String {
        let alias = alias.map { "# alias: \(PrintableText.escaped($0))\n" } ?? ""
        return alias
            + "# subject: \(PrintableText.escaped(certificate.subject.canonical))\n"
            + "# x5t#S256: \(certificate.thumbprint.base64URL)\n"
            + certificate.pem
    }
}
