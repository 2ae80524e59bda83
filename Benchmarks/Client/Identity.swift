// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A client's certificate and private key, as PEM text; each load thread decodes its own copy.
struct Identity: Sendable {
    let certificate: String
    let privateKey: String

    init(certificate: String, privateKey: String) {
        self.certificate = certificate
        self.privateKey = privateKey
    }

    /// Reads two PEM files and makes sure that they belong together.
    init(certificateFile: String, keyFile: String) throws(BenchmarkError) {
        certificate = try Files.read(certificateFile, as: "the client certificate (--cert)")
        privateKey = try Files.read(keyFile, as: "the private key (--key)")
        do {
            _ = try LoadedIdentity(self)
        } catch {
            switch error {
            case .certificate:
                throw BenchmarkError("'\(certificateFile)' is not a PEM certificate (--cert)")
            case .key:
                throw BenchmarkError(
                    "'\(keyFile)' is not an unencrypted PEM private key (--key)"
                )
            case .mismatch:
                throw BenchmarkError(
                    "the private key '\(keyFile)' does not belong to the certificate "
                        + "'\(certificateFile)'"
                )
            }
        }
    }
}

/// An identity that OpenSSL has decoded; belongs to one thread.
@safe final class LoadedIdentity {
    enum LoadError: Error {
        case certificate
        case key
        case mismatch
    }

    let certificate: OpaquePointer
    let key: OpaquePointer

    init(_ identity: Identity) throws(LoadError) {
        // SAFETY: the memory BIO copies nothing and is freed before the text's array is; what is
        // decoded is owned here.
        guard
            let certificate = unsafe Self.decode(
                identity.certificate,
                { unsafe PEM_read_bio_X509($0, nil, nil, nil) }
            )
        else { throw .certificate }
        guard
            let key = unsafe Self.decode(
                identity.privateKey,
                { unsafe PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in 0 }, nil) }
            )
        else {
            unsafe X509_free(certificate)
            throw .key
        }
        unsafe self.certificate = certificate
        unsafe self.key = key
        // From here on `deinit` frees both.
        guard unsafe X509_check_private_key(certificate, key) == 1 else {
            ERR_clear_error()
            throw .mismatch
        }
    }

    deinit {
        // SAFETY: both are owned since `init`; connections hold references of their own.
        unsafe X509_free(certificate)
        unsafe EVP_PKEY_free(key)
    }

    private static func decode(
        _ text: String,
        _ body: (OpaquePointer) -> OpaquePointer?
    ) -> OpaquePointer? {
        let bytes = Array(text.utf8)
        // SAFETY: the BIO reads from `bytes` only inside this call.
        let result = unsafe bytes.withUnsafeBytes { buffer -> OpaquePointer? in
            guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count)) else {
                return nil
            }
            let result = unsafe body(bio)
            unsafe BIO_free(bio)
            return unsafe result
        }
        ERR_clear_error()
        return unsafe result
    }
}
