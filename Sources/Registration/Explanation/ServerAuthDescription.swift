// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Storage

/// Words about certificates for servers only, as public CAs issue them: why one is accepted, or why
/// not and what to do.
struct ServerAuthDescription {
    private let verification: ChainVerification
    private let anchors: [Certificate]
    private let trustSet: TrustSetRecord?
    private let publicCA: (Certificate) -> String?

    private static let page = "Documentation/public-ca-cliff.md"

    /// `trustSet` is the one whose CAs `anchors` are, if any.
    init(
        _ verification: ChainVerification,
        _ anchors: [Certificate],
        _ trustSet: TrustSetRecord?,
        publicCA: @escaping (Certificate) -> String?
    ) {
        self.publicCA = publicCA
        self.verification = verification
        self.anchors = anchors
        self.trustSet = trustSet
    }

    /// The last day of the permission by which it is accepted; nil where it needs none.
    var lastDay: String? { verification.serverAuthUntil.map(ServerAuthPermission.day(of:)) }

    /// Why its purpose is accepted; nil where it is for clients anyway.
    var accepted: String? {
        lastDay.map { day in
            "for servers only; accepted only because of --allow-server-auth-until of the trust set"
                + " \(trustSet?.name ?? ""), until the end of \(day) (UTC)"
        }
    }

    /// The remedy for a certificate that was refused as a server's; nil if the reason is another
    /// one.
    var remedy: String? {
        guard case .refused(let error) = verification.result, error.code == .purpose else {
            return nil
        }
        let found = anchors.compactMap { anchor in
            publicCA(anchor).map { "\(anchor.subject.canonical) is a public CA: \($0)" }
        }
        // A CA that is for servers only refuses every client's certificate.
        guard error.serverAuth != nil || (verification.refusedBy == .path && !found.isEmpty)
        else { return nil }
        let cause =
            found.isEmpty
            ? "Public CAs issue such certificates now; a private CA can issue one with"
                + " extendedKeyUsage=clientAuth."
            : found.joined(separator: "; ")
                + ". Public CAs stop issuing certificates for clients."
        return "\(cause) Roll over to a self-signed certificate or to a private CA, as"
            + " \(Self.page) shows. " + exception
    }

    private var exception: String {
        guard let trustSet else {
            return "There is no exception for a client with CAs of its own; a trust set of the same"
                + " CA can have one, with --allow-server-auth-until."
        }
        let until = trustSet.serverAuthUntil.map {
            " in place of \(ServerAuthPermission.day(of: $0))"
        }
        return "Until that is done, `handfast trust-set update \(trustSet.name)"
            + " --allow-server-auth-until YYYY-MM-DD` accepts it\(until ?? "")."
    }
}
