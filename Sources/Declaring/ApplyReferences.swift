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
    /// Trust sets that clients name, as they are registered; nil for those that are not.
    private var trustSets: [String: TrustSetRecord?] = [:]
    private var unfit: [(client: String, finding: RegistrationFinding, place: () -> String)] = []
    private var missing: [Missing] = []
    /// The clients that get a SPIFFE ID, or another one, with the record that they become.
    private var workloads: [(client: ClientRecord, place: () -> String)] = []
    /// The clients of each trust set that are not registered with it yet.
    private var users: [String: Users] = [:]
    /// The registered clients that get another trust set, or none.
    private var moved: Set<String> = []

    /// A client whose trust set is not registered.
    private struct Missing {
        let name: String
        let client: String
        let spiffeID: String?
        let place: () -> String
    }

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
        if client.spiffeID != nil, old?.spiffeID != client.spiffeID {
            workloads.append((client, place))
        }
        guard old?.trustSet != client.trustSet || old?.spiffeID != client.spiffeID else { return }
        if old?.trustSet != nil { moved.insert(client.clientID) }
        guard let name = client.trustSet else { return }
        users[name, default: Users()].add(client.name)
        if trustSets[name] == nil { trustSets[name] = .some(try reader.trustSet(name)) }
        if let set = trustSets[name] ?? nil {
            if let finding = RegistrationFinding.unfitTrustSet(set, client) {
                unfit.append((client.name, finding, place))
            }
        } else {
            missing.append(
                Missing(
                    name: name,
                    client: client.name,
                    spiffeID: client.spiffeID,
                    place: place
                )
            )
        }
    }

    /// Hands the clients whose trust set is neither registered nor declared to `refuse`, and those
    /// whose trust set is for other clients.
    func checkTrustSets(
        isDeclared: (String) -> Bool,
        declared: (String) -> TrustSetRecord?,
        refuse: (_ place: () -> String, _ text: () -> String) -> Void
    ) {
        for one in missing {
            var finding: RegistrationFinding?
            if !isDeclared(one.name) {
                finding = .noTrustSet(one.name)
            } else if let set = declared(one.name) {
                finding = .unfitTrustSet(set, one.spiffeID)
            }
            if let finding { refuse(one.place) { Self.text(one.client, finding) } }
        }
        for one in unfit { refuse(one.place) { Self.text(one.client, one.finding) } }
    }

    private static func text(_ client: String, _ finding: RegistrationFinding) -> String {
        "client \(PrintableText.escaped(client)): " + finding.text(MemberVocabulary())
    }

    /// Hands the clients whose SPIFFE ID, or pattern, another one has to `refuse`.
    ///
    /// `isFree` knows the registered clients that get another ID here, or go.
    func checkSPIFFEIDs(
        isFree: (_ clientID: String) -> Bool,
        refuse: (_ place: () -> String, _ text: () -> String) -> Void
    ) throws(StoreError) {
        var owners: [String: String] = [:]
        for (client, place) in workloads {
            let spiffeID = client.spiffeID ?? ""
            if let other = owners.updateValue(client.clientID, forKey: spiffeID) {
                refuse(place) {
                    Self.text(client.name, .takenSPIFFEID(spiffeID, by: other))
                }
                continue
            }
            let finding = try ReferenceRules.takenSPIFFEID(client, in: reader) {
                isFree($0.clientID)
            }
            if let finding { refuse(place) { Self.text(client.name, finding) } }
        }
    }

    /// The registered clients that get another SPIFFE ID here.
    var clientsWithNewSPIFFEID: Set<String> { Set(workloads.map(\.client.clientID)) }

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
