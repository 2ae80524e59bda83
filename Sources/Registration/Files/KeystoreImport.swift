// SPDX-License-Identifier: Apache-2.0
package import Cryptography

/// The certificates of a keystore, taken out so that they can be registered; its private keys stay.
package struct KeystoreImport: Sendable {
    private let path: String
    private let content: Keystore.Content

    /// More would hide the remedy.
    private static let aliasesShown = 20

    /// Reads a keystore, PKCS#7 or a PEM bundle; blocks.
    ///
    /// Without `password` a keystore that can be read without it is not checked against changes.
    package init(reading path: String, password: String?) throws(RegistrationError) {
        self.path = path
        content = try CertificateReading.read(path, upTo: Keystore.bytesMax) {
            bytes throws(CertificateError) in
            try Keystore.content(of: bytes, password: password)
        }
    }

    /// Remarks about the parts that could not be checked.
    package var remarks: [RegistrationText] { content.remarks(on: path) }

    /// Whether it has a private key.
    package var hasPrivateKey: Bool { content.hasPrivateKey }

    /// The certificates with this alias, without one all of them; at least one.
    ///
    /// Throws, with the aliases that there are, where none has it.
    package func certificates(alias: String?) throws(RegistrationError) -> [Keystore.Entry] {
        guard let alias else { return content.entries }
        let taken = content.entries(alias: alias)
        guard taken.isEmpty else { return taken }
        let known = content.entries.compactMap(\.alias).prefix(Self.aliasesShown)
            .map(PrintableText.escaped)
        throw RegistrationError(
            .unusable(
                .certificates,
                about: path,
                "no certificate has the alias \(PrintableText.escaped(alias)). "
                    + (known.isEmpty
                        ? "None has an alias at all; take them all, without naming one."
                        : "There are: \(known.joined(separator: ", ")).")
            )
        )
    }
}
