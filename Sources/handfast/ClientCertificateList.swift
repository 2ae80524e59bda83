// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Registration
internal import Storage
internal import Text

/// Lists the certificates of a client.
struct ClientCertificateList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the certificates of a client: when they end, and when they were used.",
        discussion: """
            The server notes when a registered certificate authenticates its client: the first and \
            the last time. A certificate that was replaced can be taken away when the new one is \
            seen and the old one no longer is.
            """
    )

    @OptionGroup var argument: ClientArgument

    @Flag(help: "List the CAs, those of its trust set where it has one.")
    var ca = false

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JWK Set (RFC 7517) with x5c members, dates and sightings.")
    var json = false

    func run() throws {
        let now = epochSeconds()
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        let client = try store.client(clientID)
        var found = (ca ? client?.certificateAuthorities : client?.certificates) ?? []
        if ca, let set = try client?.trustSet.flatMap({ try store.trustSet($0) }) {
            found = CertificateRegistration.records(of: set)
        }
        let sightings = ca ? nil : try store.sightings(of: clientID)
        let listed = found.map { ListedCertificate($0, sightings, now: now) }
        if json {
            print(Output.json(.object(["keys": .array(listed.map(\.value))])))
        } else {
            print(ListedCertificate.heading(withSightings: !ca))
            for certificate in listed { print(certificate.line) }
        }
    }
}

/// A certificate, how long it lasts, and when it was used.
private struct ListedCertificate {
    private let record: CertificateRecord
    private let now: Int64
    /// The last day may have less than 24 hours.
    private var daysLeft: Int64 {
        ServerAuthPermission.daysLeft(to: record.notAfter, now: now)
    }
    private var isExpired: Bool { record.notAfter < now }
    /// First and last use; nil where nobody looks, as for CAs.
    private let seen: (first: Int64?, last: Int64?)?

    init(_ record: CertificateRecord, _ sightings: [CertificateSighting]?, now: Int64) {
        self.record = record
        self.now = now
        seen = sightings.map { sightings in
            let sighting = sightings.first { $0.thumbprint == record.thumbprint }
            return (sighting?.firstSeen, sighting?.lastSeen)
        }
    }

    static func heading(withSightings: Bool) -> String {
        row(
            "THUMBPRINT",
            "NOT BEFORE",
            "NOT AFTER",
            "DAYS LEFT",
            withSightings ? ("FIRST SEEN", "LAST SEEN") : nil,
            "SUBJECT"
        )
    }

    var line: String {
        Self.row(
            Thumbprint.text(record.thumbprint),
            CertificateTime.text(record.notBefore),
            CertificateTime.text(record.notAfter),
            isExpired ? "expired" : "\(daysLeft)",
            seen.map { (Self.time($0.first), Self.time($0.last)) },
            record.subject
        )
    }

    private static func time(_ seconds: Int64?) -> String {
        seconds.map(CertificateTime.text) ?? "never"
    }

    private static func row(
        _ thumbprint: String,
        _ notBefore: String,
        _ notAfter: String,
        _ daysLeft: String,
        _ seen: (first: String, last: String)?,
        _ subject: String
    ) -> String {
        var cells = [(thumbprint, 43), (notBefore, 20), (notAfter, 20), (daysLeft, 9)]
        if let seen { cells += [(seen.first, 20), (seen.last, 20)] }
        return Output.columns(cells + [(subject, 0)])
    }

    /// The JWK, with dates and sightings.
    var value: JSONValue {
        var members = CertificateKeySet.members(record)
        members["not_before"] = .string(CertificateTime.text(record.notBefore))
        members["not_after"] = .string(CertificateTime.text(record.notAfter))
        members["days_left"] = .integer(daysLeft)
        members["expired"] = .boolean(isExpired)
        if let seen {
            // A member that is null says "never"; one that is missing would say nothing.
            members["first_seen"] = Self.value(seen.first)
            members["last_seen"] = Self.value(seen.last)
        }
        return .object(members)
    }

    private static func value(_ seconds: Int64?) -> JSONValue {
        seconds.map { .string(CertificateTime.text($0)) } ?? .null
    }
}
