// SPDX-License-Identifier: Apache-2.0
internal import Registration
package import Storage
internal import Text

/// The registrations as a declaration, whose application changes nothing.
///
/// Trust sets, users and issuers by name, clients by `client_id`; never a secret or a password.
package struct RegistrationExport {
    /// The language of the text.
    package enum Format: String, Sendable, CaseIterable {
        case yaml
        case json
    }

    private let format: Format
    private let put: ([UInt8]) throws -> Void
    private var isFirstList = true
    private var isFirstEntry = true

    /// Hands the text to `put`, an entry at a time; of those that `label` matches, or of all.
    ///
    /// A state of one moment; the memory is that of an entry.
    package static func write(
        _ store: some RegistrationStore,
        label: LabelSelector? = nil,
        as format: Format = .yaml,
        to put: @escaping ([UInt8]) throws -> Void
    ) throws {
        try store.read { reader in
            var export = RegistrationExport(format: format, put: put)
            try export.write(reader, label)
        }
    }

    private init(format: Format, put: @escaping ([UInt8]) throws -> Void) {
        (self.format, self.put) = (format, put)
    }

    private mutating func write(_ reader: any RegistrationReader, _ label: LabelSelector?) throws {
        if format == .json { try put(Array("{".utf8)) }
        let sets = try reader.trustSets().filter { label?.matches($0.labels) ?? true }
        try list(.trustSet) { export in
            for set in sets { try export.entry(Self.members(set), RegistrationField.ofTrustSets) }
        }
        let users = try reader.users().filter { label?.matches($0.labels) ?? true }
        try list(.user) { export in
            for user in users { try export.entry(Self.members(user), []) }
        }
        try list(.client) { export in
            var query = ClientQuery(limit: ClientQuery.limitMax)
            query.label = label
            while true {
                let page = try reader.clients(matching: query)
                guard let last = page.last else { break }
                query.after = last.summary.clientID
                for found in page {
                    guard let client = try reader.client(found.summary.clientID) else { continue }
                    try export.entry(Self.members(client), RegistrationField.ofClients)
                }
            }
        }
        let issuers = try reader.issuers().filter { label?.matches($0.labels) ?? true }
        try list(.issuer) { export in
            for issuer in issuers {
                try export.entry(Self.members(issuer), RegistrationField.ofIssuers)
            }
        }
        try put(Array((format == .json ? "\n}\n" : "").utf8))
    }

    private mutating func list(
        _ kind: DeclaredKind,
        _ body: (inout RegistrationExport) throws -> Void
    ) throws {
        isFirstEntry = true
        switch format {
        case .yaml: try put(Array("\(kind.rawValue):\n".utf8))
        case .json:
            try put(Array("\(isFirstList ? "" : ",")\n  \"\(kind.rawValue)\": [".utf8))
        }
        isFirstList = false
        try body(&self)
        if format == .json { try put(Array((isFirstEntry ? "]" : "\n  ]").utf8)) }
    }

    /// Members in the order of `fields`, others behind them.
    private mutating func entry(
        _ members: [String: JSONValue],
        _ fields: [RegistrationField]
    ) throws {
        if format == .json {
            var text = Array((isFirstEntry ? "\n" : ",\n").utf8)
            JSONText.append(.object(members), to: &text)
            isFirstEntry = false
            return try put(text)
        }
        let order = Dictionary(
            uniqueKeysWithValues: fields.enumerated().map { ($1.rawValue, $0) }
        )
        let sorted = members.sorted {
            (order[$0.key] ?? .max, $0.key) < (order[$1.key] ?? .max, $1.key)
        }
        var text = YAMLText()
        for (index, (name, value)) in sorted.enumerated() {
            if index == 0 {
                text.appendFirst(name, value, depth: 2)
            } else {
                text.append(name, value, depth: 2)
            }
        }
        isFirstEntry = false
        try put(text.out)
    }

    private static func members(
        _ value: JSONValue,
        besides hidden: [String]
    ) -> [String: JSONValue] {
        guard case .object(let members) = value else { return [:] }
        return members.filter { !hidden.contains($0.key) }
    }

    private static func members(_ set: TrustSetRecord) -> [String: JSONValue] {
        var members = members(
            TrustSetInformation.value(set),
            besides: TrustSetDocument.readOnlyMembers
        )
        // The CAs of a trust domain come from its bundle.
        if set.spiffe == nil {
            members[RegistrationField.caCertificates.rawValue] = texts(set.caCertificates)
        }
        return members
    }

    private static func members(_ issuer: IssuerRecord) -> [String: JSONValue] {
        members(IssuerFacts.information(issuer), besides: IssuerDocument.readOnlyMembers)
    }

    private static func members(_ user: UserRecord) -> [String: JSONValue] {
        members(
            UserRegistration.information(user),
            besides: UserDocument.readOnlyMembers + [RegistrationField.subject.rawValue]
        )
    }

    private static func members(_ client: ClientRecord) -> [String: JSONValue] {
        var members = members(
            ClientInformation.value(client),
            // The response types follow from the grant types.
            besides: ClientDocument.readOnlyMembers + [RegistrationField.responseTypes.rawValue]
        )
        if client.jwksURI == nil, !client.certificates.isEmpty {
            members[RegistrationField.jwks.rawValue] = nil
            members[RegistrationField.certificates.rawValue] = texts(client.certificates.map(\.der))
        }
        if !client.caCertificates.isEmpty {
            members[RegistrationField.caCertificates.rawValue] = texts(
                client.caCertificates.map(\.der)
            )
        }
        return members
    }

    private static func texts(_ certificates: [[UInt8]]) -> JSONValue {
        .array(certificates.map { .string(CertificateText.pem($0)) })
    }
}
