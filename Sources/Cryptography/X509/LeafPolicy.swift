// SPDX-License-Identifier: Apache-2.0
/// The rules for a client's certificate under a registered CA, beyond OpenSSL's checks.
///
/// OpenSSL at security level 2 accepts DSA and odd sizes of RSA, version 1, a CA or "any purpose"
/// as leaf, and serial numbers of zero or below. All of them are refused here.
enum LeafPolicy {
    /// Why the certificate cannot be a client's at `now`; nil if it can.
    static func error(_ leaf: Certificate, now: Int64) -> ChainError? {
        for check in ChainCheck.ofLeaf {
            if let error = error(check, leaf, now: now) { return error }
        }
        return nil
    }

    /// Why one of the checks `ChainCheck.ofLeaf` refuses the certificate; nil if it does not.
    ///
    /// Before `serverAuthUntil`, in seconds since 1970, serverAuth counts as clientAuth does.
    static func error(
        _ check: ChainCheck,
        _ leaf: Certificate,
        now: Int64,
        serverAuthUntil: Int64? = nil
    ) -> ChainError? {
        switch check {
        case .version where leaf.version != 3:
            ChainError(.version, "The certificate is of X.509 version \(leaf.version).")
        case .validity: validityError(leaf, now)
        case .endEntity
        where leaf.isCA || leaf.extensions.keyUsage?.contains(.keyCertSign) ?? false:
            ChainError(.caAsLeaf, "The certificate is a CA certificate.")
        case .purpose: purposeError(leaf.extensions, now, serverAuthUntil)
        case .key: KeyPolicy.reasonToRefuse(leaf.publicKey).map { ChainError(.key, $0) }
        case .serial where !leaf.hasSaneSerial:
            ChainError(.serial, "The serial number is not positive, or is too long.")
        case .names where leaf.hasEmbeddedNUL:
            ChainError(.embeddedNUL, "A name in the certificate has a NUL.")
        default: nil
        }
    }

    private static func validityError(_ leaf: Certificate, _ now: Int64) -> ChainError? {
        if now < leaf.notBefore {
            let start = CertificateTime.text(leaf.notBefore)
            return ChainError(.notYetValid, "The certificate is not valid before \(start).")
        }
        guard now > leaf.notAfter else { return nil }
        let end = CertificateTime.text(leaf.notAfter)
        return ChainError(.expired, "The certificate expired at \(end).")
    }

    /// Whether the extended key usage is for servers, and neither for clients nor for any purpose.
    static func isForServersOnly(_ extensions: CertificateExtensions) -> Bool {
        extensions.hasPurpose(.serverAuthentication)
            && !extensions.hasPurpose(.clientAuthentication) && !extensions.hasPurpose(.anyPurpose)
    }

    private static func purposeError(
        _ extensions: CertificateExtensions,
        _ now: Int64,
        _ serverAuthUntil: Int64?
    ) -> ChainError? {
        if let usage = extensions.keyUsage, !usage.contains(.digitalSignature) {
            return ChainError(.purpose, "The key usage does not allow signatures.")
        }
        guard extensions.extendedKeyUsage != nil else { return nil }
        if extensions.hasPurpose(.anyPurpose) {
            return ChainError(.purpose, "The extended key usage is for any purpose.")
        }
        guard !extensions.hasPurpose(.clientAuthentication) else { return nil }
        guard isForServersOnly(extensions) else {
            return ChainError(
                .purpose,
                "The extended key usage is not for client authentication."
            )
        }
        guard let end = serverAuthUntil else {
            return ChainError(
                .purpose,
                "The extended key usage is not for client authentication, but for servers only.",
                serverAuth: .notAllowed
            )
        }
        guard now >= end else { return nil }
        return ChainError(
            .purpose,
            "The extended key usage is for servers only, which was accepted until the end of "
                + "\(ServerAuthPermission.day(of: end)).",
            serverAuth: .ended
        )
    }
}
