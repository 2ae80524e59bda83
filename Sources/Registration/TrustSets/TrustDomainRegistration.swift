// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import OAuth
package import Storage

/// The bundle of a trust set as it is taken over and judged.
extension TrustSetRecord {
    /// The result of a look at the bundle's source.
    package enum BundleResult: Sendable, Equatable {
        /// Another bundle, which was taken over.
        case taken
        /// The bundle that is there already.
        case same
        /// A bundle with a sequence below the one that is there, with which the set goes on.
        case older(than: Int64)
    }

    /// Takes over `bundle`, which its source has at `now`, unless its sequence goes back.
    ///
    /// SPIFFE_Trust_Domain_and_Bundle §4.1.1: a bundle from before a key was taken away must not
    /// replace the one without it. A bundle without a sequence has 0.
    package mutating func take(_ bundle: SPIFFEBundle, at now: Int64) -> BundleResult {
        guard var spiffe else { return .same }
        guard bundle.sequence >= spiffe.sequence else { return .older(than: spiffe.sequence) }
        let found = bundle.anchors.map(\.der)
        let isSame =
            Set(found) == Set(caCertificates) && bundle.sequence == spiffe.sequence
            && bundle.refreshSeconds == spiffe.refreshSeconds
        if !isSame { caCertificates = found }
        spiffe.sequence = bundle.sequence
        spiffe.refreshSeconds = bundle.refreshSeconds
        spiffe.checkedAt = SPIFFEBundleRecord.lastLook(spiffe.checkedAt, now)
        self.spiffe = spiffe
        return isSame ? .same : .taken
    }
}

/// The rules of a trust set of a trust domain.
enum TrustDomainRules {
    /// Seconds after the last look at which a bundle does not count any more: a day.
    static let maxStalenessStandard = 86_400
    /// From two of the shortest intervals to a month: SPIRE's own CAs live for days.
    static let maxStalenessRange = 60...2_592_000

    /// The set is of a trust domain, and CAs are named for it.
    static let ownCAs = RegistrationFinding.invalid(
        .caCertificates,
        with: [.trustDomain],
        "The CAs of a trust domain come from its bundle alone.",
        remedy: "Leave \(field: .caCertificates) out."
    )

    /// Everything that is wrong with the trust domain of `set`; nothing where it has none.
    static func findings(_ set: TrustSetRecord) -> [RegistrationFinding] {
        guard let spiffe = set.spiffe else { return [] }
        var findings: [RegistrationFinding] = []
        if !SPIFFEID.isTrustDomain(spiffe.trustDomain) {
            findings.refuse(
                .trustDomain,
                "The trust domain \(PrintableText.escaped(spiffe.trustDomain)) is refused.",
                "Give its name alone, such as example.org: 1 to \(SPIFFEID.trustDomainBytesMax)"
                    + " small letters, digits, full stops, hyphens and underscores."
            )
        }
        if !SPIFFEBundleRecord.isSource(spiffe.source) {
            findings.refuse(
                .spiffeBundle,
                "The SPIFFE bundle \(PrintableText.escaped(spiffe.source)) is refused.",
                "Give the path of a file, or an https URL."
            )
        }
        if !maxStalenessRange.contains(spiffe.maxStaleness) {
            findings.refuse(
                .maxStaleness,
                "\(field: .maxStaleness) is from \(maxStalenessRange.lowerBound) to"
                    + " \(maxStalenessRange.upperBound) seconds."
            )
        }
        if spiffe.sequence < 0 {
            findings.refuse(.acceptSequence, "A sequence is a whole number from 0 on.")
        }
        if set.serverAuthUntil != nil {
            findings.refuse(
                .serverAuthUntil,
                with: [.trustDomain],
                "X.509-SVIDs of clients have clientAuth, where they have an extended key usage.",
                "Leave \(field: .serverAuthUntil) out."
            )
        }
        return findings
    }

    /// Writes what `change` says of a trust domain into `set`; what is wrong with that.
    ///
    /// `isNew` is false for a set that is registered: what kind it is does not change.
    static func apply(
        _ change: TrustSetChange,
        to set: inout TrustSetRecord,
        isNew: Bool,
        now: Int64
    ) -> [RegistrationFinding] {
        guard change.namesTrustDomain else { return [] }
        if let finding = start(change, &set, isNew: isNew) { return [finding] }
        if let seconds = change.maxStaleness { set.spiffe?.maxStaleness = seconds }
        if let sequence = change.acceptedSequence { set.spiffe?.sequence = sequence }
        guard let named = change.bundle else { return [] }
        if set.spiffe?.source != named.source {
            // The CAs of one source are not those of another: nothing counts until it was read.
            set.spiffe?.source = named.source
            set.spiffe?.checkedAt = 0
            set.caCertificates = []
        }
        guard let bundle = named.bundle, case .older(let sequence) = set.take(bundle, at: now)
        else { return [] }
        return [
            .conflict(
                .spiffeBundle,
                "The bundle's sequence, \(Int(bundle.sequence)), is below the one that is there,"
                    + " \(Int(sequence)).",
                remedy: "Give a newer bundle, or"
                    + " \(field: .acceptSequence, String(bundle.sequence)) if its server was"
                    + " rebuilt."
            )
        ]
    }

    /// Makes `set` one of a trust domain where it is new; what is wrong with what it is.
    private static func start(
        _ change: TrustSetChange,
        _ set: inout TrustSetRecord,
        isNew: Bool
    ) -> RegistrationFinding? {
        if let known = set.spiffe {
            guard let domain = change.trustDomain, domain != known.trustDomain else { return nil }
            return .conflict(
                .trustDomain,
                "The trust set is for the trust domain \(PrintableText.escaped(known.trustDomain)),"
                    + " which does not change.",
                remedy: "Make another trust set."
            )
        }
        guard isNew else {
            return .conflict(
                .trustDomain,
                "The trust set has CAs of its own, and no SPIFFE bundle.",
                remedy: "Make another trust set for a trust domain."
            )
        }
        guard let domain = change.trustDomain, let bundle = change.bundle else {
            return .invalid(
                .trustDomain,
                with: [.spiffeBundle],
                "A trust domain has a name and a bundle.",
                remedy: "Give \(field: .trustDomain) together with \(field: .spiffeBundle)."
            )
        }
        set.spiffe = SPIFFEBundleRecord(
            trustDomain: domain,
            source: bundle.source,
            maxStaleness: maxStalenessStandard
        )
        return nil
    }
}
