// SPDX-License-Identifier: Apache-2.0
package import Text

/// How the audit calls what it does not copy: certificates, key sets, and what is too long.
package struct AuditNaming: Sendable {
    /// The SHA-256 of bytes, in base64url as thumbprints are.
    let digest: @Sendable ([UInt8]) -> String
    /// The subject of a certificate in DER; empty where it cannot be read.
    let subject: @Sendable ([UInt8]) -> String

    /// `digest` is SHA-256 in base64url, `subject` reads a certificate's DER.
    package init(
        digest: @escaping @Sendable ([UInt8]) -> String,
        subject: @escaping @Sendable ([UInt8]) -> String
    ) {
        self.digest = digest
        self.subject = subject
    }
}

/// A record, or a part of it, as the audit says it: members by their names in `show --json`.
///
/// Secrets are compared and never shown, nor is the material of keys.
package struct AuditFacts: Sendable, Equatable {
    /// A certificate by its thumbprint, in base64url, and its subject.
    struct NamedCertificate: Sendable, Hashable {
        let thumbprint: String
        let subject: String

        var value: JSONValue {
            .object(["x5t#S256": .string(thumbprint), "subject": .string(subject)])
        }
    }

    let kind: String
    let id: String
    var members: [String: JSONValue] = [:]
    /// By the name of the member that says whether there is one.
    var secrets: [String: String] = [:]
    /// By the name of the member.
    var certificates: [String: [NamedCertificate]] = [:]

    init(_ kind: Change.Kind, _ id: String) {
        self.kind = kind.rawValue
        self.id = id
    }

    /// A part of a record that can be enabled and disabled, for writes that read nothing else.
    package init(_ kind: Change.Kind, _ id: String, enabled: Bool, tokensValidFrom: Int64) {
        self.init(kind, id)
        setSwitch(enabled, tokensValidFrom)
    }

    /// A record of which only the identity can be read.
    package init(unreadable kind: Change.Kind, _ id: String) {
        self.init(kind, id)
        members["unreadable"] = .boolean(true)
    }

    mutating func setSwitch(_ enabled: Bool, _ tokensValidFrom: Int64) {
        members["enabled"] = .boolean(enabled)
        if tokensValidFrom > 0 { members["tokens_valid_from"] = .integer(tokensValidFrom) }
    }

    mutating func set(_ name: String, _ text: String?) {
        if let text { members[name] = .string(text) }
    }

    mutating func set(_ name: String, _ number: Int?) {
        if let number { members[name] = .integer(Int64(number)) }
    }

    mutating func setLabels(_ labels: [String: String]) {
        guard !labels.isEmpty else { return }
        members["labels"] = .object(labels.mapValues(JSONValue.string))
    }

    mutating func set(_ name: String, _ list: [String]) {
        if !list.isEmpty { members[name] = .array(list.map(JSONValue.string)) }
    }
}

