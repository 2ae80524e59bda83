// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import OAuth
internal import Registration
internal import Storage

/// Builds registries from records and revocation lists: whole at the start, then change by change.
///
/// Does not read the store: `StoreWatcher` reads, and this applies the result.
struct RegistryBuilder {
    /// The parsed records.
    private(set) var contents: RegistryContents
    private let switchedOff: SwitchedOffClients
    private let log: Logger
    private var generation: UInt64 = 0

    /// The effect of a batch of news on the registry.
    struct Update {
        /// Whether there is another registry to hand out.
        var changesRegistry = false
        /// Whether there are other keys.
        var changesKeys = false
        /// The clients, and the issuers with keys at a URI, that were read anew.
        var keyOwners: Set<KeyOwner> = []
        /// Whether trust sets were read anew.
        var changesTrustSets = false
        /// The records read again, in the order of their changes.
        var changes: [RegistryChange] = []
        /// Whether everything was read anew, because there were too many changes to tell.
        var isWhole = false
    }

    init(_ switchedOff: SwitchedOffClients, log: Logger) {
        contents = RegistryContents(log: log)
        self.switchedOff = switchedOff
        self.log = log
    }

    /// The registry of all current contents, with the revocation data of each trust set.
    mutating func registry(revocations: [String: Revocation]) -> Registry {
        generation += 1
        let registry = contents.registry(revocations: revocations, generation: generation)
        switchedOff.use(registry)
        return registry
    }

    /// Applies a read of the store.
    mutating func apply(_ news: StoreNews) -> Update {
        switch news {
        case .whole(let new, let switches):
            for one in switches { switchedOff.settle(one.clientID, one.number, one.record) }
            new.takeActivity(of: contents)
            new.takeConfirmations(of: contents)
            let changesKeys = new.keys != contents.keys
            contents = new
            return Update(
                changesRegistry: true,
                changesKeys: changesKeys,
                changesTrustSets: true,
                isWhole: true
            )
        case .changes(let batch):
            return apply(batch)
        }
    }

    private mutating func apply(_ batch: StoreNews.Batch) -> Update {
        var update = Update()
        let (keyIDsBefore, setsBefore) = (contents.keyIDs, Set(contents.trustSets.keys))
        if let records = batch.trustSets {
            contents.set(records)
            update.changesTrustSets = true
            update.changesRegistry = true
        }
        if let records = batch.keys {
            let before = contents.keys
            contents.set(records)
            update.changesKeys = contents.keys != before
        }
        let issuersBefore = contents.issuers.names
        if let records = batch.issuers { replace(records, &update) }
        let setsAfter = Set(contents.trustSets.keys)
        for item in batch.items {
            let id = item.change.id
            let effect: RegistryChange.Effect?
            switch item.found {
            case .client(let record, let number):
                effect = replace(id, by: record, number)
                update.keyOwners.insert(.client(id))
                update.changesRegistry = true
            case .user(let record):
                let before = contents.users[id]?.isEnabled
                contents.set(record, named: id)
                effect = RegistryChange.effect(from: before, to: record?.enabled)
                update.changesRegistry = true
            case .key:
                effect = Self.effect(id, keyIDsBefore, contents.keyIDs)
            case .trustSet:
                effect = Self.effect(id, setsBefore, setsAfter)
            case .issuer:
                effect = Self.effect(id, issuersBefore, contents.issuers.names)
            case .adminToken(let isThere):
                // No request of a client is decided by it, and it never changes.
                effect = isThere ? .added : .removed
            }
            // The server wrote these keys and bundles after fetching them, and logged that.
            let isOurs =
                item.change.author == .server
                && [.client, .issuer, .trustSet].contains(item.change.kind)
            if let effect, !(isOurs && effect == .changed) {
                update.changes.append(RegistryChange(item.change, effect))
            }
        }
        return update
    }

    /// Parses all issuers again.
    private mutating func replace(_ records: [IssuerRecord], _ update: inout Update) {
        update.keyOwners.formUnion(contents.issuerOwners)
        contents.set(records)
        update.keyOwners.formUnion(contents.issuerOwners)
        update.changesRegistry = true
    }

    private static func effect(
        _ id: String,
        _ before: Set<String>,
        _ after: Set<String>
    ) -> RegistryChange.Effect {
        guard after.contains(id) else { return .removed }
        return before.contains(id) ? .changed : .added
    }

    /// Parses the client again; returns the change for the log, or nil where that is logged
    /// already: the client was switched off over the administrative listener, or the server itself
    /// has fetched its keys.
    private mutating func replace(
        _ id: String,
        by record: ClientRecord?,
        _ number: Int?
    ) -> RegistryChange.Effect? {
        switchedOff.settle(id, number, record)
        let before = contents.clients.client(Array(id.utf8).span)?.isEnabled
        if let record { contents.insert(record) } else { contents.removeClient(id) }
        if number != nil, record?.enabled == false { return nil }
        return RegistryChange.effect(from: before, to: record?.enabled)
    }
}
