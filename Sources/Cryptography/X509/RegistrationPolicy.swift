// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// The rules for a certificate that a client registers.
///
/// Registration pins the whole certificate (RFC 8705 §2.2), so neither its issuer nor a CA flag
/// matters: `openssl req -x509` sets that flag on every certificate it makes.
public enum RegistrationPolicy {
    /// One thing that was found.
    public struct Finding: Sendable, Equatable {
        /// Whether the certificate is refused because of it.
        public enum Severity: String, Sendable {
            case error, warning
        }

        /// Whether the certificate is refused because of it.
        public let severity: Severity
        /// A short name that does not change, such as `key` or `expired`.
        public let code: String
        /// The problem and the remedy, in sentences.
        public let text: String
    }

    /// A certificate that ends sooner than this many seconds from now gets a warning.
    static let soon: Int64 = 14 * 86_400

    /// The findings about `certificate` at `now`, in seconds since 1970; errors first.
    ///
    /// Costs up to some milliseconds, for the check of the key, unless `soundKeys` has the digest
    /// of its SubjectPublicKeyInfo: that of a key in which nothing was found before.
    public static func findings(
        _ certificate: Certificate,
        now: Int64,
        soundKeys: Set<Digest256> = []
    ) -> [Finding] {
        var found = Findings()
        checkForm(certificate, &found)
        if !soundKeys.contains(certificate.subjectPublicKeyInfoDigest) {
            checkKey(certificate, &found)
        }
        checkValidity(certificate, now, &found)
        checkPurpose(certificate, &found)
        return found.errors + found.warnings
    }

    /// Why a certificate with these findings may not be registered, in sentences; nil where it may.
    public static func reasonToRefuse(_ findings: [Finding]) -> String? {
        let errors = findings.filter { $0.severity == .error }
        return errors.isEmpty ? nil : errors.map(\.text).joined(separator: " ")
    }

    /// Whether nothing is to be found in the key of `certificate`, nor by OpenSSL in its form.
    public static func hasSoundKey(_ certificate: Certificate) -> Bool {
        var found = Findings()
        checkKey(certificate, &found)
        return found.errors.isEmpty && found.warnings.isEmpty
    }

    private struct Findings {
        var errors: [Finding] = []
        var warnings: [Finding] = []

        mutating func error(_ code: String, _ text: String) {
            errors.append(Finding(severity: .error, code: code, text: text))
        }

        mutating func warning(_ code: String, _ text: String) {
            warnings.append(Finding(severity: .warning, code: code, text: text))
        }
    }

    private static func checkForm(_ certificate: Certificate, _ found: inout Findings) {
        if certificate.version != 3 {
            found.error(
                "version",
                "It is of X.509 version \(certificate.version). Make one of version 3, as "
                    + "`openssl req -x509` does."
            )
        }
        if !certificate.hasSaneSerial {
            found.error("serial", "Its serial number is not positive, or is above 20 bytes.")
        }
        if certificate.hasEmbeddedNUL {
            found.error("nul", "A name in it has a NUL, at which some software stops reading.")
        }
        checkSize(certificate, &found)
    }

    /// The bound of the handshake (Decision 0022): a larger certificate never gets past it.
    private static func checkSize(_ certificate: Certificate, _ found: inout Findings) {
        let der = certificate.der
        // SAFETY: the call reads the array's bytes.
        guard unsafe handfast_leaf_is_too_large(der, der.count) != 0 else { return }
        found.error(
            "size",
            "It is too large for a handshake, and could never connect: once parsed it takes more "
                + "than \(Int(HANDFAST_PEER_BYTES_MAX) >> 10) KiB, the bound for a client's own "
                + "certificate, which about 8 KiB of DER reach; it has \(der.count) bytes. Have it "
                + "issued with fewer names, or shorter extensions."
        )
    }

    private static func checkKey(_ certificate: Certificate, _ found: inout Findings) {
        if let reason = KeyPolicy.reasonToRefuse(certificate.publicKey) {
            found.error("key", reason)
            return
        }
        if let warning = KeyPolicy.warning(certificate.publicKey) {
            found.warning("key", warning)
        }
        guard let parsed = OpenSSLCertificate(der: certificate.der), parsed.hasSoundKey else {
            found.error("key", "Its public key is broken: it cannot be used. Make a new key.")
            return
        }
    }

    private static func checkValidity(
        _ certificate: Certificate,
        _ now: Int64,
        _ found: inout Findings
    ) {
        let (start, end) = (certificate.notBefore, certificate.notAfter)
        if end < start {
            found.error("validity", "It ends before it begins.")
        } else if end < now {
            found.error("expired", "It expired at \(CertificateTime.text(end)). Make a new one.")
        } else if now < start {
            found.warning("future", "It is not valid before \(CertificateTime.text(start)).")
        } else if end - now < soon {
            found.warning("expires-soon", "It expires at \(CertificateTime.text(end)).")
        }
    }

    private static func checkPurpose(_ certificate: Certificate, _ found: inout Findings) {
        let extensions = certificate.extensions
        if extensions.extendedKeyUsage != nil, !extensions.hasPurpose(.clientAuthentication),
            !extensions.hasPurpose(.anyPurpose)
        {
            found.warning("purpose", "Its extended key usage does not name client authentication.")
        }
        if let usage = extensions.keyUsage, !usage.contains(.digitalSignature) {
            found.warning("usage", "Its key usage does not allow signatures, as TLS makes.")
        }
    }
}
