/// What a client's certificate under a registered CA must be, beyond what OpenSSL checks.
///
/// OpenSSL at security level 2 takes DSA and odd sizes of RSA, version 1, a CA or "any purpose" as
/// leaf, and serial numbers of zero or below. None of them is taken here.
enum LeafPolicy {
    /// Why the certificate cannot be a client's at `now`; nil if it can.
    static func refusal(_ leaf: Certificate, now: Int64) -> ChainRefusal? {
        if leaf.version != 3 {
            return ChainRefusal(.version, "The certificate is of X.509 version \(leaf.version).")
        }
        if let refusal = validityRefusal(leaf, now) { return refusal }
        if leaf.isAuthority || leaf.extensions.keyUsage?.contains(.keyCertSign) ?? false {
            return ChainRefusal(.authorityAsLeaf, "The certificate is an authority's.")
        }
        if let refusal = purposeRefusal(leaf.extensions) { return refusal }
        if let refusal = KeyPolicy.refusal(leaf.publicKey) { return ChainRefusal(.key, refusal) }
        if !leaf.hasSaneSerial {
            return ChainRefusal(.serial, "The serial number is not positive, or is too long.")
        }
        if leaf.hasEmbeddedNUL {
            return ChainRefusal(.embeddedNUL, "A name in the certificate has a NUL.")
        }
        return nil
    }

    private static func validityRefusal(_ leaf: Certificate, _ now: Int64) -> ChainRefusal? {
        if now < leaf.notBefore {
            let start = CertificateTime.text(leaf.notBefore)
            return ChainRefusal(.notYetValid, "The certificate is not valid before \(start).")
        }
        guard now > leaf.notAfter else { return nil }
        let end = CertificateTime.text(leaf.notAfter)
        return ChainRefusal(.expired, "The certificate expired at \(end).")
    }

    private static func purposeRefusal(_ extensions: CertificateExtensions) -> ChainRefusal? {
        if let usage = extensions.keyUsage, !usage.contains(.digitalSignature) {
            return ChainRefusal(.purpose, "The key usage does not allow signatures.")
        }
        guard extensions.extendedKeyUsage != nil else { return nil }
        if extensions.hasPurpose(.anyPurpose) {
            return ChainRefusal(.purpose, "The extended key usage is for any purpose.")
        }
        guard !extensions.hasPurpose(.clientAuthentication) else { return nil }
        return ChainRefusal(.purpose, "The extended key usage is not for client authentication.")
    }
}
