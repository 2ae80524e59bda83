// SPDX-License-Identifier: Apache-2.0
internal import Registration
internal import Storage
internal import Text

/// The trusted issuers of a declaration, and the clients that they name.
extension ApplyPlanner {
    mutating func addIssuer(_ entry: DeclaredEntry) throws {
        let document = try entry.document()
        guard let name = document["name"]?.text else {
            return refuse(entry.place(nil), "An issuer has a name. Give `name`.")
        }
        guard note(name, entry) else { return }
        let old = IssuerRecord.isName(name) ? try reader.issuer(name) : nil
        let made =
            try old.map { try IssuerDocument.replacing($0, by: document, at: now) }
            ?? IssuerDocument.new(document, at: now)
        let issuer = made.issuer
        checkLabels(entry, name, before: old?.labels, after: issuer.labels)
        for warning in made.warnings {
            warn("\(entry.place(warning.field.rawValue)): \(warning.text)")
        }
        let place = { entry.place(RegistrationField.issuerClients.rawValue) }
        issuerClients += IssuerReferences.new(issuer, instead: old).map { ($0, name, place) }
        guard let old else {
            plan.issuers.append(.insert(issuer))
            return differ(.create, .issuer, name, name)
        }
        guard made.changes(old) else { return plan.unchanged += 1 }
        plan.issuers.append(.update(issuer))
        let members = ApplyDifference.members(
            IssuerFacts.information(old),
            IssuerFacts.information(issuer),
            besides: IssuerDocument.readOnlyMembers
        )
        differ(.change, .issuer, name, name, members)
    }

    /// Refuses clients and users that begin as the subjects of an issuer do, and issuers to whose
    /// names they belong.
    mutating func checkIssuerNames() throws {
        let removed = Set(plan.removedIssuers)
        for kind in [DeclaredKind.client, .user] {
            for (id, place) in places[kind] ?? [:] {
                guard let name = IssuerRecord.name(beginning: id) else { continue }
                let isRegistered = try !removed.contains(name) && reader.issuer(name) != nil
                guard isRegistered || places[.issuer]?[name] != nil else { continue }
                refuse(
                    place(),
                    "\(kind.noun) \(PrintableText.escaped(id)): The subjects of the issuer \(name)"
                        + " begin so. Choose another one."
                )
            }
        }
        let (clients, users) = (Set(plan.removedClients), Set(plan.removedUsers))
        for case .insert(let issuer) in plan.issuers {
            let beginning = issuer.name + ":"
            // In the order of bytes, those that begin so stand behind the beginning.
            var named: [String] = try reader.clients(after: beginning, limit: 1).map(\.clientID)
                .filter { !clients.contains($0) }
            named += try reader.users().map(\.name).filter { !users.contains($0) }
            for id in named where id.hasPrefix(beginning) {
                guard let place = places[.issuer]?[issuer.name] else { continue }
                refuse(
                    place(),
                    "issuer \(issuer.name): \(PrintableText.escaped(id)) begins as its subjects"
                        + " would. Choose another name."
                )
            }
        }
    }

    /// Refuses issuers that name clients which are neither registered nor declared, or go.
    mutating func checkIssuers() throws {
        let removed = Set(plan.removedClients)
        for one in issuerClients where places[.client]?[one.clientID] == nil {
            let isThere = try reader.client(one.clientID) != nil
            guard !isThere || removed.contains(one.clientID) else { continue }
            refuse(
                one.place(),
                "issuer \(PrintableText.escaped(one.issuer)): "
                    + RegistrationFinding.noIssuerClient(one.clientID).text(MemberVocabulary())
            )
        }
    }
}
