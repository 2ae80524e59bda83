// SPDX-License-Identifier: Apache-2.0
/// A server's certificate with its chain, as it stands in a PEM file: the leaf first, then each
/// one's issuer.
///
/// Every block is understood or the file is refused: one that is left out would cut the chain.
public struct ServerChain: Sendable {
    /// The leaf first; never empty.
    public let certificates: [Certificate]
    /// The position of each certificate in the file.
    private let places: [String]

    /// Clients count so many bits of security at least: OpenSSL's level 2, and Debian's.
    private static let strengthMin = 112

    /// Takes all certificates of a PEM file.
    ///
    /// A private key may stand beside them, as in files that are certificate and key in one;
    /// nothing is done with it here. Parameters of EC and DH say nothing.
    public init(in bytes: [UInt8]) throws(CertificateError) {
        let blocks = try ServerKey.blocks(bytes, "openssl x509 -inform DER -in FILE -out chain.pem")
        var found: [Certificate] = []
        var places: [String] = []
        for block in blocks where !block.isParameters && !block.isPrivateKey {
            found.append(try CertificateFile.certificate(of: block))
            places.append("block \(block.number), line \(block.line)")
        }
        guard !found.isEmpty else {
            throw CertificateError(.empty, "There is no certificate in the PEM file.")
        }
        try ServerKey.refuseSecond(blocks)
        certificates = found
        self.places = places
    }

    /// The certificates alone, in PEM.
    public var pem: [UInt8] { certificates.flatMap { Array($0.pem.utf8) } }

    /// The position of a certificate in the file, as `block 2, line 21`.
    public func place(_ index: Int) -> String { places[index] }

    /// Why clients of today do not take it, whatever they trust; nil if they do.
    ///
    /// One that signed itself is a trust anchor, of which clients check no signature.
    public var error: CertificateError? {
        for (index, certificate) in certificates.enumerated() {
            if index == 0, let reason = KeyPolicy.reasonToRefuse(certificate.publicKey) {
                return refused(index, reason)
            }
            guard let parsed = OpenSSLCertificate(der: certificate.der) else {
                return refused(index, "OpenSSL cannot read it. Have it issued again.")
            }
            if certificate.isSelfIssued { continue }
            let strength = parsed.strength
            if strength.signature < Self.strengthMin {
                return refused(
                    index,
                    "It is signed with \(certificate.signatureAlgorithmName), which is weak, or "
                        + "not known here: clients refuse it. Have it issued with SHA-256."
                )
            }
            if strength.key < Self.strengthMin {
                let key = certificate.publicKey
                return refused(
                    index,
                    "Its key, \(key.name)\(key.bits > 0 ? " of \(key.bits) bits" : ""), is too "
                        + "weak, or not known here: clients refuse it. Renew it with another."
                )
            }
        }
        return nil
    }

    /// Problems that some clients have with the chain, in sentences that name the block.
    public var warnings: [String] {
        var found = links
        let extensions = certificates[0].extensions
        if extensions.extendedKeyUsage != nil, !extensions.hasPurpose(.serverAuthentication),
            !extensions.hasPurpose(.anyPurpose)
        {
            found.append(
                "\(capitalized(0)): its extended key usage does not name server authentication; "
                    + "clients refuse it"
            )
        }
        return found
    }

    /// RFC 5246 §7.4.2: each certificate must certify the one before it.
    private var links: [String] {
        zip(certificates, certificates.dropFirst()).enumerated().compactMap {
            index,
            pair -> String? in
            let (below, above) = pair
            let name = "`\(above.subject.canonical)`"
            let start = "\(capitalized(index + 1)): "
            if let first = certificates[...index].firstIndex(of: above) {
                return start + "it is the same certificate as in \(places[first])"
            }
            guard above.subject.matches(below.issuer) else {
                return start + "\(name) is not the issuer of the certificate before it, which is "
                    + "`\(below.issuer.canonical)`; the order is the leaf, then each one's issuer"
            }
            guard below.isSigned(by: above) else {
                return start + "\(name) did not sign the certificate before it, although it has "
                    + "its issuer's name"
            }
            return above.isCA ? nil : start + "\(name) is not a CA certificate"
        }
    }

    private func capitalized(_ index: Int) -> String { "B" + places[index].dropFirst() }

    private func refused(_ index: Int, _ reason: String) -> CertificateError {
        CertificateError(.malformed, "\(capitalized(index)): \(reason)")
    }
}

/// A server's private key, as it stands in a PEM file.
public enum ServerKey {
    /// The one private key of a PEM file, in PEM alone.
    ///
    /// Certificates may stand beside it. Secret.
    public static func pem(in bytes: [UInt8]) throws(CertificateError) -> [UInt8] {
        let blocks = try blocks(bytes, "openssl pkey -inform DER -in FILE -out key.pem")
        try refuseSecond(blocks)
        var found: [UInt8]?
        for block in blocks where !block.isParameters {
            guard block.isPrivateKey else {
                _ = try CertificateFile.certificate(of: block)
                continue
            }
            found = Array(PEM.text(block.label, try key(block)).utf8)
        }
        guard let found else {
            throw CertificateError(.empty, "There is no private key in the PEM file.")
        }
        return found
    }

    /// Refuses two private keys in one file: nothing says which one is meant.
    static func refuseSecond(_ blocks: [PEMBlock]) throws(CertificateError) {
        let keys = blocks.filter(\.isPrivateKey)
        guard keys.count > 1 else { return }
        throw keys[1].locating(
            CertificateError(
                .privateKey,
                "It is a second private key; the first one is block \(keys[0].number), line "
                    + "\(keys[0].line). Give the certificate's own alone."
            )
        )
    }

    /// The blocks of a server's file, which is PEM; `conversion` is the command that makes it so.
    static func blocks(
        _ bytes: [UInt8],
        _ conversion: String
    ) throws(CertificateError) -> [PEMBlock] {
        guard bytes.contains(where: { $0 != 0x20 && !(0x09...0x0D).contains($0) }) else {
            throw CertificateError(.empty, "The file is empty.")
        }
        guard PEM.looksLikePEM(bytes) else {
            throw CertificateError(
                .unrecognised,
                DERReader(bytes).nextTag == DERTag.sequence
                    ? "The file is DER, and PEM is read here. Convert it with `\(conversion)`."
                    : "The file is not PEM: it has no -----BEGIN line."
            )
        }
        return try PEM.blocks(bytes)
    }

    private static func key(_ block: PEMBlock) throws(CertificateError) -> [UInt8] {
        guard !block.isEncrypted, block.label != "ENCRYPTED PRIVATE KEY" else {
            throw block.locating(
                CertificateError(
                    .privateKey,
                    "The key is encrypted, and nobody is there to give its password. Write it "
                        + "without one, with `openssl pkey -in FILE -out key.pem`."
                )
            )
        }
        guard block.label != "OPENSSH PRIVATE KEY" else {
            throw block.locating(
                CertificateError(
                    .privateKey,
                    "The key is in OpenSSH's own form. Convert it with "
                        + "`ssh-keygen -p -m PKCS8 -f FILE`."
                )
            )
        }
        let der = try block.content()
        var reader = DERReader(der)
        do throws(DERError) {
            _ = try reader.next(DERTag.sequence, "the key")
            try reader.finish()
        } catch {
            throw block.locating(
                CertificateError(
                    .malformed,
                    error == .truncated
                        ? "The key is cut short, or a line is missing. Copy the whole file again."
                        : error == .trailing
                            ? "Bytes follow after the key's end. Write the key again."
                            : "This is not a well-formed private key."
                )
            )
        }
        return der
    }
}
