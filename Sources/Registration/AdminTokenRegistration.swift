// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
package import Text

/// A token for the administrative listener, just made: the only moment at which it can be read.
package struct AdminTokenRegistration: Sendable {
    package let record: AdminTokenRecord
    /// Secret: 43 characters of base64url, 256 random bits.
    package let token: String

    /// Far more than there are people and pipelines; each request looks through none of them.
    package static let tokensMax = 256

    private static let randomBytes = 32

    /// A token of this name and role.
    package static func new(
        _ name: String,
        role: AdministratorRole,
        at now: Int64
    ) throws -> AdminTokenRegistration {
        try RegistrationError.refuse(nameFindings(name))
        let random = try RandomBytes.make(randomBytes)
        let token = Base64URL.encode(random.span)
        let digest = digest(of: token.span)
        return AdminTokenRegistration(
            record: AdminTokenRecord(name: name, role: role, digest: digest, createdAt: now),
            token: String(decoding: token, as: UTF8.self)
        )
    }

    /// The digest by which a store finds the record of `token`.
    ///
    /// One fast hash: a token of 256 random bits is guessed no faster than the digest.
    package static func digest(of token: Span<UInt8>) -> [UInt8] {
        Digest256.of(token).bytes
    }

    /// Writes the record; refuses a name that is taken, and more than `tokensMax`.
    package func insert(
        into store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws {
        try store.write(by: author, at: now) { writer in
            guard try writer.adminTokens().count < Self.tokensMax else {
                throw RegistrationError(
                    .conflict(
                        .tokenRole,
                        "There are \(Self.tokensMax) tokens for administrators already.",
                        remedy: "Remove one that is not used any more."
                    )
                )
            }
            try writer.insert(record)
        }
    }

    /// Removes the token of this name, which opens nothing from then on.
    package static func remove(
        _ name: String,
        from store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws {
        try RegistrationError.refuse(nameFindings(name))
        try store.removeAdminToken(name, by: author, at: now)
    }

    private static func nameFindings(_ name: String) -> [RegistrationFinding] {
        if name == Author.firstTokenName {
            return [
                .invalid(
                    .trustSetName,
                    "\(name) is the name of the token in admin.token.",
                    remedy: "Choose another name; that token is replaced by a new file."
                )
            ]
        }
        guard AdminTokenRecord.isName(name) else {
            return [
                .invalid(
                    .trustSetName,
                    "The name of a token has 1 to 64 letters, digits, full stops, underscores and"
                        + " hyphens, without accents.",
                    remedy: ""
                )
            ]
        }
        return []
    }
}

extension AdminTokenRegistration: Presentable {
    package var text: String {
        FactLines.text([
            ("name", record.name), ("role", record.role.rawValue), ("token", token),
        ])
    }

    package var value: JSONValue {
        guard case .object(var members) = Self.information(record) else { return .null }
        members["token"] = .string(token)
        return .object(members)
    }

    /// A token for programs, without what it opens.
    package static func information(_ record: AdminTokenRecord) -> JSONValue {
        .object([
            RegistrationField.trustSetName.rawValue: .string(record.name),
            RegistrationField.tokenRole.rawValue: .string(record.role.rawValue),
            "created_at": .integer(record.createdAt),
        ])
    }

    /// The list of `tokens`; the one in `admin.token` is not among them.
    package static func presentation(of tokens: [AdminTokenRecord]) -> Presentation {
        let columns = TextColumns([("ROLE", 10), ("MADE", 20), ("NAME", 0)])
        let lines = tokens.map { token in
            columns.line([
                token.role.rawValue, CertificateTime.text(token.createdAt), token.name,
            ])
        }
        return Presentation(
            lines: lines.isEmpty ? [] : [columns.heading] + lines,
            value: .array(tokens.map(information))
        )
    }
}
