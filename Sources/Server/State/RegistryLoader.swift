// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import OAuth
internal import Registration
internal import Storage

/// Makes registries from the store: whole at the start, then by what has changed.
struct RegistryLoader {
    private let store: any RegistrationStore
    private let switchedOff: SwitchedOffClients
    private let log: Logger
    private var policies: Set<SharedPolicy> = []
    private var position = ChangePosition.start
    private var generation: UInt64 = 0
    /// What revokes certificates of each trust set; none where it says nothing.
    private var revocations: [String: Revocation] = [:]

    /// The registry as it was last built.
    private(set) var registry = Registry(clients: ClientRegistry(), users: [:], generation: 0)
    /// The trust sets as they were last read, by their names.
    private(set) var trustSets: [String: TrustSet] = [:]
    /// Whose keys have to be fetched, by `client_id`.
    private(set) var remoteKeys: [String: RemoteKeys] = [:]
    /// The keys as they were last read.
    private(set) var keys = TokenKeys(signing: SigningKeys([]), sealing: SealingKeys([]))
    private var keyIDs: Set<String> = []

    /// What a look at the store found.
    struct Update {
        var registry: Registry?
        var keys: TokenKeys?
        /// What was read anew, in the order in which it changed.
        var changes: [RegistryChange] = []
        /// Whether everything was read anew, because there were too many changes to tell.
        var isWhole = false
    }

    init(_ store: any RegistrationStore, _ switchedOff: SwitchedOffClients, log: Logger) throws {
        self.store = store
        self.switchedOff = switchedOff
        self.log = log
        try loadAll()
        try loadKeys()
    }

    /// A trust set whose authorities can be used.
    struct TrustSet {
        let record: TrustSetRecord
        let verifier: ChainVerifier
    }

    /// Where a client's keys are.
    struct RemoteKeys: Equatable {
        let uri: String
        let method: ClientAuthenticationMethod
        let wereFetched: Bool
    }

    /// Takes over what is revoked now; the registry that knows of it.
    mutating func use(_ revocations: [String: Revocation]) -> Registry {
        self.revocations = revocations
        swap(registry.clients, registry.users)
        return registry
    }

    /// Looks whether another connection has written; costs microseconds when not.
    ///
    /// When it throws, everything is as before, and the next call finds the same changes again.
    mutating func poll() throws -> Update {
        guard try store.waitForChange(after: position, milliseconds: 0) else { return Update() }
        let before = self
        do {
            return try apply(store.changes(after: position))
        } catch {
            self = before
            throw error
        }
    }

    private mutating func apply(_ changes: Changes) throws -> Update {
        var update = Update()
        switch changes {
        case .reload:
            update.isWhole = true
            try loadAll()
            update.registry = registry
            if try loadKeys() { update.keys = keys }
        case .some(let position, let list):
            var clients = registry.clients
            var users = registry.users
            let (keysBefore, setsBefore) = (keyIDs, Set(trustSets.keys))
            for change in list {
                let effect: RegistryChange.Effect?
                switch change.kind {
                case .client: effect = try replace(change.id, in: &clients)
                case .user:
                    let user = try store.user(change.id).map(Self.user)
                    effect = RegistryChange.effect(
                        from: users[change.id]?.isEnabled,
                        to: user?.isEnabled
                    )
                    users[change.id] = user
                case .key:
                    if try loadKeys() { update.keys = keys }
                    effect = Self.effect(change.id, keysBefore, keyIDs)
                case .trustSet:
                    try loadTrustSets()
                    effect = Self.effect(change.id, setsBefore, Set(trustSets.keys))
                }
                if let effect { update.changes.append(RegistryChange(change, effect)) }
            }
            self.position = position
            guard list.contains(where: { $0.kind != .key }) else { break }
            swap(clients, users)
            update.registry = registry
        }
        return update
    }

    private static func effect(
        _ id: String,
        _ before: Set<String>,
        _ after: Set<String>
    ) -> RegistryChange.Effect {
        guard after.contains(id) else { return .removed }
        return before.contains(id) ? .changed : .added
    }

