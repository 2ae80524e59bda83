// SPDX-License-Identifier: Apache-2.0
internal import Network

@testable import Cryptography

/// The input is a certificate in DER.
///
/// Promises: DER has one end, so that nothing longer or shorter is the same certificate; its names
/// can be registered and then match; no leaf is accepted that the policies refuse, and none under
/// the CA but those that it has signed.
enum CertificateTarget {
    private static let verifier: ChainVerifier? = {
        guard let anchor = try? Certificate(der: Fixtures.ca) else { return nil }
        return try? ChainVerifier(anchors: [anchor])
    }()
    /// Compared up to the signature, because that part names the certificate.
    private static let signed = [Fixtures.leaf, Fixtures.other, Fixtures.ca].map(body)

    static func test(_ input: [UInt8]) {
        guard let certificate = try? Certificate(der: input) else { return }
        claim(certificate.der == input && input.count <= Certificate.derBytesMax, "it is kept")
        claim(certificate.thumbprint == Digest256.of(input), "the thumbprint is of all of it")
        claim((try? Certificate(der: input + [0])) == nil, "nothing may follow")
        claim((try? Certificate(der: Array(input.dropLast()))) == nil, "nothing may be missing")
        DistinguishedNameTarget.checkPrinting(certificate.subject)
        DistinguishedNameTarget.checkPrinting(certificate.issuer)
        checkSubject(certificate)
        for name in certificate.extensions.subjectAlternativeNames { check(name, certificate) }
        checkPolicies(certificate)
        checkChain(certificate)
    }

    private static func checkSubject(_ certificate: Certificate) {
        let text = certificate.subject.canonical
        guard let subject = try? CertificateSubject(.distinguishedName, parsing: text) else {
            return
        }
        claim(subject.matches(certificate), "the certificate is for its subject")
        claim(subject.candidates(in: certificate) == [text], "the subject is what is looked at")
        claim(!certificate.subject.hasEmbeddedNUL, "a name with a NUL matches nothing")
    }

    private static func check(_ name: SubjectAlternativeName, _ certificate: Certificate) {
        let (kind, text): (CertificateSubject.Kind, String)
        switch name {
        case .dns(let host): (kind, text) = (.dns, host)
        case .uri(let uri): (kind, text) = (.uri, uri)
        case .email(let mailbox): (kind, text) = (.email, mailbox)
        case .ip(let octets):
            (kind, text) = (.ip, InternetAddress(octets: octets)?.description ?? "")
        case .directory(let inner): return DistinguishedNameTarget.checkPrinting(inner)
        case .other, .invalid: return
        }
        guard let subject = try? CertificateSubject(kind, parsing: text) else {
            return claim(kind != .ip, "every address may be registered")
        }
        claim(subject.candidates(in: certificate).contains("\(name)"), "it is one of the names")
        // RFC 5280 has no final dot in a certificate; one in a registration is dropped.
        guard kind == .uri || !text.hasSuffix(".") else { return }
        claim(subject.matches(certificate), "the certificate is for \(name)")
    }

    private static func checkPolicies(_ certificate: Certificate) {
        let now = Fixtures.now
        let findings = RegistrationPolicy.findings(certificate, now: now)
        let mayRegister = RegistrationPolicy.reasonToRefuse(findings) == nil
        let isLeaf = LeafPolicy.error(certificate, now: now) == nil
        guard mayRegister || isLeaf else { return }
        claim(certificate.version == 3, "only version 3 is taken")
        claim(certificate.hasSaneSerial && !certificate.hasEmbeddedNUL, "serial and names are sane")
        claim(KeyPolicy.reasonToRefuse(certificate.publicKey) == nil, "the key is strong enough")
        claim(now <= certificate.notAfter, "it has not expired")
        guard isLeaf else { return }
        claim(certificate.isValid(at: now), "its time has begun")
        claim(!certificate.isCA, "a client is no CA")
        if certificate.extensions.extendedKeyUsage != nil {
            claim(certificate.extensions.hasPurpose(.clientAuthentication), "it is for clients")
        }
    }

    private static func checkChain(_ certificate: Certificate) {
        guard let verifier else { return claim(false, "the CA can be read") }
        let result = verifier.verify(
            leaf: certificate,
            intermediates: [Fixtures.ca],
            now: Fixtures.now
        )
        guard case .accepted = result else { return }
        claim(signed.contains(body(certificate.der)), "the CA has signed it")
        claim(LeafPolicy.error(certificate, now: Fixtures.now) == nil, "a leaf is a client's")
    }

    private static func body(_ der: [UInt8]) -> [UInt8] {
        var file = DERReader(der)
        guard var outer = try? file.sequence("a certificate"), let body = try? outer.next() else {
            return []
        }
        return Array(outer.whole(body))
    }
}
