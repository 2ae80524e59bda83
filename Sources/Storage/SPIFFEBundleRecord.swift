// SPDX-License-Identifier: Apache-2.0
/// A trust domain, and what is known of its SPIFFE bundle; its CA certificates stand beside this.
public struct SPIFFEBundleRecord: Sendable, Equatable {
    /// The name of the trust domain, such as `example.org`; never changes.
    public var trustDomain: String
    /// Where the bundle comes from: the absolute path of a file, or an https URL.
    public var source: String
    /// Seconds since the last look at the source after which its CAs do not count any more.
    public var maxStaleness: Int
    /// `spiffe_sequence` of the bundle, below which none is taken; 0 where it has none.
    public var sequence: Int64
    /// Seconds after which the source is looked at again.
    public var refreshSeconds: Int
    /// Epoch seconds of the last time that the source had this bundle; 0 for never.
    public var checkedAt: Int64

    /// A record from its parts; nothing is checked before it is written.
    public init(
        trustDomain: String,
        source: String,
        maxStaleness: Int,
        sequence: Int64 = 0,
        refreshSeconds: Int = 300,
        checkedAt: Int64 = 0
    ) {
        self.trustDomain = trustDomain
        self.source = source
        self.maxStaleness = maxStaleness
        self.sequence = sequence
        self.refreshSeconds = refreshSeconds
        self.checkedAt = checkedAt
    }

    /// Seconds by which the clock of another node may be ahead.
    public static let clockSkew: Int64 = 60

    /// Epoch seconds of the last look where there was one at `now`, too.
    ///
    /// `known`, unless that is earlier, or so far ahead that the clock it came from was wrong: no
    /// mistaken clock may make a bundle last.
    public static func lastLook(_ known: Int64, _ now: Int64) -> Int64 {
        known < now || known - now > clockSkew ? now : known
    }

    /// Whether a bundle that was looked at at `checkedAt` counts at `now`: for `maxStaleness`
    /// seconds to either side, since a clock may have been wrong.
    public static func isFresh(_ checkedAt: Int64, at now: Int64, maxStaleness: Int64) -> Bool {
        let (age, isBeyond) = now.subtractingReportingOverflow(checkedAt)
        return !isBeyond && age.magnitude <= maxStaleness.magnitude
    }

    /// Whether `source` can be where a bundle comes from.
    public static func isSource(_ source: String) -> Bool {
        TrustSetRecord.isSource(source) && !source.hasPrefix("http://")
    }
}

extension TrustSetRecord {
    /// Why a client with this SPIFFE ID, or none, cannot have this set; nil where it can.
    ///
    /// CAs of a bundle are for SPIFFE IDs of their own trust domain alone, and those for no others.
    package func reasonToRefuse(spiffeID: String?) -> String? {
        guard let spiffe else {
            guard spiffeID != nil else { return nil }
            return "the trust set \(name) has no SPIFFE bundle"
        }
        guard let spiffeID else {
            return "the trust set \(name) has a SPIFFE bundle, which is for spiffe_x509 alone"
        }
        guard !spiffeID.hasPrefix("spiffe://\(spiffe.trustDomain)/") else { return nil }
        return "the trust set \(name) is for the trust domain \(spiffe.trustDomain)"
    }
}
