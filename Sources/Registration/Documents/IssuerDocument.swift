// SPDX-License-Identifier: Apache-2.0
package import Storage
package import Text

/// A trusted issuer's JSON object as people and programs give it: what `IssuerFacts` prints.
package enum IssuerDocument {
    /// Members of the server's answer, which change nothing.
    package static let readOnlyMembers = ["created_at", "fetched_jwks", "fetched_at", "warnings"]

    /// A new issuer, called `name` or as the document says; throws everything that is wrong.
    package static func new(
        _ document: JSONValue,
        name address: String? = nil,
        at now: Int64
    ) throws -> IssuerRegistration {
        let read = try Self.read(document, address, now)
        return try IssuerRegistration.new(read.name, read.change, at: now)
    }

    /// `old` replaced by what the document says, left out for default; throws everything that is
    /// wrong.
    package static func replacing(
        _ old: IssuerRecord,
        by document: JSONValue,
        at now: Int64
    ) throws -> IssuerRegistration {
        try IssuerRegistration.replaced(old, by: try read(document, old.name, now).change)
    }

    /// `old` after a JSON Merge Patch (RFC 7396) of what is printed of it.
    package static func patching(
        _ old: IssuerRecord,
        with patch: JSONValue,
        at now: Int64
    ) throws -> IssuerRegistration {
        try replacing(old, by: IssuerFacts.information(old).merged(with: patch), at: now)
    }

    private static func read(
        _ document: JSONValue,
        _ address: String?,
        _ now: Int64
    ) throws -> (name: String, change: IssuerChange) {
        guard case .object(let members) = document else {
            throw RegistrationError(
                .invalid(.issuerName, "An issuer is a JSON object.", remedy: "")
            )
        }
        var reader = DocumentReader(members, now: now) { _ in nil }
        if let name = members["name"], name != .null {
            if name.text == nil || address.map({ name != .string($0) }) ?? false {
                reader.add(
                    .invalid(
                        .issuerName,
                        "The name of an issuer is a string, and does not change.",
                        remedy: "Leave `name` out"
                            + (address.map { ", or give \(PrintableText.escaped($0))." } ?? ".")
                    )
                )
            }
        }
        var change = IssuerChange()
        change.issuer = reader.text(.issuer)
        change.keySet = reader.keySet(registered: nil).set
        change.keysURI = reader.text(.jwksURI)
        change.algorithms = reader.texts(.issuerAlgorithms)
        change.clients = reader.texts(.issuerClients)
        change.audience = reader.text(.expectedAudience).map { .value($0) }
        change.subjects = reader.text(.subjectPattern).map { .value($0) }
        change.tokenAudiences = reader.texts(.tokenAudiences)
        change.scopes = reader.texts(.issuerScopes)
        change.maxLifetime = reader.number(.maxLifetime)
        change.replay = reader.text(.replay)
        if let labels = reader.labels() { change.labels = labels }
        for member in reader.unknown(
            besides: RegistrationField.ofIssuers,
            readOnlyMembers + ["name"]
        ) {
            reader.add(
                .unknown(member, among: ["name"] + RegistrationField.ofIssuers.map(\.rawValue))
            )
        }
        try reader.finish()
        return (address ?? members["name"]?.text ?? "", change)
    }
}

extension RegistrationField {
    /// The members of an issuer's document besides its name.
    package static let ofIssuers: [RegistrationField] = [
        .issuer, .jwks, .jwksURI, .issuerAlgorithms, .issuerClients, .expectedAudience,
        .subjectPattern, .tokenAudiences, .issuerScopes, .maxLifetime, .replay, .labels,
    ]
}
