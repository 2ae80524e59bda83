// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
public import Cryptography

/// A server's certificate with its chain, and its private key, as PEM; both parsed and known to
/// match.
public struct ServerIdentity: Sendable {
    /// The leaf first, then intermediates.
    public let certificatePEM: [UInt8]
    /// Unencrypted.
    ///
    /// Secret.
    public let keyPEM: [UInt8]

    /// OpenSSL's name of the kind of key: `RSA`, `RSA-PSS`, `EC` or `ED25519`.
    ///
    /// A listener has one identity of each kind.
    public let keyType: String

    /// First second of the leaf's validity, since 1970 in UTC.
    public let notBefore: Int64
    /// Last second of the leaf's validity, since 1970 in UTC.
    public let notAfter: Int64

    /// Reads both and checks that the key is the certificate's.
    public init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(CryptographyError) {
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        let chain = try CertificateChain(pem: certificatePEM)
        let key = try PrivateKey(pem: keyPEM)
        // SAFETY: both handles live to the end of this call; the name is a static text or NULL.
        let validity = unsafe handfast_certificate_validity(chain.leaf)
        (notBefore, notAfter) = (validity.not_before, validity.not_after)
        let name = unsafe EVP_PKEY_get0_type_name(key.handle)
        keyType = unsafe name.map { unsafe String(cString: $0) } ?? ""
        let matches = unsafe X509_check_private_key(chain.leaf, key.handle)
        ERR_clear_error()
        guard matches == 1 else {
            throw CryptographyError(
                "reading the server's certificate",
                reason: "the private key is not this certificate's"
            )
        }
    }

    /// Whether the certificate covers `name`: a host, or `*.` and a domain.
    ///
    /// RFC 9525 §6: by its subject alternative names alone, never by its subject.
    public func covers(_ name: String) -> Bool {
        guard let chain = try? CertificateChain(pem: certificatePEM) else { return false }
        let flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
        // SAFETY: the leaf lives to the end of this call, which reads `name`'s bytes only in it.
        let covered = unsafe X509_check_host(
            chain.leaf,
            name,
            name.utf8.count,
            UInt32(flags),
            nil
        )
        ERR_clear_error()
        return covered == 1
    }

    /// A self-signed certificate for localhost, valid for `days` from `now` on (in seconds since
    /// 1970; clocks may be five minutes slow), with a fresh P-256 key or the given one (unencrypted
    /// PEM).
    public static func generate(
        days: Int,
        key existing: [UInt8]? = nil,
        now: Int64
    ) throws(CryptographyError) -> ServerIdentity {
        let key = if let existing { try PrivateKey(pem: existing) } else { try PrivateKey() }
        // SAFETY: the certificate made here is freed here, and the key with its value.
        guard let certificate = unsafe handfast_self_signed_localhost(key.handle, now, Int32(days))
        else { throw .last("generating a certificate") }
        defer { unsafe X509_free(certificate) }
        let certificatePEM = unsafe try written { bio in
            unsafe PEM_write_bio_X509(bio, certificate) == 1
        }
        let keyPEM = unsafe try written { bio in
            unsafe PEM_write_bio_PKCS8PrivateKey(bio, key.handle, nil, nil, 0, nil, nil) == 1
        }
        return try ServerIdentity(certificatePEM: certificatePEM, keyPEM: keyPEM)
    }

    private static func written(
        _ write: (OpaquePointer) -> Bool
    ) throws(CryptographyError) -> [UInt8] {
        // SAFETY: the BIO is freed after its bytes were copied.
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { throw .last("writing PEM") }
        defer { unsafe BIO_free(bio) }
        guard unsafe write(bio) else { throw .last("writing PEM") }
        var count = 0
        let bytes = unsafe handfast_bio_bytes(bio, &count)
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}

/// A PEM file's certificates as OpenSSL holds them; freed with this value.
@safe struct CertificateChain: ~Copyable {
    let leaf: OpaquePointer
    let rest: [OpaquePointer]

    init(pem: [UInt8]) throws(CryptographyError) {
        // SAFETY: the BIO reads the array only during this call.
        let certificates = unsafe pem.withUnsafeBytes { bytes -> [OpaquePointer] in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            else { return unsafe [] }
            defer { unsafe BIO_free(bio) }
            var found: [OpaquePointer] = unsafe []
            while let certificate = unsafe handfast_pem_read_certificate(bio) {
                unsafe found.append(certificate)
            }
            return unsafe found
        }
        ERR_clear_error()
        guard let leaf = unsafe certificates.first else {
            throw CryptographyError(
                "reading the server's certificate",
                reason: "there is no certificate in the PEM file"
            )
        }
        unsafe self.leaf = leaf
        unsafe rest = unsafe Array(certificates.dropFirst())
    }

    deinit {
        unsafe X509_free(leaf)
        for index in unsafe rest.indices { unsafe X509_free(rest[index]) }
    }
}

/// A PEM file's private key as OpenSSL holds it; freed with this value.
@safe struct PrivateKey: ~Copyable {
    let handle: OpaquePointer

    /// A fresh P-256 key.
    init() throws(CryptographyError) {
        // SAFETY: the handle is owned by this value.
        guard let key = unsafe handfast_generate_p256() else { throw .last("generating a key") }
        unsafe handle = key
    }

    init(pem: [UInt8]) throws(CryptographyError) {
        // SAFETY: the BIO reads the array only during this call.
        let key = unsafe pem.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            else { return nil }
            defer { unsafe BIO_free(bio) }
            return unsafe handfast_pem_read_private_key(bio)
        }
        guard let key = unsafe key else {
            ERR_clear_error()
            throw CryptographyError(
                "reading the server's private key",
                reason: "there is no unencrypted private key in the PEM file"
            )
        }
        unsafe handle = key
    }

    deinit {
        unsafe EVP_PKEY_free(handle)
    }
}
