// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A certificate revocation list (RFC 5280 §5), parsed once, strictly, and kept with its DER.
///
/// Parsing checks the form, not the signature. An object, because lists have megabytes, and so that
/// the results of signature checks are shared. Thread-safe.
public final class RevocationList: Sendable {
    /// The issuer's name, in the form that is shown.
    public let issuer: String
    /// When it was issued, in seconds since 1970.
    public let thisUpdate: Int64
    /// The time of the next list at the latest, in seconds since 1970; the list is current until
    /// then.
    public let nextUpdate: Int64
    /// The number of revoked certificates.
    public let entryCount: Int
    /// SHA-256 of its DER.
    public let digest: Digest256

    /// The issuer's name.
    let issuerName: DistinguishedName
    /// Of which of its issuer's certificates it speaks.
    let scope: RevocationScope

    private let der: [UInt8]
    private let signed: SignedParts
    private let entries: RevocationEntries
    /// Whether a CA that it was tried with has signed it.
    public var isProven: Bool { TriedKey.anyVerifies(in: tried) }

    /// The keys that were tried: the signature over megabytes is verified once for each.
    private let tried = AtomicLazyReference<TriedKey>()

    /// Parses exactly one list; bytes after it are refused.
    convenience init(der: [UInt8]) throws(RevocationListError) {
        let content: RevocationListContent
        do throws(DERError) {
            content = try RevocationListContent(der)
        } catch {
            throw RevocationListError(error)
        }
        if let error = content.error { throw error }
        guard let nextUpdate = content.nextUpdate else {
            throw RevocationListError(
                .dates,
                "The list does not say when the next one comes. Have it issued with nextUpdate."
            )
        }
        self.init(der, content, nextUpdate: nextUpdate)
    }

    private init(_ der: [UInt8], _ content: RevocationListContent, nextUpdate: Int64) {
        self.der = der
        self.nextUpdate = nextUpdate
        issuerName = content.issuer
        issuer = content.issuer.canonical
        thisUpdate = content.thisUpdate
        scope = content.extensions.scope
        signed = content.signed
        entries = content.entries
        entryCount = content.entries.count
        digest = Digest256.of(der)
    }

    /// Whether `other` is a later list of the same issuer about the same certificates.
    public func isOlder(than other: RevocationList) -> Bool {
        thisUpdate < other.thisUpdate && issuerName.matches(other.issuerName)
            && scope.isSame(as: other.scope)
    }

    /// Whether it names a certificate of its issuer as revoked, by the serial number's octets.
    ///
    /// The date beside it means nothing: a list that names a certificate revokes it.
    func names(_ serial: [UInt8]) -> Bool {
        entries.contains(serial, in: der)
    }

    /// Whether `ca` signed the list: by name, key usage, and signature.
    ///
    /// Ignores time. The first call for a key hashes the whole list: about 2 ms for one megabyte;
    /// later ones compare digests of keys.
    public func isSigned(by ca: Certificate) -> Bool {
        // RFC 5280 §4.2.1.3: a key usage without cRLSign forbids it.
        guard ca.isCA, ca.subject.matches(issuerName),
            ca.extensions.keyUsage?.contains(.cRLSign) ?? true,
            KeyPolicy.reasonToRefuse(ca.publicKey) == nil
        else { return false }
        let key = ca.subjectPublicKeyInfoDigest
        if let verifies = TriedKey.result(of: key, in: tried) { return verifies }
        let verifies = signed.verify(der, under: ca.subjectPublicKeyInfo)
        TriedKey.remember(key, verifies, in: tried)
        return verifies
    }
}

/// A key under which a signature was verified, and what came out; a link of a list that only grows.
///
/// Without a lock: threads that come at once verify twice and find the same.
private final class TriedKey: Sendable {
    /// An issuer has one key, or two after a renewal; signatures of further keys are verified each
    /// time.
    private static let countMax = 16

    private let key: Digest256
    private let verifies: Bool
    private let next = AtomicLazyReference<TriedKey>()

    private init(_ key: Digest256, _ verifies: Bool) {
        self.key = key
        self.verifies = verifies
    }

    static func result(
        of key: Digest256,
        in first: borrowing AtomicLazyReference<TriedKey>
    ) -> Bool? {
        var link = first.load()
        while let found = link {
            if found.key == key { return found.verifies }
            link = found.next.load()
        }
        return nil
    }

    static func anyVerifies(in first: borrowing AtomicLazyReference<TriedKey>) -> Bool {
        var link = first.load()
        while let found = link {
            if found.verifies { return true }
            link = found.next.load()
        }
        return false
    }

    static func remember(
        _ key: Digest256,
        _ verifies: Bool,
        in first: borrowing AtomicLazyReference<TriedKey>
    ) {
        let new = TriedKey(key, verifies)
        var link = first.storeIfNil(new)
        var count = 1
        while link !== new, link.key != key, count < countMax {
            link = link.next.storeIfNil(new)
            count += 1
        }
    }
}

extension KeyUsage {
    /// Signatures on revocation lists.
    public static let cRLSign = KeyUsage(rawValue: 1 << 6)
}
