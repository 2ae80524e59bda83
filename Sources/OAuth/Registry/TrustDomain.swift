// SPDX-License-Identifier: Apache-2.0
public import Cryptography
internal import Storage
internal import Synchronization

/// A trust domain, with the CAs of its SPIFFE bundle.
public struct TrustDomain: Sendable {
    /// Its name, such as `example.org`.
    public let name: String
    /// The verifier under the bundle's CAs, with the current revocation lists.
    public let verifier: ChainVerifier
    /// The age of the bundle.
    public let freshness: BundleFreshness

    /// A trust domain from its parts.
    public init(name: String, verifier: ChainVerifier, freshness: BundleFreshness) {
        (self.name, self.verifier, self.freshness) = (name, verifier, freshness)
    }
}

/// When a bundle was last found to be the current one; moved on in place, so that a look that finds
/// nothing new makes no registry.
public final class BundleFreshness: Sendable {
    /// Seconds after which the bundle's CAs do not count any more, unless it was looked at again.
    public let maxStaleness: Int64
    private let checked: Atomic<Int64>

    /// `checkedAt` is in seconds since 1970.
    public init(checkedAt: Int64, maxStaleness: Int64) {
        self.maxStaleness = maxStaleness
        checked = Atomic(checkedAt)
    }

    /// Seconds since 1970 of the last look.
    public var checkedAt: Int64 { checked.load(ordering: .relaxed) }

    /// The bundle was looked at, and is the current one; a time shortly before the last look
    /// changes nothing (`SPIFFEBundleRecord.lastLook`).
    public func confirm(at now: Int64) {
        checked.store(SPIFFEBundleRecord.lastLook(checkedAt, now), ordering: .relaxed)
    }

    /// Whether the bundle's CAs count at `now`.
    public func isFresh(at now: Int64) -> Bool {
        SPIFFEBundleRecord.isFresh(checkedAt, at: now, maxStaleness: maxStaleness)
    }
}
