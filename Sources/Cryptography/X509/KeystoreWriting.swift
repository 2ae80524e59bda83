// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

extension Keystore {
    /// Java takes a certificate in PKCS#12 as trusted only with this attribute.
    private static let javaTrust = (type: "2.16.840.1.113894.746875.1.1", value: "2.5.29.37.0")
    /// OpenSSL's default of rounds; the protected content is public.
    private static let rounds: Int32 = 2048

    /// A PKCS#12 truststore of certificates, without any key, that Java and OpenSSL read.
    ///
    /// `name` is what the entries are listed under, with a number from the second on.
    public static func truststore(
        _ certificates: [Certificate],
        name: String,
        password: String
    ) throws(CryptographyError) -> [UInt8] {
        defer { ERR_clear_error() }
        // SAFETY: both stacks are freed on every way out, also where they stay NULL.
        var (bags, safes): (OpaquePointer?, OpaquePointer?) = (nil, nil)
        defer {
            unsafe handfast_pkcs12_bags_free(bags)
            unsafe handfast_pkcs12_safes_free(safes)
        }
        for (index, certificate) in certificates.enumerated() {
            let entry = index == 0 ? name : "\(name)-\(index + 1)"
            guard let parsed = OpenSSLCertificate(der: certificate.der),
                unsafe parsed.append(to: &bags, name: entry, trust: javaTrust)
            else { throw .last("writing a certificate to a keystore") }
        }
        let library = unsafe handfast_library()
        // SAFETY: the keystore copies what it takes from the stacks, and is freed at the end.
        guard
            unsafe PKCS12_add_safe_ex(
                &safes,
                bags,
                NID_aes_256_cbc,
                rounds,
                password,
                library,
                nil
            ) == 1,
            let store = unsafe PKCS12_add_safes_ex(safes, 0, library, nil)
        else { throw .last("encrypting a keystore") }
        defer { unsafe PKCS12_free(store) }
        let length = Int32(password.utf8.count)
        guard unsafe PKCS12_set_mac(store, password, length, nil, 0, rounds, EVP_sha256()) == 1
        else {
            throw .last("sealing a keystore")
        }
        return unsafe encoding(store)
    }

    static func encoding(_ store: OpaquePointer) -> [UInt8] {
        // SAFETY: the first call tells the length that the second one writes.
        let count = unsafe i2d_PKCS12(store, nil)
        var bytes = [UInt8](repeating: 0, count: max(0, Int(count)))
        let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return unsafe i2d_PKCS12(store, &cursor)
        }
        return written == count ? bytes : []
    }
}
