// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
package import Storage
package import Text

/// A client's certificate as it is listed: how long it lasts, and when it was used.
package struct CertificateListing: Sendable {
    package let record: CertificateRecord
    /// The last day may have less than 24 hours.
    package let daysLeft: Int64
    package let isExpired: Bool
    /// Nil where uses are not shown, as for CAs.
    package let uses: Uses?

    /// First and last use; nil where there was none.
    package struct Uses: Sendable {
        package let first: Int64?
        package let last: Int64?
    }

    private init(
        _ record: CertificateRecord,
        _ uses: [RegisteredCertificateUse]?,
        now: Int64
    ) {
        self.record = record
        daysLeft = ServerAuthPermission.daysLeft(to: record.notAfter, now: now)
        isExpired = record.notAfter < now
        self.uses = uses.map { uses in
            let use = uses.first { $0.thumbprint == record.thumbprint }
            return Uses(first: use?.firstSeen, last: use?.lastSeen)
        }
    }

    /// The certificates of a client.
    package static func certificates(
        of client: ClientRecord,
        _ uses: [RegisteredCertificateUse],
        now: Int64
    ) -> [CertificateListing] {
        client.certificates.map { Self($0, uses, now: now) }
    }

    /// The CAs of a client, those of its trust `set` where it has one.
    package static func caCertificates(
        of client: ClientRecord,
        in set: TrustSetRecord?,
        now: Int64
    ) -> [CertificateListing] {
        let records = set.map(CertificateRegistration.records) ?? client.caCertificates
        return records.map { Self($0, nil, now: now) }
    }

    /// The JWK, with dates and uses.
    package var value: JSONValue {
        var members = CertificateKeySet.members(record)
        members["not_before"] = .string(CertificateTime.text(record.notBefore))
        members["not_after"] = .string(CertificateTime.text(record.notAfter))
        members["days_left"] = .integer(daysLeft)
        members["expired"] = .boolean(isExpired)
        if let uses {
            // A member that is null says "never"; one that is missing would say nothing.
            members["first_seen"] = Self.value(uses.first)
            members["last_seen"] = Self.value(uses.last)
        }
        return .object(members)
    }

    private static func value(_ seconds: Int64?) -> JSONValue {
        seconds.map { .string(CertificateTime.text($0)) } ?? .null
    }
}

extension CertificateListing {
    /// The columns of a list, with first and last use where somebody looks at that.
    static func columns(withUses: Bool) -> TextColumns {
        let uses = withUses ? [("FIRST SEEN", 20), ("LAST SEEN", 20)] : []
        return TextColumns(
            [("THUMBPRINT", 43), ("NOT BEFORE", 20), ("NOT AFTER", 20), ("DAYS LEFT", 9)] + uses
                + [("SUBJECT", 0)]
        )
    }

    /// Its line in a list.
    var line: String {
        let cells = [
            Thumbprint.text(record.thumbprint), Self.time(record.notBefore),
            Self.time(record.notAfter), isExpired ? "expired" : "\(daysLeft)",
        ]
        let seen = uses.map { [Self.time($0.first), Self.time($0.last)] } ?? []
        return Self.columns(withUses: uses != nil).line(cells + seen + [record.subject])
    }

    private static func time(_ seconds: Int64?) -> String {
        seconds.map(CertificateTime.text) ?? "never"
    }
}

extension CertificateListing {
    /// The list of a client's own certificates with their uses in `store`, or of its CAs.
    package static func presentation(
        of client: ClientRecord,
        caCertificates isOfCAs: Bool,
        in store: some RegistrationStore,
        now: Int64
    ) throws(StoreError) -> Presentation {
        if !isOfCAs, client.method == .spiffeX509 {
            return SPIFFEIDListing.presentation(
                of: try store.spiffeIDUses(of: client.clientID, limit: SPIFFEIDListing.limit)
            )
        }
        let listed: [CertificateListing]
        if isOfCAs {
            var set: TrustSetRecord?
            if let name = client.trustSet { set = try store.trustSet(name) }
            listed = caCertificates(of: client, in: set, now: now)
        } else {
            let uses = try store.certificateUses(of: client.clientID)
            listed = certificates(of: client, uses, now: now)
        }
        return Presentation(
            lines: [columns(withUses: !isOfCAs).heading] + listed.map(\.line),
            value: .object(["keys": .array(listed.map(\.value))])
        )
    }

    /// The same from the record alone: without uses, and without the CAs of a trust set.
    package static func value(
        of client: ClientRecord,
        caCertificates isOfCAs: Bool,
        now: Int64
    ) -> JSONValue {
        let records = isOfCAs ? client.caCertificates : client.certificates
        return .object(["keys": .array(records.map { Self($0, nil, now: now).value })])
    }
}
