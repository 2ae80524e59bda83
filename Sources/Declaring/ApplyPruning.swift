// SPDX-License-Identifier: Apache-2.0
internal import Registration
internal import Storage

extension ApplyPlanner {
    /// A generator that has failed leaves an empty file: no reason to remove everything.
    mutating func refusePruningByNothing() {
        guard let pruned, places.isEmpty, findings.isEmpty else { return }
        refuse(
            "--prune",
            "The files have no entry, so that everything with the label"
                + " \(PrintableText.escaped(pruned.name)) would be removed. If that is meant, use"
                + " `handfast client remove`, `user remove`, `trust-set remove` and `issuer"
                + " remove`."
        )
    }

    mutating func prune() throws {
        guard let pruned else { return }
        var query = ClientQuery(limit: ClientQuery.limitMax)
        query.label = pruned
        while true {
            let page = try reader.clients(matching: query)
            guard let last = page.last else { break }
            query.after = last.summary.clientID
            for client in page.map(\.summary) where !isDeclared(.client, client.clientID) {
                plan.removedClients.append(client.clientID)
                differ(.remove, .client, client.clientID, client.name)
            }
        }
        for user in try reader.users()
        where pruned.matches(user.labels) && !isDeclared(.user, user.name) {
            plan.removedUsers.append(user.name)
            differ(.remove, .user, user.name, user.name)
        }
        for set in try reader.trustSets()
        where pruned.matches(set.labels) && !isDeclared(.trustSet, set.name) {
            plan.removedTrustSets.append(set.name)
            differ(.remove, .trustSet, set.name, set.name)
        }
        for issuer in try reader.issuers()
        where pruned.matches(issuer.labels) && !isDeclared(.issuer, issuer.name) {
            plan.removedIssuers.append(issuer.name)
            differ(.remove, .issuer, issuer.name, issuer.name)
        }
    }

    private func isDeclared(_ kind: DeclaredKind, _ id: String) -> Bool {
        places[kind]?[id] != nil
    }
}
