// SPDX-License-Identifier: Apache-2.0
extension RevocationList {
    /// Whether a list counts under some CAs, and why not, in words that follow its name.
    public enum Status: Sendable, Equatable {
        /// The list counts, until `nextUpdate`.
        case counts
        /// The list is outside its time; once it has begun, the certificates that it names are
        /// revoked all the same.
        case notNow(String)
        /// No CA of the set has issued the list: it counts only for certificates of an intermediate
        /// of that name, which clients send.
        case unknownIssuer(String)
        /// The list never counts, as it is.
        case never(String)

        /// Why it does not count; nil where it does.
        public var reason: String? {
            switch self {
            case .counts: nil
            case .notNow(let reason), .unknownIssuer(let reason), .never(let reason): reason
            }
        }
    }

    /// The status of the list under `anchors` at `now`, in seconds since 1970.
    ///
    /// The first call for a CA hashes the whole list, for its signature.
    public func status(under anchors: [Certificate], now: Int64) -> Status {
        let issuers = anchors.filter { $0.subject.matches(issuerName) }
        guard !issuers.isEmpty else {
            return .unknownIssuer(
                "it is of \(issuer), which is no CA of the trust set; it counts only for what a CA "
                    + "of that name, sent along by a client, has issued"
            )
        }
        guard issuers.contains(where: { $0.extensions.keyUsage?.contains(.cRLSign) ?? true }) else {
            return .never(
                "the key usage of \(issuer) does not allow it to sign revocation lists (cRLSign)"
            )
        }
        guard issuers.contains(where: { isSigned(by: $0) }) else {
            return .never("it is not signed by \(issuer) with the key that its certificate has")
        }
        if thisUpdate - Revocation.clockDifference > now {
            return .notNow("it begins at \(CertificateTime.text(thisUpdate))")
        }
        if nextUpdate < now { return .notNow("it ended at \(CertificateTime.text(nextUpdate))") }
        return .counts
    }
}
