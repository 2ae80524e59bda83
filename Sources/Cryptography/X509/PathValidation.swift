// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// Has OpenSSL verify one path (RFC 5280 §6), without other certificates to build another one from.
struct PathValidation {
    /// The purpose of a path.
    enum Purpose {
        case client, server

        fileprivate var code: Int32 {
            switch self {
            case .client: X509_PURPOSE_SSL_CLIENT
            case .server: X509_PURPOSE_SSL_SERVER
            }
        }
    }

    /// OpenSSL's result.
    enum Result {
        /// The certificates of the path that it verified: all of them, or a shorter way.
        case verified([Certificate])
        /// Its error, and the certificate's place on the path, the leaf's being 0.
        case failed(error: Int32, index: Int)
        /// OpenSSL cannot parse a certificate.
        case unreadable
    }

    /// Signatures and keys below 112 bits of strength are refused (SSL_CTX_set_security_level 2).
    private static let securityLevel: Int32 = 2

    /// Each certificate is parsed, and its key decoded, once for all paths that are tried.
    private var parsed: [Digest256: ParsedCertificate] = [:]

    /// The number of certificates that were parsed, and their keys decoded.
    var keysDecoded: Int { parsed.count }

    /// OpenSSL's form of a certificate; nil if it does not take it.
    mutating func parse(_ certificate: Certificate) -> ParsedCertificate? {
        if let known = parsed[certificate.thumbprint] { return known }
        guard let value = OpenSSLCertificate(der: certificate.der) else { return nil }
        let made = ParsedCertificate(value)
        parsed[certificate.thumbprint] = made
        return made
    }

    /// Verifies the path; whether its certificates are in their time was looked at before.
    mutating func verify(_ path: CertificatePath, for purpose: Purpose) -> Result {
        // SAFETY: the store is freed on every way out.
        guard let target = parse(path.leaf), let anchor = parse(path.anchor),
            let store = unsafe X509_STORE_new()
        else { return .unreadable }
        defer { unsafe X509_STORE_free(store) }
        guard unsafe anchor.value.add(to: store),
            let untrusted = unsafe stack(of: path.intermediates)
        else { return .unreadable }
        // SAFETY: the stack owns its certificates; it outlives the context, which only borrows it.
        defer { unsafe handfast_x509_stack_free(untrusted) }
        // SAFETY: the context is freed on every way out, before anything that it borrows.
        guard let context = unsafe X509_STORE_CTX_new_ex(handfast_library(), nil) else {
            return .unreadable
        }
        defer {
            unsafe X509_STORE_CTX_free(context)
            ERR_clear_error()
        }
        guard unsafe target.value.begin(context, store, untrusted),
            unsafe Self.configure(context, path, purpose)
        else { return .unreadable }
        guard unsafe X509_verify_cert(context) == 1 else {
            let index = Int(unsafe X509_STORE_CTX_get_error_depth(context))
            return .failed(
                error: unsafe X509_STORE_CTX_get_error(context),
                index: min(max(index, 0), path.certificates.count - 1)
            )
        }
        return .verified(unsafe Self.verified(context, path))
    }

    /// Whether OpenSSL found a signature that does not verify, after all above it on the path did.
    static func isSignatureFailure(_ error: Int32) -> Bool {
        error == X509_V_ERR_CERT_SIGNATURE_FAILURE
    }

    private mutating func stack(of certificates: ArraySlice<Certificate>) -> OpaquePointer? {
        // SAFETY: the stack takes a reference of its own to each; on failure it is freed whole.
        guard let stack = unsafe handfast_x509_stack_new() else { return nil }
        for certificate in certificates {
            guard let parsed = parse(certificate), unsafe parsed.value.push(onto: stack) else {
                unsafe handfast_x509_stack_free(stack)
                return nil
            }
        }
        return unsafe stack
    }

    private static func configure(
        _ context: OpaquePointer,
        _ path: CertificatePath,
        _ purpose: Purpose
    ) -> Bool {
        // SAFETY: the parameters belong to the context.
        guard let parameters = unsafe X509_STORE_CTX_get0_param(context) else { return false }
        // X509_V_FLAG_X509_STRICT stays off: it demands key identifiers in every certificate,
        // which small private CAs leave out and which protect nobody here.
        //
        // OpenSSL takes a certificate's last second for expired, so that dates are compared here.
        let policies = policyFlags(path)
        let flags = X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME | policies
        guard
            unsafe X509_VERIFY_PARAM_set_flags(parameters, UInt(flags)) == 1,
            // Else an anchor of the leaf's issuer's name would be taken, whatever is between.
            unsafe X509_VERIFY_PARAM_clear_flags(
                parameters,
                UInt(X509_V_FLAG_TRUSTED_FIRST)
            ) == 1,
            unsafe X509_VERIFY_PARAM_set_purpose(parameters, purpose.code) == 1,
            // Without any policy to begin with, OpenSSL would find none that is required.
            unsafe policies == 0
                || X509_VERIFY_PARAM_add0_policy(parameters, OBJ_nid2obj(NID_any_policy)) == 1
        else { return false }
        // OpenSSL counts the intermediates only, without leaf and anchor.
        unsafe X509_VERIFY_PARAM_set_depth(parameters, Int32(ChainVerifier.depthMax - 1))
        unsafe X509_VERIFY_PARAM_set_auth_level(parameters, securityLevel)
        // RFC 5280 has no host names in common names: constraints for them say nothing of those.
        unsafe X509_VERIFY_PARAM_set_hostflags(
            parameters,
            UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
        )
        return true
    }

