// SPDX-License-Identifier: Apache-2.0
internal import OAuth
package import Storage

/// The values of a new trusted issuer or of a change; nil and empty mean "not given".
///
/// A given value replaces the registered one.
package struct IssuerChange: Sendable {
    package var issuer: String?
    package var keySet: KeySetRegistration?
    package var keysURI: String?
    package var algorithms: [String]?
    package var clients: [String]?
    /// The expected `aud`; `.standard` for this server's issuer.
    package var audience: OptionalChange<String>?
    package var subjects: OptionalChange<String>?
    /// Empty for those of the client.
    package var tokenAudiences: [String]?
    /// The same of scopes.
    package var scopes: [String]?
    package var maxLifetime: Int?
    package var replay: String?
    package var labels = LabelChange()

    package init() {}

    /// A value, or none again.
    package enum OptionalChange<Value: Sendable & Equatable>: Sendable, Equatable {
        case value(Value)
        case none

        var value: Value? { if case .value(let value) = self { value } else { nil } }
    }

    /// Whether nothing was said.
    package var isEmpty: Bool {
        issuer == nil && keySet == nil && keysURI == nil && algorithms == nil && clients == nil
            && audience == nil && subjects == nil && tokenAudiences == nil && scopes == nil
            && maxLifetime == nil && replay == nil && labels.isEmpty
    }
}

/// Whether a JWT of an issuer may be used more than once.
package enum ReplayChoice: String, Sendable, CaseIterable {
    /// Each JWT is used once.
    case refuse
    /// A JWT may be used again until it ends, which is soon.
    case allow
}

/// Validates trusted issuers: changes, never records that are only loaded.
package struct IssuerRegistration: Sendable {
    /// The record to be written.
    package let issuer: IssuerRecord
    /// Warnings for the person who registers the issuer.
    package let warnings: [RegistrationWarning]

    init(issuer: IssuerRecord, warnings: [RegistrationWarning]) {
        (self.issuer, self.warnings) = (issuer, warnings)
    }

    /// Throws what is wrong with a name before anything is looked for by it.
    package static func check(name: String) throws(RegistrationError) {
        if let finding = IssuerRules.nameFinding(name) { throw RegistrationError(finding) }
    }

    /// A new issuer as `change` says; throws everything that is wrong.
    package static func new(
        _ name: String,
        _ change: IssuerChange,
        at now: Int64
    ) throws(RegistrationError) -> IssuerRegistration {
        try accepted(empty(name, created: now), change, since: nil)
    }

    /// `old` after `change`; throws everything that is wrong with the change.
    package static func changed(
        _ old: IssuerRecord,
        by change: IssuerChange
    ) throws(RegistrationError) -> IssuerRegistration {
        try accepted(old, change, since: old)
    }

    /// `old` as a new issuer of `change` would be; throws everything that is wrong with what the
    /// change brings in.
    static func replaced(
        _ old: IssuerRecord,
        by change: IssuerChange
    ) throws(RegistrationError) -> IssuerRegistration {
        var start = empty(old.name, created: old.created)
        start.version = old.version
        if change.keysURI == old.jwksURI {
            (start.fetchedJWKS, start.fetchedAt) = (old.fetchedJWKS, old.fetchedAt)
        }
        return try accepted(start, change, since: old)
    }

    private static func empty(_ name: String, created: Int64) -> IssuerRecord {
        IssuerRecord(name: name, issuer: "", algorithms: [], clients: [], created: created)
    }

    private static func accepted(
        _ start: IssuerRecord,
        _ change: IssuerChange,
        since old: IssuerRecord?
    ) throws(RegistrationError) -> IssuerRegistration {
        var (issuer, findings) = applied(change, to: start, registered: old?.jwks)
        let known = old.map(IssuerRules.findings) ?? []
        findings += IssuerRules.findings(issuer).filter { finding in
            guard let old, known.contains(finding) else { return true }
            return !finding.fields.allSatisfy { IssuerRules.isSame($0, issuer, old) }
        }
        try RegistrationError.refuse(findings)
        if issuer.jwksURI != old?.jwksURI { (issuer.fetchedJWKS, issuer.fetchedAt) = (nil, nil) }
        let omissions = KeySetRegistration.warnings(of: change.keySet?.set.omissions ?? [])
        return IssuerRegistration(
            issuer: issuer,
            warnings: omissions.map { RegistrationWarning(.jwks, $0) }
                + IssuerRules.warnings(issuer)
        )
    }

    private static func applied(
        _ change: IssuerChange,
        to old: IssuerRecord,
        registered jwks: String?
    ) -> (IssuerRecord, [RegistrationFinding]) {
        var (issuer, findings) = (old, [RegistrationFinding]())
        if let text = change.issuer { issuer.issuer = text }
        // The one takes the place of the other, and both together are refused.
        if let keySet = change.keySet {
            issuer.jwks = keySet.text(instead: jwks)
            if change.keysURI == nil { issuer.jwksURI = nil }
        }
        if let uri = change.keysURI {
            issuer.jwksURI = uri
            if change.keySet == nil { issuer.jwks = nil }
        }
        if let algorithms = change.algorithms { issuer.algorithms = algorithms }
        if let clients = change.clients { issuer.clients = clients }
        if let audience = change.audience { issuer.audience = audience.value }
        if let subjects = change.subjects { issuer.subjects = subjects.value }
        if let audiences = change.tokenAudiences { issuer.tokenAudiences = audiences }
        if let scopes = change.scopes { issuer.scopes = scopes }
        if let seconds = change.maxLifetime { issuer.maxLifetime = seconds }
        if let word = change.replay { findings += apply(replay: word, to: &issuer) }
        findings += change.labels.apply(to: &issuer.labels)
        return (issuer, findings)
    }

    private static func apply(
        replay word: String,
        to issuer: inout IssuerRecord
    ) -> [RegistrationFinding] {
        if let choice = ReplayChoice(rawValue: word) {
            issuer.allowsReplay = choice == .allow
            return []
        }
        let known = ReplayChoice.allCases.map(\.rawValue).joined(separator: ", ")
        return [
            .invalid(
                .replay,
                "There is no such choice of \(field: .replay): \(PrintableText.escaped(word)).",
                remedy: "Choose one of \(known)."
            )
        ]
    }

    /// Whether the record differs from `old`; the order of its lists means nothing.
    package func changes(_ old: IssuerRecord) -> Bool {
        var new = issuer
        new.version = old.version
        for list in [\IssuerRecord.algorithms, \.clients, \.tokenAudiences, \.scopes]
        where Set(new[keyPath: list]) == Set(old[keyPath: list]) {
            new[keyPath: list] = old[keyPath: list]
        }
        return new != old
    }
}
