// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import OAuth
internal import Registration
internal import Storage

/// The parsed registrations, as the registry serves them: a function of the records alone.
///
/// Fails closed: a record that cannot be parsed is left out, and the log says so. Serving a client
/// by its older record would leave it rights that were taken away.
struct RegistryContents: Sendable {
    /// A trust set whose CAs can be used.
    struct TrustSet: Sendable {
        let record: TrustSetRecord
        let verifier: ChainVerifier
    }

    /// A trust set of a trust domain, and the age of its bundle.
    struct Bundle: Sendable {
        let record: TrustSetRecord
        let freshness: BundleFreshness
    }

    /// The `jwks_uri` of a client or an issuer, and the method that its keys are for.
    struct RemoteKeys: Sendable, Equatable {
        let uri: String
        let method: ClientAuthenticationMethod
        let wereFetched: Bool
    }

    /// The clients, by their `client_id`.
    private(set) var clients: ClientRegistry
    /// The users, by their names.
    private(set) var users: [String: User] = [:]
    /// The trust sets that can be used, by their names.
    private(set) var trustSets: [String: TrustSet] = [:]
    /// The trusted issuers that can be used.
    private(set) var issuers = TrustedIssuers()
    /// The trust sets with a SPIFFE bundle, by their names; those too whose bundle is still to be
    /// fetched.
    private(set) var bundles: [String: Bundle] = [:]
    /// The clients and issuers with a `jwks_uri`.
    private(set) var remoteKeys: [KeyOwner: RemoteKeys] = [:]
    /// The keys of the server.
    private(set) var keys = TokenKeys(signing: SigningKeys([]), sealing: SealingKeys([]))
    /// The keys' records, in the order of their activation; those that cannot be used too.
    private(set) var keyRecords: [KeyRecord] = []
    /// The `kid`s of all keys.
    var keyIDs: Set<String> { Set(keyRecords.map(\.keyID)) }
    /// The kinds of keys that are needed: those of every server, and those of its clients' tokens.
    ///
    /// One that no client needs any more stays until everything is read anew: a key too many does
    /// no harm.
    private(set) var keyKinds = Set(TokenKeyKind.ofEveryServer)

    /// Interned: a million clients with one policy share its arrays.
    private var policies: Set<SharedPolicy> = []
    /// The policies of the client that was added last, which those of the next mostly are.
    private var lastPolicy: SharedPolicy?
    private let log: Logger

    /// An empty registry, with capacity for about so many clients.
    init(clientsExpected: Int = 0, log: Logger) {
        clients = ClientRegistry(expected: clientsExpected)
        self.log = log
    }

    /// Adds or replaces the client of this record.
    mutating func insert(_ record: ClientRecord) {
        let remote = Self.remoteKeys(record)
        if remote != nil || !remoteKeys.isEmpty {
            remoteKeys[.client(record.clientID)] = remote
        }
        do {
            let last = lastPolicy
            let client = try ClientMapping.client(record) {
                shared($0, $1)
            }
            let id = client.id
            if let old = clients.client(id.span) { client.takeActivity(of: old) }
            clients.insert(client)
            if lastPolicy !== last { keyKinds.insert(.signs(client.grantPolicy.signingAlgorithm)) }
        } catch {
            // Its algorithm is not among the kinds of keys.
            lastPolicy = nil
            clients.remove(record.clientID)
            log.error(
                "a client's registration cannot be used",
                metadata: ["client_id": "\(record.clientID)", "reason": "\(error)"]
            )
        }
    }

    /// The one object with these policies; one of its own for a client that shares with no other.
    ///
    /// Redirect URIs and claims are mostly one client's own: kept here, each would stay for ever.
    private mutating func shared(_ policy: ClientPolicy, _ grant: GrantPolicy) -> SharedPolicy {
        // Lists that are one object are equal at a glance; hashing them would read all of them.
        if let lastPolicy, lastPolicy.value == policy, lastPolicy.grant == grant {
            return lastPolicy
        }
        var shared = SharedPolicy(policy, grant)
        if grant.redirectURIs.isEmpty, grant.staticClaims.isEmpty {
            shared = policies.insert(shared).memberAfterInsert
        }
        lastPolicy = shared
        return shared
    }

    /// Removes the client.
    mutating func removeClient(_ clientID: String) {
        remoteKeys[.client(clientID)] = nil
        clients.remove(clientID)
    }

    /// Goes on with what the clients of `old` have asked, whom these replace.
    ///
    /// Linear in the clients. One that has neither asked yet nor has a rate of its own begins anew.
    func takeActivity(of old: RegistryContents) {
        old.clients.forEach { before in
            guard before.knownActivity != nil || before.rate != nil else { return }
            let id = before.id
            clients.client(id.span)?.takeActivity(of: before)
        }
    }

    /// Sets or, with nil, removes the user.
    mutating func set(_ user: UserRecord?, named name: String) {
        users[name] = user.map {
            User(
                subject: $0.subject,
                passwordHash: $0.passwordHash,
                isEnabled: $0.enabled,
                tokensValidFrom: $0.tokensValidFrom
            )
        }
    }

