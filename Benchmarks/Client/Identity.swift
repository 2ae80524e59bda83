// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A client's certificate, perhaps with its chain, and private key, as PEM text; each load thread
/// decodes its own copy.
struct Identity: Codable, Equatable, Sendable {
    /// The leaf first, then the chain that is sent with it.
    let certificate: String
    let privateKey: String
    /// Where both were read; nil when they were made here.
    let files: IdentityFiles?

    init(certificate: String, privateKey: String) {
        self.certificate = certificate
        self.privateKey = privateKey
        files = nil
    }

    /// Reads two PEM files; whether they belong together shows when they are decoded.
    init(_ files: IdentityFiles) throws(BenchmarkError) {
        certificate = try Files.read(files.certificate, as: "the client certificate")
        privateKey = try Files.read(files.key, as: "the private key")
        self.files = files
    }

    /// Reads two PEM files and makes sure that they belong together.
    init(certificateFile: String, keyFile: String) throws(BenchmarkError) {
        try self.init(IdentityFiles(certificate: certificateFile, key: keyFile))
        _ = try LoadedIdentity.all([self])
    }

    /// The PEM text of the chain, behind the leaf; "" without one.
    var chain: Substring {
        guard let end = certificate.firstRange(of: Self.end) else { return "" }
        let rest = certificate[end.upperBound...]
        return rest.contains(Self.end) ? rest : ""
    }

    private static let end = "-----END CERTIFICATE-----"
}

/// The names of a client's files.
struct IdentityFiles: Codable, Equatable, Sendable {
    let certificate: String
    let key: String
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
    let chain: LoadedChain?

    /// Decodes identities in their order; refuses what cannot be used by its file's name.
    static func all(_ identities: [Identity]) throws(BenchmarkError) -> [LoadedIdentity] {
        var chains: [Substring: LoadedChain] = [:]
        var loaded: [LoadedIdentity] = []
        loaded.reserveCapacity(identities.count)
        for identity in identities {
            if Interruption.happened { throw BenchmarkError("interrupted") }
            do {
                loaded.append(try LoadedIdentity(identity, chains: &chains))
            } catch {
                throw refusal(error, of: identity.files)
            }
        }
        return loaded
    }

    private static func refusal(_ fault: LoadError, of files: IdentityFiles?) -> BenchmarkError {
        guard let files else {
            return BenchmarkError("a client certificate or its key cannot be used")
        }
        return switch fault {
        case .certificate: BenchmarkError("'\(files.certificate)' is not a PEM certificate")
        case .key: BenchmarkError("'\(files.key)' is not an unencrypted PEM private key")
        case .mismatch:
            BenchmarkError(
                "the private key '\(files.key)' does not belong to the certificate "
                    + "'\(files.certificate)'"
            )
        }
    }

    /// Reads the chain anew.
    convenience init(_ identity: Identity) throws(LoadError) {
        var chains: [Substring: LoadedChain] = [:]
        try self.init(identity, chains: &chains)
    }

    /// `chains` has those of earlier identities: thousands of clients of one CA share its
    /// certificates.
    init(_ identity: Identity, chains: inout [Substring: LoadedChain]) throws(LoadError) {
        let text = identity.chain
        if !text.isEmpty, chains[text] == nil { chains[text] = try LoadedChain(text) }
        chain = chains[text]
        // SAFETY: the memory BIO copies nothing and is freed before the text's array is; what is
        // decoded is owned here.
        guard
            let certificate = unsafe PEM.decode(
                identity.certificate,
                { unsafe PEM_read_bio_X509($0, nil, nil, nil) }
            )
        else { throw .certificate }
        guard
            let key = unsafe PEM.decode(
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

    /// Makes a connection present this identity; false when OpenSSL refuses it.
    func present(on connection: OpaquePointer) -> Bool {
        // SAFETY: the connection takes references to certificate, key and chain.
        unsafe SSL_use_cert_and_key(connection, certificate, key, chain?.stack, 1) == 1
    }
}

/// The certificates that are sent behind a leaf; belongs to one thread.
@safe final class LoadedChain {
    let stack: OpaquePointer

    init(_ text: Substring) throws(LoadedIdentity.LoadError) {
        // SAFETY: stack and certificates are owned here; a certificate that was pushed belongs to
        // the stack, which `deinit` frees with all that is in it.
        guard let stack = unsafe handfast_x509_stack_new() else { throw .certificate }
        unsafe self.stack = stack
        let complete = unsafe PEM.decode(String(text)) { bio -> Bool? in
            while let certificate = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                guard unsafe handfast_x509_stack_push(stack, certificate) == 1 else {
                    unsafe X509_free(certificate)
                    return false
                }
            }
            // Anything but the text's end is a certificate that cannot be read.
            return handfast_error_reason(ERR_peek_last_error()) == PEM_R_NO_START_LINE
        }
        guard complete == true, unsafe handfast_x509_stack_count(stack) > 0 else {
            throw .certificate
        }
    }

    deinit {
        // SAFETY: owned since `init`.
        unsafe handfast_x509_stack_free(stack)
    }
}

private enum PEM {
    /// Calls `body` with a BIO over the text.
    static func decode<T>(_ text: String, _ body: (OpaquePointer) -> T?) -> T? {
        let bytes = Array(text.utf8)
        // SAFETY: the BIO reads from `bytes` only inside this call.
        let result = unsafe bytes.withUnsafeBytes { buffer -> T? in
            guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count)) else {
                return nil
            }
            defer { unsafe BIO_free(bio) }
            return unsafe body(bio)
        }
        ERR_clear_error()
        return result
    }
}