/// The difference between two states of a record, in the audit's words.
package struct AuditChange: Sendable, Equatable {
    package let kind: String
    package let id: String
    package let action: String
    package let before: String?
    package let after: String?

    /// A longer member is named by its digest, so that no change makes a row without bound.
    static let memberBytesMax = 4_096
    /// More certificates than these in one list are counted.
    static let certificatesMax = 32
    /// A longer subject of a certificate is cut.
    static let subjectCharactersMax = 256

    /// A record that was added or removed, or the difference between its two states.
    ///
    /// Where nothing differs, it is the sort of change that was `asked` for.
    package init(
        from before: AuditFacts?,
        to after: AuditFacts?,
        asked: AuditAction = .change,
        _ naming: AuditNaming
    ) {
        let facts = after ?? before
        (kind, id) = (facts?.kind ?? "", facts?.id ?? "")
        let sides = Self.sides(before, after)
        action = Self.action(before, after, sides, asked).rawValue
        self.before = before.map { _ in Self.text(sides.before, naming) }
        self.after = after.map { _ in Self.text(sides.after, naming) }
    }

    /// A change of the audit itself, or of the store's keys, of which `facts` say more.
    package init(ofStore id: String, _ action: AuditAction, _ facts: [String: JSONValue] = [:]) {
        kind = "audit"
        self.id = id
        self.action = action.rawValue
        before = nil
        after = facts.isEmpty ? nil : String(decoding: Self.line(facts), as: UTF8.self)
    }

    /// An impersonation, at the client that got the token: whom it acts as, and for what.
    package init(_ impersonation: Impersonation) {
        var facts = AuditFacts(.client, impersonation.clientID)
        facts.set("sub", impersonation.subject)
        let scopes = impersonation.scopes
        facts.set("scope", scopes.isEmpty ? nil : scopes.joined(separator: " "))
        facts.set("audiences", impersonation.audiences)
        (kind, id) = (facts.kind, facts.id)
        action = AuditAction.impersonate.rawValue
        before = nil
        after = String(decoding: Self.line(facts.members), as: UTF8.self)
    }

    private static func line(_ facts: [String: JSONValue]) -> [UInt8] {
        var line: [UInt8] = []
        JSONText.append(.object(facts), to: &line)
        return line
    }

    /// The entry of this change.
    package func entry(sequence: Int64, time: Int64, author: Author) -> AuditEntry {
        AuditEntry(
            sequence: sequence,
            time: time,
            author: author.text,
            kind: kind,
            id: id,
            action: action,
            before: before,
            after: after
        )
    }

    // MARK: The members that differ

    private typealias Members = [String: JSONValue]

    private static func sides(
        _ before: AuditFacts?,
        _ after: AuditFacts?
    ) -> (before: Members, after: Members) {
        guard let before else { return ([:], whole(after)) }
        guard let after else { return (whole(before), [:]) }
        var sides: (before: Members, after: Members) = ([:], [:])
        for name in Set(before.members.keys).union(after.members.keys)
        where before.members[name] != after.members[name] {
            // A member that is missing on one side alone is there as null on that side.
            sides.before[name] = before.members[name] ?? .null
            sides.after[name] = after.members[name] ?? .null
        }
        for name in Set(before.secrets.keys).union(after.secrets.keys)
        where before.secrets[name] != after.secrets[name] {
            let had = before.secrets[name] != nil
            sides.before[name] = had ? .string("set") : .null
            let has = had ? "changed" : "set"
            sides.after[name] = after.secrets[name] == nil ? .null : .string(has)
        }
        for name in Set(before.certificates.keys).union(after.certificates.keys) {
            let old = before.certificates[name] ?? []
            let new = after.certificates[name] ?? []
            let removed = old.filter { !new.contains($0) }
            let added = new.filter { !old.contains($0) }
            if !removed.isEmpty { sides.before[name + "_removed"] = list(removed) }
            if !added.isEmpty { sides.after[name + "_added"] = list(added) }
        }
        return sides
    }

    private static func whole(_ facts: AuditFacts?) -> Members {
        guard let facts else { return [:] }
        var members = facts.members
        for name in facts.secrets.keys { members[name] = .string("set") }
        for (name, certificates) in facts.certificates where !certificates.isEmpty {
            members[name] = list(certificates)
        }
        return members
    }

    private static func list(_ certificates: [AuditFacts.NamedCertificate]) -> JSONValue {
        let more = certificates.count - certificatesMax
        let named = certificates.prefix(certificatesMax).map(\.value)
        return .array(more > 0 ? named + [.object(["more": .integer(Int64(more))])] : named)
    }

    private static func text(_ members: Members, _ naming: AuditNaming) -> String {
        var text: [UInt8] = []
        JSONText.append(.object(members), to: &text)
        guard text.count > memberBytesMax else { return String(decoding: text, as: UTF8.self) }
        var bounded = members
        for (name, value) in members where !isCertificates(name) {
            var one: [UInt8] = []
            JSONText.append(value, to: &one)
            guard one.count > memberBytesMax else { continue }
            bounded[name] = .object([
                "bytes": .integer(Int64(one.count)), "sha256": .string(naming.digest(one)),
            ])
        }
        text = []
        JSONText.append(.object(bounded), to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Bounded already, by their number and the length of their subjects.
    private static func isCertificates(_ name: String) -> Bool {
        AuditFacts.certificateLists.contains { name.hasPrefix($0) }
    }

    // MARK: The sort of change

    private static func action(
        _ before: AuditFacts?,
        _ after: AuditFacts?,
        _ sides: (before: Members, after: Members),
        _ asked: AuditAction
    ) -> AuditAction {
        guard before != nil else { return .add }
        guard after != nil else { return .remove }
        let names = Set(sides.before.keys).union(sides.after.keys)
        let others = names.subtracting(["tokens_valid_from"])
        if others == ["enabled"] {
            return sides.after["enabled"] == .boolean(true) ? .enable : .disable
        }
        if others.isEmpty { return names.isEmpty || asked != .change ? asked : .endTokens }
        if others == ["password"] { return .changePassword }
        if names == ["client_secret"] { return .changeSecret }
        if names == ["retired_at"] { return .retire }
        if names.allSatisfy(isCertificates) { return .changeCertificates }
        let isFetched = names.contains(AuditFacts.fetchedKeys)
        let rest = names.subtracting([AuditFacts.fetchedKeys])
        return isFetched && rest.allSatisfy(isCertificates) ? .fetchKeys : .change
    }
}