    /// Policies cost nothing where no certificate has any; OpenSSL bounds the tree of the others.
    ///
    /// RFC 5280 §6.1.1 begins below the anchor with any policy. The anchor's own constraints are
    /// given as the state to begin with, where they would take effect before the path ends.
    private static func policyFlags(_ path: CertificatePath) -> Int32 {
        guard path.certificates.contains(where: \.extensions.policies.arePresent) else { return 0 }
        var flags = X509_V_FLAG_POLICY_CHECK
        let policies = path.anchor.extensions.policies
        // Self-issued certificates do not count; the leaf does (RFC 5280 §6.1.4 h, §6.1.5 a).
        let below = path.intermediates.count { !$0.isSelfIssued }
        if let skip = policies.requireExplicit, skip <= below + 1 {
            flags |= X509_V_FLAG_EXPLICIT_POLICY
        }
        if let skip = policies.inhibitMapping, skip <= below { flags |= X509_V_FLAG_INHIBIT_MAP }
        if let skip = policies.inhibitAny, skip <= below { flags |= X509_V_FLAG_INHIBIT_ANY }
        return flags
    }

    private static func verified(
        _ context: OpaquePointer,
        _ path: CertificatePath
    ) -> [Certificate] {
        // SAFETY: the chain and its certificates belong to the context.
        guard let chain = unsafe X509_STORE_CTX_get0_chain(context) else { return [] }
        let count = unsafe handfast_x509_stack_count(chain)
        return (0..<count).compactMap { index in
            let der = unsafe encoding(handfast_x509_stack_get(chain, index))
            return path.certificates.first { $0.der == der }
        }
    }

    /// The DER of a certificate, as it came; empty if OpenSSL has no memory.
    static func encoding(_ certificate: OpaquePointer?) -> [UInt8] {
        // SAFETY: the first call tells the length that the second one writes.
        let count = unsafe i2d_X509(certificate, nil)
        guard count > 0 else { return [] }
        var der = [UInt8](repeating: 0, count: Int(count))
        let written = unsafe der.withUnsafeMutableBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return unsafe i2d_X509(certificate, &cursor)
        }
        return written == count ? der : []
    }
}

/// A certificate that OpenSSL has parsed, shared by the paths that are tried.
final class ParsedCertificate {
    let value: OpenSSLCertificate

    init(_ value: consuming OpenSSLCertificate) { self.value = value }
}

extension ChainError {
    /// OpenSSL's error about the certificate at `index` of a path, in our words.
    init(openSSL error: Int32, _ path: CertificatePath, at index: Int) {
        let certificate = path.certificates[index]
        let (code, text) = Self.words(error, certificate, path, index)
        self.init(code, path.role(index), certificate, text)
    }

    private static func words(
        _ error: Int32,
        _ certificate: Certificate,
        _ path: CertificatePath,
        _ index: Int
    ) -> (Code, String) {
        switch error {
        case X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE,
            X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH:
            return (.signature, notSigned(certificate, path, index))
        case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
            return (.chain, "has a critical extension that is not known\(unknown(certificate)).")
        case X509_V_ERR_INVALID_PURPOSE:
            return (
                .purpose, "is not for this: its extended key usage lacks client authentication."
            )
        case X509_V_ERR_PATH_LENGTH_EXCEEDED, X509_V_ERR_CERT_CHAIN_TOO_LONG:
            let length = certificate.extensions.pathLength.map { " of \($0)" } ?? ""
            return (.tooLong, "has more CAs below it than its path length\(length) allows.")
        case X509_V_ERR_CA_MD_TOO_WEAK:
            return (.weakSignature, "is signed with \(certificate.signatureAlgorithmName).")
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL:
            return (.key, "has a key that is too small.")
        case X509_V_ERR_PERMITTED_VIOLATION:
            return (.nameConstraints, "has a name that name constraints above it do not permit.")
        case X509_V_ERR_EXCLUDED_VIOLATION:
            return (.nameConstraints, "has a name that name constraints above it exclude.")
        case X509_V_ERR_SUBTREE_MINMAX, X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE,
            X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
            return (.nameConstraints, "has a name that name constraints cannot be compared with.")
        case X509_V_ERR_NO_EXPLICIT_POLICY:
            return (.policy, "has no policy that the whole path allows, and a CA requires one.")
        case X509_V_ERR_INVALID_POLICY_EXTENSION:
            return (.policy, "has policies, or constraints of them, that are malformed.")
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            // Names and identifiers are right: then the key is of another kind than the signature.
            return (.signature, notSigned(certificate, path, index))
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
            X509_V_ERR_CERT_UNTRUSTED:
            return (.unknownCA, "does not lead to a registered CA.")
        default:
            // SAFETY: OpenSSL returns a static, NUL-terminated string.
            let text = unsafe String(cString: X509_verify_cert_error_string(Int(error)))
            return (.chain, "does not verify: \(text).")
        }
    }

    /// That a signature does not verify, with the CA whose key it was to be made with.
    static func notSigned(
        _ certificate: Certificate,
        _ path: CertificatePath,
        _ index: Int
    ) -> String {
        guard index + 1 < path.certificates.count else { return "has a signature that fails." }
        let issuer = path.certificates[index + 1]
        return "is not signed with the key of the \(path.role(index + 1).rawValue) "
            + "\(FailedCertificate(issuer).name)."
    }

    /// The critical extensions that neither OpenSSL nor this program knows.
    private static func unknown(_ certificate: Certificate) -> String {
        let known: Set<ASN1ObjectIdentifier> = [
            .keyUsage, .subjectAlternativeName, .basicConstraints, .nameConstraints,
            .certificatePolicies, .policyMappings, .policyConstraints, .extendedKeyUsage,
            .inhibitAnyPolicy, .extensionType(31),
        ]
        let found = certificate.extensions.criticalTypes.filter { !known.contains($0) }
        return found.isEmpty ? "" : ": " + found.prefix(4).map(\.dotted).joined(separator: ", ")
    }
}
