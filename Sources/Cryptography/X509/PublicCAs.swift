// SPDX-License-Identifier: Apache-2.0
/// The CAs that a machine trusts for servers (its CA-certificates), by which a registered CA is
/// known to be a public one.
///
/// Good for warnings only: nothing is ever trusted because it stands here.
public struct PublicCAs: Sendable {
    private var keys: Set<Digest256> = []
    private var certificates: [Certificate] = []
    /// Certificates that could not be read.
    public private(set) var unreadable = 0

    /// A file of all public CAs has about 150.
    public static let blocksMax = 4_096
    /// Longest file taken.
    public static let bytesMax = 8 << 20

    /// Why a CA counts as public.
    public enum Reason: String, Sendable {
        /// Its key is the key of one of these CAs.
        case key
        /// Its own extended key usage leaves out clientAuth.
        case extendedKeyUsage = "extended-key-usage"
        /// One of these CAs has signed it.
        case issuer
    }

    /// An empty set.
    public init() {}

    /// The number of CAs.
    public var count: Int { keys.count }

    /// Adds the certificates of a PEM file; counts what cannot be read, and goes on.
    ///
    /// Throws where the file is no PEM at all.
    public mutating func add(pem bytes: [UInt8]) throws(CertificateError) {
        for block in try PEM.blocks(bytes, most: Self.blocksMax) where block.label == "CERTIFICATE"
        {
            guard let der = block.bytes, let certificate = try? Certificate(der: der) else {
                unreadable += 1
                continue
            }
            guard keys.insert(certificate.subjectPublicKeyInfoDigest).inserted else { continue }
            certificates.append(certificate)
        }
    }

    /// Why `ca`, a registered one, is a public one; nil if nothing says so.
    ///
    /// Costs a check of a signature where one of these CAs has the name of its issuer.
    public func reason(_ ca: Certificate) -> Reason? {
        if keys.contains(ca.subjectPublicKeyInfoDigest) { return .key }
        let extensions = ca.extensions
        if extensions.extendedKeyUsage != nil, !extensions.hasPurpose(.clientAuthentication),
            !extensions.hasPurpose(.anyPurpose)
        {
            return .extendedKeyUsage
        }
        return isSignedByPublicCA(ca) ? .issuer : nil
    }

    /// Whether one of these CAs has signed `ca`; by the signature, since a name proves nothing.
    ///
    /// False for a CA that has issued itself.
    private func isSignedByPublicCA(_ ca: Certificate) -> Bool {
        guard !ca.isSelfIssued else { return false }
        for issuer in certificates where issuer.subject.matches(ca.issuer) {
            guard let signed = OpenSSLCertificate(der: ca.der),
                let signer = OpenSSLCertificate(der: issuer.der)
            else { continue }
            if signed.isSigned(by: signer) { return true }
        }
        return false
    }
}
