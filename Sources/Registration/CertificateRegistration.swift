// SPDX-License-Identifier: Apache-2.0
public import Cryptography
package import OAuth
public import Storage

/// Certificates and key sets as they are registered: checked, digested, and made to records.
package enum CertificateRegistration {
    /// A certificate that may be registered, with what whoever registers it should know.
    package struct Accepted: Sendable {
        package let record: CertificateRecord
        package let warnings: [RegistrationWarning]
    }

    /// The one certificate in `bytes`, a file's content, as a client's own (RFC 8705 §2.2).
    ///
    /// `soundKeys` are digests of the SubjectPublicKeyInfo of keys in which nothing was found
    /// before, and `registered` certificates that the client has; they are not checked again.
    package static func client(
        _ bytes: [UInt8],
        now: Int64,
        registered: [CertificateRecord] = [],
        soundKeys: Set<Digest256> = []
    ) throws(RegistrationError) -> Accepted {
        let certificate: Certificate
        do throws(CertificateError) {
            certificate = try CertificateFile.certificate(in: CertificateContainer.plain(bytes))
        } catch {
            throw RegistrationError(.unusable(.certificates, error.description))
        }
        if let kept = registered.first(where: { $0.der == certificate.der }) {
            return Accepted(record: kept, warnings: [])
        }
        let findings = RegistrationPolicy.findings(certificate, now: now, soundKeys: soundKeys)
        return try accepted(certificate, .certificates, about: nil, findings, now: now)
    }

    /// The key of the one certificate in `bytes`, for `soundKeys`; nil where something is to be
    /// found in it, or no certificate can be read.
    package static func soundKey(_ bytes: [UInt8]) -> Digest256? {
        guard let plain = try? CertificateContainer.plain(bytes),
            let certificate = try? CertificateFile.certificate(in: plain),
            RegistrationPolicy.hasSoundKey(certificate)
        else { return nil }
        return certificate.subjectPublicKeyInfoDigest
    }

    /// The certificates in `bytes` that may sign those of clients; at least one.
    ///
    /// Throws what is wrong with any of them; those that are `registered` are not checked again.
    package static func caCertificates(
        _ bytes: [UInt8],
        now: Int64,
        registered: [CertificateRecord] = []
    ) throws(RegistrationError) -> [Accepted] {
        let certificates: [Certificate]
        do throws(CertificateError) {
            certificates = try CertificateFile.certificates(in: CertificateContainer.plain(bytes))
        } catch {
            throw RegistrationError(.unusable(.caCertificates, error.description))
        }
        var (found, refused): ([Accepted], [RegistrationFinding]) = ([], [])
        for certificate in certificates {
            if let kept = registered.first(where: { $0.der == certificate.der }) {
                found.append(Accepted(record: kept, warnings: []))
                continue
            }
            let subject = PrintableText.escaped(certificate.subject.canonical)
            do throws(RegistrationError) {
                let about = certificates.count == 1 ? nil : subject
                found.append(try caCertificate(certificate, about: about, now: now))
            } catch {
                refused += error.findings
            }
        }
        try RegistrationError.refuse(refused)
        return found
    }

    private static func caCertificate(
        _ certificate: Certificate,
        about: String?,
        now: Int64
    ) throws(RegistrationError) -> Accepted {
        guard certificate.isCA else {
            throw RegistrationError(
                .unusable(
                    .caCertificates,
                    about: about,
                    "It is not a CA certificate: its basic constraints do not say so. Give the CA"
                        + " that signed the client's certificate; a client's own is registered as"
                        + " such, without its CA."
                )
            )
        }
        // The purpose and the size of a client's own certificate do not concern a CA.
        let ofClients = ["purpose", "usage", "size"]
        let findings = RegistrationPolicy.findings(certificate, now: now).filter {
            !ofClients.contains($0.code)
        }
        return try accepted(certificate, .caCertificates, about: about, findings, now: now)
    }

    private static func accepted(
        _ certificate: Certificate,
        _ field: RegistrationField,
        about: String?,
        _ findings: [RegistrationPolicy.Finding],
        now: Int64
    ) throws(RegistrationError) -> Accepted {
        if let reason = RegistrationPolicy.reasonToRefuse(findings) {
            throw RegistrationError(.unusable(field, about: about, reason))
        }
        return Accepted(
            record: CertificateRecord(certificate, now: now),
            warnings: findings.map { RegistrationWarning(field, about: about, $0.text) }
        )
    }

    /// The certificates of a key set, for `self_signed_tls_client_auth` (RFC 8705 §2.2.2).
    ///
    /// An expired one beside its successor is ignored: that is how rotation looks.
    package static func certificates(
        of set: JSONWebKeySet,
        now: Int64
    ) throws(JSONWebKeyError) -> OfKeySet {
        var remarks: [String] = []
        let found = try set.certificates { certificate in
            let findings = RegistrationPolicy.findings(certificate, now: now)
            let reason = RegistrationPolicy.reasonToRefuse(findings)
            if reason == nil { remarks += findings.map(\.text) }
            return reason
        }
        return OfKeySet(
            records: found.certificates.map { CertificateRecord($0, now: now) },
            omissions: found.omissions,
            remarks: remarks
        )
    }

    /// The certificates of a key set.
    package struct OfKeySet: Sendable {
        package let records: [CertificateRecord]
        /// Which keys of the set are ignored and why, in sentences.
        package let omissions: [String]
        /// Remarks about the registered certificates.
        package let remarks: [String]
    }

    /// The CAs of `set` as a client's own would be registered.
    ///
    /// They were checked when they came in; one that cannot be read any more is left out.
    package static func records(of set: TrustSetRecord) -> [CertificateRecord] {
        set.caCertificates.compactMap { der in
            (try? Certificate(der: der)).map { CertificateRecord($0, now: set.created) }
        }
    }
}

extension CertificateRecord {
    /// The store's record of `certificate`, registered at `now`, in seconds since 1970.
    public init(_ certificate: Certificate, now: Int64) {
        self.init(
            thumbprint: certificate.thumbprint.bytes,
            der: certificate.der,
            subject: certificate.subject.canonical,
            notBefore: certificate.notBefore,
            notAfter: certificate.notAfter,
            createdAt: now
        )
    }
}
