// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import Storage
package import Text

/// A trust set for programs.
package enum TrustSetInformation {
    /// A trust set as JSON, with the number of its clients and the status of its lists if given.
    package static func value(
        _ set: TrustSetRecord,
        clients: Int? = nil,
        lists: [RevocationListInformation]? = nil
    ) -> JSONValue {
        let certificates = CertificateRegistration.records(of: set)
        var members: [String: JSONValue] = [
            RegistrationField.trustSetName.rawValue: .string(set.name),
            RegistrationField.revocationSources.rawValue: .array(set.sources.map { .string($0) }),
            RegistrationField.revocation.rawValue: .string(set.revocation),
            "created_at": .integer(set.created),
        ]
        if let spiffe = set.spiffe {
            members[RegistrationField.trustDomain.rawValue] = .string(spiffe.trustDomain)
            members[RegistrationField.spiffeBundle.rawValue] = .string(spiffe.source)
            members[RegistrationField.maxStaleness.rawValue] = .integer(Int64(spiffe.maxStaleness))
            members["bundle"] = bundle(spiffe, certificates)
        } else {
            members[RegistrationField.caCertificates.rawValue] = CertificateKeySet.value(
                certificates
            )
        }
        members[RegistrationField.serverAuthUntil.rawValue] = set.serverAuthUntil.map {
            .string(ServerAuthPermission.day(of: $0))
        }
        members[RegistrationField.labels.rawValue] = LabelRules.value(set.labels)
        members["clients"] = clients.map { .integer(Int64($0)) }
        members["crl_lists"] = lists.map { .array($0.map(\.value)) }
        return .object(members)
    }

    /// The bundle that was taken from its source.
    private static func bundle(
        _ spiffe: SPIFFEBundleRecord,
        _ certificates: [CertificateRecord]
    ) -> JSONValue {
        .object([
            "sequence": .integer(spiffe.sequence),
            "refresh_hint": .integer(Int64(spiffe.refreshSeconds)),
            // A member that is null says "never".
            "checked_at": spiffe.checkedAt == 0 ? .null : .integer(spiffe.checkedAt),
            "ca_certificates": CertificateKeySet.value(certificates),
        ])
    }
}

/// A revocation list of a trust set, or why there is none at its source.
package struct RevocationListInformation: Sendable {
    package let source: String
    package private(set) var issuer: String?
    package private(set) var entries: Int?
    package private(set) var nextUpdate: Int64?
    /// Nil for a URL, which the server fetches and whoever asks does not.
    package private(set) var counts: Bool?
    package private(set) var reason: String?

    private init(source: String, counts: Bool? = nil, reason: String?) {
        (self.source, self.counts, self.reason) = (source, counts, reason)
    }

    /// The current lists of the sources of `set`, read by `read`; URLs are not fetched.
    package static func all(
        of set: TrustSetRecord,
        now: Int64,
        read: (String) throws(RevocationSourceError) -> [RevocationList]
    ) -> [RevocationListInformation] {
        // They were checked when they came in; without them no list counts.
        let anchors = (try? TrustSetRules.anchors(set)) ?? []
        return set.sources.flatMap { source -> [RevocationListInformation] in
            guard RevocationSource.isFile(source) else {
                return [Self(source: source, reason: "fetched by the server, not here")]
            }
            do throws(RevocationSourceError) {
                return try read(source).map { list in
                    let status = list.status(under: anchors, now: now)
                    var found = Self(
                        source: source,
                        counts: status == .counts,
                        reason: status.reason
                    )
                    found.issuer = list.issuer
                    found.entries = list.entryCount
                    found.nextUpdate = list.nextUpdate
                    return found
                }
            } catch {
                let reason = "\(PrintableText.escaped(source)): \(error.advice)"
                return [Self(source: source, counts: false, reason: reason)]
            }
        }
    }

    fileprivate var value: JSONValue {
        var members: [String: JSONValue] = ["source": .string(source)]
        members["issuer"] = issuer.map { .string($0) }
        members["entries"] = entries.map { .integer(Int64($0)) }
        members["next_update"] = nextUpdate.map { .integer($0) }
        members["counts"] = counts.map { .boolean($0) }
        members["reason"] = reason.map { .string($0) }
        return .object(members)
    }
}
