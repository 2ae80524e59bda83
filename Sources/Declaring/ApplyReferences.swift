// SPDX-License-Identifier: Apache-2.0
internal import Registration
internal import Storage
internal import Text

/// The relations of declared clients to what is registered and to each other: found before
/// anything is written, so that a dry run finds them too.
struct ApplyReferences {
    /// A client that gets a name, or another one.
    private struct Named {
        let clientID: String
        let name: String
        let place: () -> String
    }

    private let reader: any RegistrationReader
    /// Whether there is a client whose name could be in the way.
    private let hasClients: Bool
    private var named: [Named] = []
    /// Trust sets that clients name, by whether they are registered.
    private var trustSets: [String: Bool] = [:]
    private var missing: [(name: String, client: String, place: () -> String)] = []
    /// The clients of each trust set that are not registered with it yet.
    private var users: [String: Users] = [:]
    /// The registered clients that get another trust set, or none.
    private var moved: Set<String> = []

    /// The clients of a trust set: the first few, and how many there are.
    private struct Users {
        var names: [String] = []
        var count = 0

        mutating func add(_ name: String) {
            count += 1
            if names.count < 3 { names.append(PrintableText.escaped(name)) }
        }

        var text: String {
            names.joined(separator: ", ")
                + (count > names.count ? " and \(count - names.count) more" : "")
        }
    }

    init(_ reader: any RegistrationReader) throws(StoreError) {
        self.reader = reader
        hasClients = try reader.clientCount() > 0
    }

    /// Takes note of a declared client, in the place of `old`.
    mutating func note(
        _ client: ClientRecord,
        instead old: ClientRecord?,
        _ place: @escaping () -> String
    ) throws(StoreError) {
        if old?.name != client.name {
            named.append(Named(clientID: client.clientID, name: client.name, place: place))
        }
        guard old?.trustSet != client.trustSet else { return }
        if old?.trustSet != nil { moved.insert(client.clientID) }
        guard let name = client.trustSet else { return }
        users[name, default: Users()].add(client.name)
        if trustSets[name] == nil { trustSets[name] = try reader.trustSet(name) != nil }
        if trustSets[name] == false { missing.append((name, client.name, place)) }
    }

    /// Hands the clients whose trust set is neither registered nor declared to `refuse`.
    func checkTrustSets(
        isDeclared: (String) -> Bool,
        refuse: (_ place: () -> String, _ text: () -> String) -> Void
    ) {
        for one in missing where !isDeclared(one.name) {
            refuse(one.place) {
                "client \(PrintableText.escaped(one.client)): "
                    + RegistrationFinding.noTrustSet(one.name).text(MemberVocabulary())
            }
        }
    }

    /// Hands the clients to whose names others answer to `refuse`.
    ///
    /// `placeOfName` and `placeOfID` find declared clients; `isRemoved` knows those that go.
    func checkNames(
        placeOfName: (String) -> (() -> String)?,
        placeOfID: (String) -> (() -> String)?,
        isRemoved: (String) -> Bool,
        refuse: (_ place: () -> String, _ text: () -> String) -> Void
    ) throws(StoreError) {
        let newNames = Set(named.map(\.name))
        for one in named {
            // One that gets its name here, too, says it itself.
            let named = newNames.contains(one.clientID) ? nil : placeOfName(one.clientID)
            if one.name != one.clientID, let other = placeOfID(one.name) ?? named {
                refuse(one.place) {
                    "client \(PrintableText.escaped(one.name)): the client at \(other()) answers"
                        + " to its name or its client_id, too. Choose another one."
                }
            }
            guard hasClients else { continue }
            let taken = try ReferenceRules.takenNames(one.clientID, one.name, in: reader) {
                // A declared client has the name that its entry says by then, and keeps its id.
                isRemoved($0.clientID) || (placeOfID($0.clientID) != nil && $0.clientID != $1)
            }
            for finding in taken {
                refuse(one.place) {
                    "client \(PrintableText.escaped(one.name)): "
                        + finding.text(MemberVocabulary())
                }
            }
        }
    }

    /// The clients that need one of the trust sets `removed`, by its name and in words; linear in
    /// the registered clients.
    func users(
        of removed: [String],
        isRemoved: (String) -> Bool
    ) throws -> [(trustSet: String, clients: String)] {
        guard !removed.isEmpty else { return [] }
        var users = users.filter { removed.contains($0.key) }
        try reader.forEachClient { client in
            guard let name = client.trustSet, removed.contains(name),
                !moved.contains(client.clientID), !isRemoved(client.clientID)
            else { return }
            users[name, default: Users()].add(client.name)
        }
        return users.sorted { $0.key < $1.key }.map { ($0.key, $0.value.text) }
    }
}