    /// Replaces all trust sets.
    mutating func set(_ records: [TrustSetRecord]) {
        let before = bundles
        (trustSets, bundles) = ([:], [:])
        for record in records {
            if let spiffe = record.spiffe {
                let bundle = Bundle(record: record, freshness: Self.freshness(spiffe))
                bundle.takeConfirmation(of: before[record.name])
                bundles[record.name] = bundle
                // Its clients are refused until the bundle was fetched, which the log says.
                if record.caCertificates.isEmpty { continue }
            }
            do {
                guard !record.caCertificates.isEmpty else { throw UnreadableRecordError() }
                let anchors = try record.caCertificates.map { try Certificate(der: $0) }
                trustSets[record.name] = TrustSet(
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
    }

    /// Replaces all trusted issuers.
    mutating func set(_ records: [IssuerRecord]) {
        for owner in issuerOwners { remoteKeys[owner] = nil }
        var found: [TrustedIssuer] = []
        for record in records {
            if let uri = record.jwksURI {
                remoteKeys[.issuer(record.name)] = RemoteKeys(
                    uri: uri,
                    // Its keys sign, as those of clients with this method do.
                    method: .privateKeyJWT,
                    wereFetched: record.fetchedAt != nil
                )
            }
            do {
                found.append(try IssuerMapping.issuer(record))
            } catch {
                log.error(
                    "a trusted issuer cannot be used; its JWTs are refused",
                    metadata: ["issuer": "\(record.name)", "reason": "\(error)"]
                )
            }
        }
        issuers = TrustedIssuers(found)
    }

    /// The issuers with a `jwks_uri`.
    var issuerOwners: [KeyOwner] {
        remoteKeys.keys.filter { if case .issuer = $0 { true } else { false } }
    }

    private static func freshness(_ spiffe: SPIFFEBundleRecord) -> BundleFreshness {
        BundleFreshness(checkedAt: spiffe.checkedAt, maxStaleness: Int64(spiffe.maxStaleness))
    }

    /// Goes on with the looks at bundles of `old`, which these contents replace.
    func takeConfirmations(of old: RegistryContents) {
        for (name, bundle) in bundles { bundle.takeConfirmation(of: old.bundles[name]) }
    }

    /// Replaces all keys.
    mutating func set(_ records: [KeyRecord]) {
        keyRecords = records
        for record in records where record.material.isEmpty {
            log.error(
                "a key of tokens cannot be opened; the others are used",
                metadata: ["kid": "\(record.keyID)"]
            )
        }
        let opened = records.filter { !$0.material.isEmpty }
        let signing = opened.compactMap(signingKey)
        let sealing = opened.filter { $0.kind == KeyRecord.sealing }.map {
            SealingKeyMaterial(
                keyID: $0.keyID,
                secret: $0.material,
                activeFrom: $0.activeFrom,
                retiredAt: $0.retiredAt
            )
        }
        keys = TokenKeys(signing: SigningKeys(signing), sealing: SealingKeys(sealing))
    }

    /// The signing key of a record; nil for one of another kind, and for an unreadable one, which
    /// must not keep the others from being used.
    private func signingKey(_ record: KeyRecord) -> SigningKeyMaterial? {
        guard case .signs(let algorithm) = TokenKeyKind(named: record.kind) else { return nil }
        do {
            return try SigningKeyMaterial(
                keyID: record.keyID,
                algorithm: algorithm,
                pkcs8: record.material,
                activeFrom: record.activeFrom,
                retiredAt: record.retiredAt
            )
        } catch {
            log.error(
                "a signing key cannot be used; the others are",
                metadata: ["kid": "\(record.keyID)", "reason": "\(error)"]
            )
            return nil
        }
    }

    /// The registry of these contents, with the revocation data of each trust set.
    func registry(revocations: [String: Revocation], generation: UInt64) -> Registry {
        Registry(
            clients: clients,
            users: users,
            trustSets: trustSets.filter { $0.value.record.spiffe == nil }
                .mapValues { Self.verifier($0, revocations) },
            issuers: issuers,
            trustDomains: trustDomains(revocations),
            generation: generation
        )
    }

    private func trustDomains(_ revocations: [String: Revocation]) -> [String: TrustDomain] {
        bundles.reduce(into: [:]) { domains, entry in
            guard let spiffe = entry.value.record.spiffe, let set = trustSets[entry.key] else {
                return
            }
            domains[entry.key] = TrustDomain(
                name: spiffe.trustDomain,
                verifier: Self.verifier(set, revocations),
                freshness: entry.value.freshness
            )
        }
    }

    private static func verifier(
        _ set: TrustSet,
        _ revocations: [String: Revocation]
    ) -> ChainVerifier {
        guard Revocation.Mode(rawValue: set.record.revocation) != nil else { return set.verifier }
        // Fails closed until the first lists are there: hard revocation without a list refuses.
        let none = Revocation(mode: .hard, lists: [])
        return set.verifier.with(revocation: revocations[set.record.name] ?? none)
    }

    private static func remoteKeys(_ record: ClientRecord) -> RemoteKeys? {
        guard let uri = record.jwksURI,
            let method = ClientAuthenticationMethod(rawValue: record.authenticationMethod)
        else { return nil }
        return RemoteKeys(uri: uri, method: method, wereFetched: record.fetchedJWKS != nil)
    }
}

extension RegistryContents.Bundle {
    /// A look at the same source counts, whether the store has it already or not.
    fileprivate func takeConfirmation(of old: RegistryContents.Bundle?) {
        guard let old, old.record.spiffe?.source == record.spiffe?.source,
            old.record.spiffe?.trustDomain == record.spiffe?.trustDomain,
            Set(old.record.caCertificates) == Set(record.caCertificates)
        else { return }
        let looked = old.freshness.checkedAt
        if looked > freshness.checkedAt { freshness.confirm(at: looked) }
    }
}

/// A record that a store could not read.
private struct UnreadableRecordError: Error, CustomStringConvertible {
    let description = "its CA certificates cannot be read"
}