    /// What became of the client; nil where it was switched off, which has a line already.
    private mutating func replace(
        _ id: String,
        in clients: inout ClientRegistry
    ) throws -> RegistryChange.Effect? {
        // What cannot be understood is not served: a client that is half known must not keep its
        // old rights.
        let number = switchedOff.number(of: id)
        let record = try store.client(id)
        switchedOff.settle(id, number, record)
        let before = clients.client(Array(id.utf8).span)
        remoteKeys[id] = record.flatMap(Self.remoteKeys)
        if let record, let client = client(record) {
            clients.insert(client)
        } else {
            clients.remove(id)
        }
        if number != nil, record?.enabled == false { return nil }
        return RegistryChange.effect(from: before?.isEnabled, to: record?.enabled)
    }

    private mutating func loadAll() throws {
        var clients = ClientRegistry(expected: try store.clientCount())
        for id in switchedOff.clientIDs {
            let number = switchedOff.number(of: id)
            switchedOff.settle(id, number, try store.client(id))
        }
        try loadTrustSets()
        remoteKeys.removeAll()
        position = try store.forEachClient { record in
            if let remote = Self.remoteKeys(record) { remoteKeys[record.clientID] = remote }
            if let client = client(record) { clients.insert(client) }
        }
        let users = try store.users()
        swap(
            clients,
            Dictionary(users.map { ($0.name, Self.user($0)) }, uniquingKeysWith: { $1 })
        )
    }

    /// Whether the keys differ from the ones known.
    @discardableResult
    private mutating func loadKeys() throws -> Bool {
        let found = try store.keys()
        keyIDs = Set(found.map(\.keyID))
        let signing = found.filter { $0.kind == KeyRecord.signing }.map {
            SigningKeyMaterial(
                keyID: $0.keyID,
                pkcs8: $0.material,
                activeFrom: $0.activeFrom,
                retiredAt: $0.retiredAt
            )
        }
        let sealing = found.filter { $0.kind == KeyRecord.sealing }.map {
            SealingKeyMaterial(
                keyID: $0.keyID,
                secret: $0.material,
                activeFrom: $0.activeFrom,
                retiredAt: $0.retiredAt
            )
        }
        let loaded = TokenKeys(signing: SigningKeys(signing), sealing: SealingKeys(sealing))
        defer { keys = loaded }
        return loaded != keys
    }

    private mutating func swap(_ clients: ClientRegistry, _ users: [String: User]) {
        generation += 1
        var verifiers: [String: ChainVerifier] = [:]
        for (name, set) in trustSets { verifiers[name] = verifier(of: set) }
        registry = Registry(
            clients: clients,
            users: users,
            trustSets: verifiers,
            generation: generation
        )
    }

    private func verifier(of set: TrustSet) -> ChainVerifier {
        guard Revocation.Mode(rawValue: set.record.revocation) != nil else { return set.verifier }
        // What is not known yet is not good.
        let none = Revocation(mode: .hard, lists: [])
        return set.verifier.with(revocation: revocations[set.record.name] ?? none)
    }

    private mutating func loadTrustSets() throws {
        var found: [String: TrustSet] = [:]
        for record in try store.trustSets() {
            do {
                let anchors = try record.authorities.map { try Certificate(der: $0) }
                found[record.name] = TrustSet(
                    record: record,
                    verifier: try ChainVerifier(
                        anchors: anchors,
                        serverAuthUntil: record.serverAuthUntil
                    )
                )
            } catch {
                log.error(
                    "a trust set cannot be used; its clients are refused",
                    metadata: ["trust_set": "\(record.name)", "reason": "\(error)"]
                )
            }
        }
        trustSets = found
    }

    private static func remoteKeys(_ record: ClientRecord) -> RemoteKeys? {
        guard let uri = record.jwksURI,
            let method = ClientAuthenticationMethod(rawValue: record.authenticationMethod)
        else { return nil }
        return RemoteKeys(uri: uri, method: method, wereFetched: record.fetchedJWKS != nil)
    }

    private static func user(_ record: UserRecord) -> User {
        User(
            subject: record.subject,
            passwordHash: record.passwordHash,
            isEnabled: record.enabled
        )
    }

    // MARK: clients

    private mutating func client(_ record: ClientRecord) -> Client? {
        do {
            // A million clients with one policy share its arrays.
            return try RegisteredClient.client(record) {
                policies.insert(SharedPolicy($0)).memberAfterInsert
            }
        } catch {
            log.error(
                "a client's registration cannot be used",
                metadata: ["client_id": "\(record.clientID)", "reason": "\(error)"]
            )
            return nil
        }
    }
}
