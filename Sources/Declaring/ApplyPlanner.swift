// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Registration
package import Storage
internal import Text

/// Compares a declaration with what is registered; writes nothing.
package struct ApplyPlanner {
    let reader: any RegistrationReader
    let pruned: LabelSelector?
    let now: Int64
    let lookup: CertificateLookup
    var plan = ApplyPlan()
    private var references: ApplyReferences
    private var declaredCAs = DeclaredCAs()
    var findings: [DeclarationFinding] = []
    private var findingCount = 0
    private var warningCount = 0
    /// Where each entry stands, by kind and identity.
    var places: [DeclaredKind: [String: () -> String]] = [:]
    private var clientNames: [String: () -> String] = [:]
    /// The clients that issuers name, and did not before.
    var issuerClients: [(clientID: String, issuer: String, place: () -> String)] = []
    /// The declared trust sets, as they become.
    private var declaredSets: [String: TrustSetRecord] = [:]
    /// The registered clients that have no SPIFFE ID any more.
    private var withoutSPIFFEID: Set<String> = []
    /// The names of registered users, once a new one was declared.
    private var userNames: Set<String>?

    /// The plan for these files; throws everything that is wrong with them, and the store's errors.
    ///
    /// Everything that has the label `pruned` and is in none of the files is removed. Blocks: reads
    /// the files that are named.
    package static func plan(
        _ files: [DeclarationFile],
        pruning pruned: LabelSelector? = nil,
        in store: some RegistrationStore,
        at now: Int64
    ) throws -> ApplyPlan {
        try store.read { reader in
            var planner = try ApplyPlanner(reader, pruned, now)
            var ahead = EntriesAhead()
            for file in files {
                try file.forEachEntry { entry in
                    ahead.add(entry)
                    if ahead.isFull { try planner.addNext(of: &ahead) }
                }
            }
            while try planner.addNext(of: &ahead) {}
            planner.refusePruningByNothing()
            planner.checkTrustSets()
            try planner.finish()
            try planner.prune()
            planner.plan.pruned = pruned
            // By what every entry becomes, and by what goes: not before all are known.
            try planner.checkNames()
            try planner.checkSPIFFEIDs()
            try planner.checkRemovals()
            try planner.checkIssuers()
            try planner.checkIssuerNames()
            try planner.finish()
            let unlisted = planner.warningCount - planner.plan.warnings.count
            if unlisted > 0 { planner.plan.warnings.append("there are \(unlisted) more warnings") }
            return planner.plan
        }
    }

    private init(
        _ reader: any RegistrationReader,
        _ pruned: LabelSelector?,
        _ now: Int64
    ) throws(StoreError) {
        (self.reader, self.pruned, self.now) = (reader, pruned, now)
        lookup = { try reader.certificate($0) }
        references = try ApplyReferences(reader)
    }

    /// Throws what was found so far.
    private func finish() throws(DeclarationError) {
        guard !findings.isEmpty else { return }
        throw DeclarationError(findings, more: findingCount - findings.count)
    }

    /// Adds the first of the entries that wait; whether there was one.
    @discardableResult private mutating func addNext(
        of entries: inout EntriesAhead
    ) throws -> Bool {
        guard let next = entries.next() else { return false }
        let unchanged = plan.unchanged
        try add(next.entry, next.soundKeys)
        entries.isWorthwhile = plan.unchanged == unchanged
        return true
    }

    private mutating func add(_ entry: DeclaredEntry, _ soundKeys: Set<Digest256>) throws {
        do {
            switch entry.kind {
            case .client: try addClient(entry, soundKeys)
            case .user: try addUser(entry)
            case .trustSet: try addTrustSet(entry)
            case .issuer: try addIssuer(entry)
            }
        } catch let error as RegistrationError {
            for finding in error.findings {
                let about = finding.about.map { "\(PrintableText.escaped($0)): " } ?? ""
                refuse(
                    entry.place(entry.member(of: finding)),
                    entry.owner + about + finding.text(DeclarationVocabulary())
                )
            }
        }
    }

    /// Notes a finding; a place costs time, and is asked for only while it is listed.
    mutating func refuse(
        _ place: @autoclosure () -> String,
        _ text: @autoclosure () -> String
    ) {
        findingCount += 1
        if findings.count < DeclarationError.findingsMax {
            findings.append(DeclarationFinding(place(), text()))
        }
    }

    mutating func warn(_ text: @autoclosure () -> String) {
        warningCount += 1
        if plan.warnings.count < DeclarationError.findingsMax { plan.warnings.append(text()) }
    }

    /// Notes an entry; false, with a finding, where another one has its identity.
    mutating func note(_ id: String, _ entry: DeclaredEntry) -> Bool {
        if let other = places[entry.kind, default: [:]].updateValue(entry.start, forKey: id) {
            refuse(
                entry.start(),
                "The \(entry.kind.noun) \(PrintableText.escaped(id)) stands at \(other()), too."
            )
            return false
        }
        return true
    }

    /// Judges the label by which entries are removed, of what is registered and of what it becomes.
    mutating func checkLabels(
        _ entry: DeclaredEntry,
        _ name: String,
        before: [String: String]?,
        after: [String: String]
    ) {
        guard let pruned, let value = pruned.value else { return }
        let shown = "\(pruned.name)=\(value)"
        for (labels, words) in [(before ?? [:], "is registered"), (after, "stands here")] {
            if let other = labels[pruned.name], other != value {
                refuse(
                    entry.place(RegistrationField.labels.rawValue),
                    "The \(entry.kind.noun) \(PrintableText.escaped(name)) \(words) with the label"
                        + " \(pruned.name)=\(PrintableText.escaped(other)), and not \(shown):"
                        + " others keep it. Leave it out, or apply it without --prune."
                )
                return
            }
        }
        if after[pruned.name] == nil {
            warn(
                "\(entry.place(nil)): the \(entry.kind.noun) \(PrintableText.escaped(name)) has no"
                    + " label \(shown), and is not removed when it is left out one day"
            )
        }
    }

    // MARK: Kinds

    /// Leaves off what was switched off, where the entry does not say otherwise: it may have been
    /// an emergency, of which the file does not know.
    private mutating func keepDisabled(
        _ document: inout JSONValue,
        _ isEnabled: Bool?,
        _ entry: DeclaredEntry,
        _ name: String
    ) {
        let member = RegistrationField.enabled.rawValue
        guard isEnabled == false, case .object(var members) = document, members[member] == nil
        else { return }
        members[member] = .boolean(false)
        document = .object(members)
        warn(
            "\(entry.place(nil)): the \(entry.kind.noun) \(PrintableText.escaped(name)) is disabled"
                + " and stays so; `enabled: true` would enable it"
        )
    }

    private mutating func addClient(
        _ entry: DeclaredEntry,
        _ soundKeys: Set<Digest256>
    ) throws {
        var document = try entry.document()
        let clientID = document[RegistrationField.clientID.rawValue]?.text
        let name = document[RegistrationField.clientName.rawValue]?.text
        guard clientID ?? name != nil else {
            return refuse(
                entry.place(nil),
                "A client is known by its client_id or its client_name. Give one of them."
            )
        }
        let old = try registered(clientID, name)
        keepDisabled(&document, old?.enabled, entry, name ?? clientID ?? "")
        let made = try registration(of: document, instead: old, soundKeys)
        let client = made.client
        guard note(client.clientID, entry) else { return }
        if let other = clientNames.updateValue(entry.start, forKey: client.name) {
            refuse(
                entry.place(RegistrationField.clientName.rawValue),
                "The client at \(other()) has the name \(PrintableText.escaped(client.name)), too."
            )
        }
        checkLabels(entry, client.name, before: old?.labels, after: client.labels)
        if let secret = made.secret {
            plan.secrets.append(
                .init(clientID: client.clientID, name: client.name, secret: secret)
            )
        }
        try warn(of: made, at: entry, isChanged: old.map(made.changes) ?? true)
        try references.note(client, instead: old, entry.start)
        if old?.spiffeID != nil, client.spiffeID == nil { withoutSPIFFEID.insert(client.clientID) }
        guard let old else {
            plan.clients.append(.insert(client))
            return differ(.create, .client, client.clientID, client.name)
        }
        guard made.changes(old) else { return plan.unchanged += 1 }
        plan.clients.append(.update(client))
        if client.name != old.name { plan.renamed.insert(client.clientID) }
        let members = ApplyDifference.members(
            ClientInformation.value(old),
            ClientInformation.value(client, secret: made.secret.map { _ in "(new)" }),
            besides: ClientDocument.readOnlyMembers
        )
        differ(.change, .client, client.clientID, client.name, members)
    }

    /// Warns of a registration that is good and may be unwise; of public CAs where it is written.
    private mutating func warn(
        of made: ClientRegistration,
        at entry: DeclaredEntry,
        isChanged: Bool
    ) throws {
        for warning in made.warnings {
            warn("\(entry.place(warning.field.rawValue)): \(warning.text)")
        }
        guard isChanged else { return }
        for text in try declaredCAs.warnings(of: made.client, in: reader) {
            warn("\(entry.place(RegistrationField.trustSet.rawValue)): \(text)")
        }
    }

    private mutating func addUser(_ entry: DeclaredEntry) throws {
        var document = try entry.document()
        guard let name = document["name"]?.text else {
            return refuse(entry.place(nil), "A user has a name. Give `name`.")
        }
        guard note(name, entry) else { return }
        let old = try reader.user(name)
        keepDisabled(&document, old?.enabled, entry, name)
        let user =
            try old.map { try UserDocument.replacing($0, by: document, at: now) }
            ?? UserDocument.new(document, at: now)
        checkLabels(entry, name, before: old?.labels, after: user.labels)
        guard let old else {
            if userNames == nil { userNames = Set(try reader.users().map(\.name)) }
            if userNames?.contains(name) == true {
                // Under the same letters in another spelling.
                throw RegistrationError(.takenUser(name))
            }
            plan.users.append(.insert(user))
            return differ(.create, .user, name, name)
        }
        guard user != old else { return plan.unchanged += 1 }
        plan.users.append(.update(user))
        let members = ApplyDifference.members(
            UserRegistration.information(old),
            UserRegistration.information(user),
            besides: UserDocument.readOnlyMembers
        )
        differ(.change, .user, name, name, members)
    }

    private mutating func addTrustSet(_ entry: DeclaredEntry) throws {
        let document = try entry.document()
        guard let name = document["name"]?.text else {
            return refuse(entry.place(nil), "A trust set has a name. Give `name`.")
        }
        guard note(name, entry) else { return }
        let old = TrustSetRecord.isName(name) ? try reader.trustSet(name) : nil
        let files = TrustSetFiles(of: document, besides: old, in: entry.folder, now: now)
        let made =
            try old.map {
                try TrustSetDocument.replacing(
                    $0,
                    by: document,
                    files: files,
                    at: now,
                    lookup: lookup
                )
            } ?? TrustSetDocument.new(document, files: files, at: now, lookup: lookup)
        checkLabels(entry, name, before: old?.labels, after: made.set.labels)
        for warning in made.warnings {
            warn("\(entry.place(warning.field.rawValue)): \(warning.text)")
        }
        if old.map(made.changes) ?? true {
            for text in declaredCAs.warnings(of: made.set) { warn("\(entry.place(nil)): \(text)") }
        }
        declaredSets[name] = made.set
        guard let old else {
            plan.trustSets.append(.insert(made.set))
            return differ(.create, .trustSet, name, name)
        }
        guard made.changes(old) else { return plan.unchanged += 1 }
        plan.trustSets.append(.update(made.set))
        let members = ApplyDifference.members(
            TrustSetInformation.value(old),
            TrustSetInformation.value(made.set),
            besides: TrustSetDocument.readOnlyMembers
        )
        differ(.change, .trustSet, name, name, members)
    }

    mutating func differ(
        _ action: ApplyDifference.Action,
        _ kind: DeclaredKind,
        _ id: String,
        _ name: String,
        _ members: [ApplyDifference.Member] = []
    ) {
        plan.differences.append(
            ApplyDifference(action: action, kind: kind, id: id, name: name, members: members)
        )
    }

    // MARK: References

    private mutating func checkTrustSets() {
        let declared = places[.trustSet] ?? [:]
        let (found, sets) = (references, declaredSets)
        found.checkTrustSets(
            isDeclared: { declared[$0] != nil },
            declared: { sets[$0] },
            refuse: { refuse($0(), $1()) }
        )
    }

    private mutating func checkSPIFFEIDs() throws {
        let free = references.clientsWithNewSPIFFEID.union(withoutSPIFFEID)
            .union(plan.removedClients)
        let found = references
        try found.checkSPIFFEIDs(isFree: { free.contains($0) }, refuse: { refuse($0(), $1()) })
    }

    private mutating func checkNames() throws {
        let (ids, names) = (places[.client] ?? [:], clientNames)
        let removed = Set(plan.removedClients)
        let found = references
        try found.checkNames(
            placeOfName: { names[$0] },
            placeOfID: { ids[$0] },
            isRemoved: { removed.contains($0) },
            refuse: { refuse($0(), $1()) }
        )
    }

    private mutating func checkRemovals() throws {
        let removed = Set(plan.removedClients)
        let users = try references.users(of: plan.removedTrustSets) { removed.contains($0) }
        for (trustSet, clients) in users {
            refuse(
                "--prune",
                "The trust set \(PrintableText.escaped(trustSet)) would be removed, and is used by"
                    + " \(clients). Give these clients another one, or remove them, or put the"
                    + " trust set into a file."
            )
        }
    }
}
