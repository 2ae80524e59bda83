// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Registration
internal import Snapshots
internal import Storage

/// A read of the store: everything, or the changes since the last read.
enum StoreNews: Sendable {
    /// Everything, and what the store has of the clients that are switched off in memory.
    case whole(RegistryContents, [Switch])
    /// The changed records.
    case changes(Batch)

    /// A client that is switched off: the number of the switch before its record was read.
    struct Switch: Sendable {
        let clientID: String
        let number: Int?
        let record: ClientRecord?
    }

    /// Changes, and the records as they were read after them.
    ///
    /// Trust sets, issuers and keys are few, and read all together: once, however many of them
    /// changed.
    struct Batch: Sendable {
        /// In the order in which they were made.
        let items: [Item]
        /// Every trust set; nil where none has changed.
        var trustSets: [TrustSetRecord]?
        /// Every trusted issuer; nil where none has changed.
        var issuers: [IssuerRecord]?
        /// Every key; nil where none has changed.
        var keys: [KeyRecord]?
    }

    /// A change, and the record as it was read after it.
    struct Item: Sendable {
        let change: Change
        let found: Found
    }

    /// A changed record as the store has it now.
    enum Found: Sendable {
        /// The client, nil for none, and the number of its switch before the record was read.
        case client(ClientRecord?, Int?)
        case user(UserRecord?)
        /// The key is among the batch's keys, or was removed.
        case key
        /// The trust set is among the batch's trust sets, or was removed.
        case trustSet
        /// The issuer is among the batch's issuers, or was removed.
        case issuer
        /// Whether there is such a token for administrators.
        case adminToken(Bool)
    }

    /// Reads everything; the position to which it belongs.
    ///
    /// Blocks; linear in the clients, of which one at a time is a record. The records are the
    /// node's new snapshot, where it keeps one.
    static func readWhole(
        _ store: any RegistrationStore,
        _ switchedOff: SwitchedOffClients,
        into snapshot: NodeSnapshot?,
        log: Logger
    ) throws -> (StoreNews, ChangePosition) {
        guard let snapshot else { return try readWhole(store, switchedOff, nil, log: log) }
        return try snapshot.replaceRegistry {
            try readWhole(store, switchedOff, $0, log: log)
        }
    }

    private static func readWhole(
        _ store: any RegistrationStore,
        _ switchedOff: SwitchedOffClients,
        _ draft: SnapshotDraft?,
        log: Logger
    ) throws -> (StoreNews, ChangePosition) {
        // Before the records: a switch that comes later is not settled by them.
        let numbers = switchedOff.clientIDs.map { ($0, switchedOff.number(of: $0)) }
        return try store.read { reader in
            let (contents, position) = try readContents(reader, draft, log: log)
            let switches = try numbers.map { clientID, number in
                Switch(
                    clientID: clientID,
                    number: number,
                    record: try reader.client(clientID)
                )
            }
            return (.whole(contents, switches), position)
        }
    }

    /// The contents of the registry, and the position to which they belong.
    static func readContents(
        _ reader: any RegistrationReader,
        _ draft: SnapshotDraft? = nil,
        log: Logger
    ) throws -> (contents: RegistryContents, position: ChangePosition) {
        let position = try reader.position()
        var contents = RegistryContents(clientsExpected: try reader.clientCount(), log: log)
        let (sets, keys) = (try reader.trustSets(), try reader.keys())
        let issuers = try reader.issuers()
        contents.set(sets)
        contents.set(issuers)
        contents.set(keys)
        draft?.append(.trustSets(sets))
        draft?.append(.issuers(issuers))
        draft?.append(.keys(keys))
        for user in try reader.users() {
            contents.set(user, named: user.name)
            draft?.append(.user(user))
        }
        try reader.forEachClient { client in
            contents.insert(client)
            draft?.append(.client(client))
        }
        return (contents, position)
    }

    /// Reads the node's snapshot, in place of a store that is away.
    static func read(_ snapshot: NodeSnapshot, log: Logger) throws -> StoreNews {
        var contents = RegistryContents(log: log)
        try snapshot.forEachRegistration { record in
            switch record {
            case .client(let client): contents.insert(client)
            case .noClient(let id): contents.removeClient(id)
            case .user(let user): contents.set(user, named: user.name)
            case .noUser(let name): contents.set(nil, named: name)
            case .trustSets(let sets): contents.set(sets)
            case .issuers(let issuers): contents.set(issuers)
            case .keys(let keys): contents.set(keys)
            case .revoked, .secret: break
            }
        }
        return .whole(contents, [])
    }

    /// The records of a batch, as a snapshot has them.
    var snapshotRecords: [SnapshotRecord] {
        guard case .changes(let batch) = self else { return [] }
        var records: [SnapshotRecord] = []
        if let sets = batch.trustSets { records.append(.trustSets(sets)) }
        if let issuers = batch.issuers { records.append(.issuers(issuers)) }
        if let keys = batch.keys { records.append(.keys(keys)) }
        for item in batch.items {
            switch item.found {
            case .client(let client, _):
                records.append(client.map { .client($0) } ?? .noClient(item.change.id))
            case .user(let user): records.append(user.map { .user($0) } ?? .noUser(item.change.id))
            case .key, .trustSet, .issuer, .adminToken: break
            }
        }
        return records
    }

    /// Reads what `changes` name.
    ///
    /// Blocks.
    static func read(
        _ changes: [Change],
        _ store: any RegistrationStore,
        _ switchedOff: SwitchedOffClients
    ) throws -> StoreNews {
        let numbers = changes.map { switchedOff.number(of: $0.id) }
        let kinds = Set(changes.map(\.kind))
        return .changes(
            try store.read { reader in
                let tokens =
                    kinds.contains(.adminToken)
                    ? Set(try reader.adminTokens().map(\.name)) : []
                let items = try zip(changes, numbers).map { change, number in
                    let found: Found =
                        switch change.kind {
                        case .client: .client(try reader.client(change.id), number)
                        case .user: .user(try reader.user(change.id))
                        case .key: .key
                        case .trustSet: .trustSet
                        case .issuer: .issuer
                        case .adminToken: .adminToken(tokens.contains(change.id))
                        }
                    return Item(change: change, found: found)
                }
                return Batch(
                    items: items,
                    trustSets: kinds.contains(.trustSet) ? try reader.trustSets() : nil,
                    issuers: kinds.contains(.issuer) ? try reader.issuers() : nil,
                    keys: kinds.contains(.key) ? try reader.keys() : nil
                )
            }
        )
    }
}
