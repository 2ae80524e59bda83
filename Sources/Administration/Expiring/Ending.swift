// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Registration
internal import Storage
internal import Telemetry
internal import Text

/// Something whose time ends, and the remedy.
struct Ending: Sendable {
    /// The kinds of things that end.
    enum Kind: String, Sendable, CaseIterable {
        case clientCertificate = "client_certificate"
        case clientCA = "client_ca"
        case trustSetCA = "trust_set_ca"
        /// The permission for certificates of servers.
        case serverAuth = "server_auth_permission"
        case revocationList = "revocation_list"
        case serverCertificate = "server_certificate"
        case key
    }

    let kind: Kind
    /// For people: a subject, a source, a kid.
    let name: String
    /// The last second of its time, since 1970.
    let ends: Int64
    /// Whether something else takes its place, or nothing depends on it.
    var isHandled = false
    let remedy: String
    /// Members besides, by which the thing is found.
    var details: [String: JSONValue] = [:]

    func value(now: Int64) -> JSONValue {
        let dates = CertificateDates(notBefore: .min, notAfter: ends)
        let members: [String: JSONValue] = [
            "kind": .string(kind.rawValue),
            "name": .string(name),
            "ends": .integer(ends),
            "days_left": .integer(dates.daysLeft(now: now)),
            "ended": .boolean(ends < now),
            "handled": .boolean(isHandled),
            "remedy": .string(remedy),
        ]
        return .object(members.merging(details) { own, _ in own })
    }
}

extension Ending {
    /// The end of a certificate that clients have: of the client for which most is to be done, so
    /// that it is handled where it is so for all.
    init(_ certificate: EndingCertificate) {
        let last = certificate.lastEnd ?? 0
        let hasSuccessor = last > certificate.notAfter
        let remedy =
            switch certificate.use {
            case .caCertificate:
                "Register the CA's successor with the client beside this one, or name a trust set"
                    + " in its place."
            case .registered where hasSuccessor:
                "Another certificate of the client is valid until \(CertificateTime.text(last))."
                    + " Remove this one when it is not used any more."
            case .registered where certificate.isFetched:
                "The server fetches the client's keys: let the JWK Set at its jwks_uri have the"
                    + " next certificate."
            case .registered:
                "Register the client's next certificate beside this one, and let the client change"
                    + " to it."
            }
        self.init(
            kind: certificate.use == .registered ? .clientCertificate : .clientCA,
            name: certificate.subject,
            ends: certificate.notAfter,
            isHandled: hasSuccessor || !certificate.enabled,
            remedy: certificate.enabled ? remedy : "The client is disabled. " + remedy,
            details: [
                "client_id": .string(certificate.clientID),
                "client_name": .string(certificate.clientName),
                "clients": .integer(Int64(certificate.clients)),
                "enabled": .boolean(certificate.enabled),
                "thumbprint": .string(Digest256(certificate.thumbprint)?.base64URL ?? ""),
            ]
        )
    }

    /// The ends of a trust set: its CAs, and its permission for certificates of servers.
    ///
    /// None of a trust domain, whose CAs its bundle renews.
    static func all(of set: TrustSetRecord, now: Int64) -> [Ending] {
        guard set.spiffe == nil else { return [] }
        let anchors = set.caCertificates.compactMap { try? Certificate(der: $0) }
        var endings = anchors.map { anchor in
            // One that is renewed stands beside its successor until its clients are renewed too.
            let successor = anchors.first {
                $0.notAfter > anchor.notAfter && $0.notBefore <= now
                    && $0.subject.matches(anchor.subject)
            }
            let end = successor.map { CertificateTime.text($0.notAfter) }
            return Ending(
                kind: .trustSetCA,
                name: anchor.subject.canonical,
                ends: anchor.notAfter,
                isHandled: successor != nil,
                remedy: end.map {
                    "Its successor is in the trust set, and valid until \($0). Remove this one when"
                        + " no client has a certificate under it."
                } ?? "Add the CA's successor to the trust set beside it, before the clients'"
                    + " certificates are renewed. With its end all clients under it are refused.",
                details: [
                    "trust_set": .string(set.name),
                    "thumbprint": .string(anchor.thumbprint.base64URL),
                ]
            )
        }
        if let until = set.serverAuthUntil {
            endings.append(
                Ending(
                    kind: .serverAuth,
                    name: set.name,
                    ends: until - 1,
                    remedy: "Clients whose certificates are for servers only are refused from then"
                        + " on: roll them over to a private CA or to self-signed certificates.",
                    details: ["trust_set": .string(set.name)]
                )
            )
        }
        return endings
    }

    /// The end of a revocation list.
    init(_ list: RevocationListEnd) {
        self.init(
            kind: .revocationList,
            name: list.issuer,
            ends: list.nextUpdate,
            remedy: "Let its CA publish the next list at \(list.source): the server reads it by"
                + " itself. Without one, trust sets with hard revocation refuse their clients.",
            details: [
                "source": .string(list.source),
                "trust_sets": .array(list.trustSets.map { .string($0) }),
            ]
        )
    }

    /// The end of a certificate that the server shows on all its listeners.
    init(_ certificate: CertificateEnd, listeners: [String]) {
        self.init(
            kind: .serverCertificate,
            name: certificate.name,
            ends: certificate.notAfter,
            remedy: "Write the renewed certificate to \(certificate.path), and its key if that is"
                + " a new one: the server reads both by itself.",
            details: [
                "file": .string(certificate.path),
                "listeners": .array(listeners.map { .string($0) }),
                "server_names": .array(certificate.serverNames.map { .string($0) }),
            ]
        )
    }

    /// The ends of keys of tokens: of those that are still to be retired, and of those that the
    /// schedule will replace.
    static func all(
        of keys: [KeyRecord],
        _ schedule: TokenKeySchedule?,
        now: Int64
    ) -> [Ending] {
        func ending(_ key: KeyRecord, _ end: Int64, _ remedy: String) -> Ending {
            Ending(
                kind: .key,
                name: key.keyID,
                ends: end,
                isHandled: true,
                remedy: remedy,
                details: ["kid": .string(key.keyID), "key_kind": .string(key.kind)]
            )
        }
        let retiring = keys.compactMap { key in
            key.retiredAt.flatMap { end in
                end < now ? nil : ending(key, end, "Nothing: its successor takes over then.")
            }
        }
        let replaced = TokenKeyKind.allCases.compactMap { kind -> Ending? in
            guard let end = schedule?.end(of: kind, among: keys),
                let key = keys.last(where: { $0.kind == kind.stored && $0.retiredAt == nil })
            else { return nil }
            return ending(
                key,
                end,
                "Nothing: the server makes the successor a day before (keys.rotate_days)."
            )
        }
        return retiring + replaced
    }
}
