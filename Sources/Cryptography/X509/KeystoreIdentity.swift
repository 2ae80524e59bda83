// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

extension Keystore {
    /// The least that SP 800-132 §5.2 allows, and that strict readers take: for load targets, whose
    /// passwords are public, and of which tools open thousands.
    private static let identityRounds: Int32 = 1000

    /// A PKCS#12 keystore with one key and its certificates in DER, its own first.
    ///
    /// Salts are random: no two are the same.
    public static func identity(
        _ key: DerivedKey,
        chain: [[UInt8]],
        name: String,
        password: String
    ) throws(CryptographyError) -> [UInt8] {
        defer { ERR_clear_error() }
        guard let first = chain.first, let leaf = OpenSSLCertificate(der: first) else {
            throw .last("reading a certificate")
        }
        // SAFETY: the key and the stack are freed on every way out; the keystore copies what it
        // takes.
        let pair = unsafe try PrivateKeyDecoding.key(pkcs8: key.pkcs8)
        defer { unsafe EVP_PKEY_free(pair) }
        guard let above = unsafe handfast_x509_stack_new() else { throw .last("making a keystore") }
        defer { unsafe handfast_x509_stack_free(above) }
        for der in chain.dropFirst() {
            guard let certificate = OpenSSLCertificate(der: der),
                unsafe certificate.push(onto: above)
            else { throw .last("reading a certificate") }
        }
        guard
            let store = unsafe leaf.keystore(
                key: pair,
                above: above,
                name: name,
                password: password,
                rounds: identityRounds
            )
        else { throw .last("making a keystore") }
        defer { unsafe PKCS12_free(store) }
        return unsafe encoding(store)
    }
}
