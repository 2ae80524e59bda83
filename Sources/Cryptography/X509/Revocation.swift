// SPDX-License-Identifier: Apache-2.0
/// The revocation mode of a set of CAs, with the lists.
///
/// A list counts for a certificate if the CA above it in its path signed the list, and the list has
/// begun; that CA may be one that the client sent along.
public struct Revocation: Sendable {
    /// Soft or hard fail, where no current list covers a certificate.
    public enum Mode: String, Sendable, CaseIterable {
        /// Soft fail: without a list, or with an expired one, the certificate is accepted.
        case soft
        /// A list that is current and speaks for it; without one it is refused.
        case hard
    }

    /// The mode.
    public let mode: Mode
    /// The lists, of any issuers.
    public let lists: [RevocationList]
    /// A digest that is another one when the mode or a list is; the lists' order does not matter.
    public let cacheKey: Digest256

    /// The tolerated clock skew to the issuer's clock, in seconds.
    static let clockDifference: Int64 = 300
    /// Lists whose signature is looked at for one certificate; those that end last come first.
    static let triesMax = 8

    private let byEnd: [RevocationList]

    /// Keeps the lists; whose they are is found out for each path.
    public init(mode: Mode, lists: [RevocationList]) {
        self.mode = mode
        self.lists = lists
        byEnd = lists.sorted { $0.nextUpdate > $1.nextUpdate }
        let start = Array("revocation \(mode.rawValue)\0".utf8)
        cacheKey = Digest256.of(start + Digest256.sortedBytes(lists.map(\.digest)))
    }

    /// Checks every certificate of `path` but the trust anchor, which is the last element.
    ///
    /// A CA that has changed its key signs lists for certificates under the old one with the new
    /// one: any of the `anchors` with its name may have signed a list. Returns until when the
    /// result holds, in seconds since 1970.
    func validUntil(
        of path: [Certificate],
        anchors: [Certificate] = [],
        now: Int64
    ) throws(ChainError) -> Int64 {
        var until = Int64.max
        for (certificate, ca) in zip(path, path.dropFirst()) {
            let signers = Self.signers(ca, anchors)
            let end = try validUntil(of: certificate, under: signers, now: now)
            until = min(until, end)
        }
        return until
    }

    /// Whether a list of one of the CAs of `path` decides at `now`, be it current or not: signed by
    /// that CA or by one of its name among the `anchors`, and begun.
    public func decides(_ path: [Certificate], anchors: [Certificate], now: Int64) -> Bool {
        path.dropFirst().contains { ca in
            let signers = Self.signers(ca, anchors)
            return lists.contains { list in
                ca.subject.matches(list.issuerName) && hasBegun(list, now)
                    && signers.contains { list.isSigned(by: $0) }
            }
        }
    }

    /// The CA, and those of its name among the anchors.
    private static func signers(_ ca: Certificate, _ anchors: [Certificate]) -> [Certificate] {
        [ca] + anchors.filter { $0.subject.matches(ca.subject) }
    }

    private func validUntil(
        of certificate: Certificate,
        under signers: [Certificate],
        now: Int64
    ) throws(ChainError) -> Int64 {
        guard let ca = signers.first else { return .max }
        func isSigned(_ list: RevocationList) -> Bool {
            signers.contains { list.isSigned(by: $0) }
        }
        let issued = byEnd.filter { ca.subject.matches($0.issuerName) }
        var until = Int64.max
        var tries = 0
        // The signature is looked at last: most certificates are on no list.
        for list in issued where list.names(certificate.serial) {
            guard tries < Self.triesMax else {
                throw unknown(certificate, "More than \(tries) lists that name it may be forged")
            }
            tries += 1
            guard isSigned(list) else { continue }
            guard hasBegun(list, now) else {
                // Until then only: no result that is kept may outlast it.
                until = min(until, list.thisUpdate - Self.clockDifference)
                continue
            }
            throw ChainError(
                .revoked,
                "The certificate \(name(certificate)) is revoked by the list of \(list.issuer).",
                at: certificate
            )
        }
        guard mode == .hard else { return until }
        for list in issued where isCurrent(list, now) && list.scope.covers(certificate) {
            // Tried above, and signed by somebody else.
            if list.names(certificate.serial) { continue }
            guard tries < Self.triesMax else { break }
            tries += 1
            if isSigned(list) { return min(until, list.nextUpdate) }
        }
        throw unknown(certificate, reason(certificate, ca, issued, now))
    }

    private func hasBegun(_ list: RevocationList, _ now: Int64) -> Bool {
        list.thisUpdate - Self.clockDifference <= now
    }

    private func isCurrent(_ list: RevocationList, _ now: Int64) -> Bool {
        hasBegun(list, now) && now <= list.nextUpdate
    }

    // MARK: words

    /// Why none of the lists with the CA's name does.
    private func reason(
        _ certificate: Certificate,
        _ ca: Certificate,
        _ issued: [RevocationList],
        _ now: Int64
    ) -> String {
        let issuer = ca.subject.canonical
        if issued.isEmpty { return "No revocation list of \(issuer) is known" }
        if let usage = ca.extensions.keyUsage, !usage.contains(.cRLSign) {
            return "The key usage of \(issuer) does not allow it to sign revocation lists"
        }
        let signed = issued.prefix(Self.triesMax).filter { $0.isSigned(by: ca) }
        if signed.isEmpty { return "No revocation list of \(issuer) is signed with its key" }
        let covering = signed.filter { $0.scope.covers(certificate) }
        guard let last = covering.first else {
            return "No revocation list of \(issuer) speaks for this certificate"
        }
        if last.nextUpdate < now {
            return "The revocation list of \(issuer) ended at "
                + CertificateTime.text(last.nextUpdate)
        }
        guard hasBegun(last, now) else {
            return "The revocation list of \(issuer) begins at "
                + CertificateTime.text(last.thisUpdate)
        }
        return "Too many revocation lists of \(issuer) are given"
    }

    private func unknown(_ certificate: Certificate, _ reason: String) -> ChainError {
        ChainError(
            .revocationUnknown,
            "Whether the certificate \(name(certificate)) is revoked is not known. \(reason).",
            at: certificate
        )
    }

    private func name(_ certificate: Certificate) -> String {
        "\(certificate.subject.canonical), serial \(certificate.serialHexadecimal),"
    }
}

extension Digest256 {
    /// The bytes of several digests, the same for every order of them.
    static func sortedBytes(_ digests: [Digest256]) -> [UInt8] {
        let sorted = digests.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }
        return Array(sorted.joined())
    }
}
