// SPDX-License-Identifier: Apache-2.0
import Reactor
import Storage
import TestSupport
import Testing

@testable import Snapshots

/// A node reads of its snapshot the state that it has written last, or nothing.
struct NodeSnapshotTests {
    private let scratch: Scratch
    private let directory: String
    private let clock = WallClock()

    init() throws {
        scratch = try Scratch()
        directory = scratch.path
    }

    private func open(
        _ storeKeys: [[UInt8]] = [[1, 2, 3]],
        in directory: String? = nil
    ) throws -> NodeSnapshot {
        try NodeSnapshot(in: directory ?? self.directory, clock: clock) { storeKeys }
    }

    private func written() throws -> NodeSnapshot {
        let snapshot = try open()
        snapshot.write([
            .client(one), .client(two), .user(user), .trustSets([set]), .issuers([partner]),
            .keys([key]),
        ])
        try snapshot.replaceRevocations { $0.append(.revoked(RevokedToken(id: [7], until: 70))) }
        #expect(snapshot.failure == nil)
        return snapshot
    }

    private func registrations(_ snapshot: NodeSnapshot) throws -> [SnapshotRecord] {
        var found: [SnapshotRecord] = []
        try snapshot.forEachRegistration { found.append($0) }
        return found
    }

    private func revocations(_ snapshot: NodeSnapshot) throws -> [RevokedToken] {
        var found: [RevokedToken] = []
        try snapshot.forEachRevocation { found.append($0) }
        return found
    }

    private enum Reason { case changed, older, missing }

    /// Why a snapshot is none; nil where it is one.
    private func reason(_ body: () throws -> Void) -> Reason? {
        do {
            try body()
            return nil
        } catch {
            guard let error = error as? StoreError, error.kind == .unavailable,
                error.reason.contains("no snapshot to start from")
            else { return nil }
            if error.reason.contains("was changed") { return .changed }
            if error.reason.contains("older than what this node has seen") { return .older }
            return error.reason.contains("No such file") ? .missing : nil
        }
    }

    private var registryPath: String { directory + "/snapshot.registry" }

    @Test func `everything written is read again, by the next process too`() throws {
        _ = try written()
        let snapshot = try open()
        #expect(
            try registrations(snapshot) == [
                .client(one), .client(two), .user(user), .trustSets([set]), .issuers([partner]),
                .keys([key]),
            ]
        )
        #expect(try revocations(snapshot) == [RevokedToken(id: [7], until: 70)])
        #expect(try snapshot.age() < 60_000)
        for name in ["registry", "revocations", "mark", "key"] {
            #expect(try scratch.mode("snapshot.\(name)") == 0o600)
        }
    }

    @Test func `what is appended comes after what was there`() throws {
        let snapshot = try written()
        var changed = one
        changed.enabled = false
        snapshot.append([.client(changed), .noUser("ann")])
        snapshot.append([RevokedToken(id: [8], until: 80)])
        #expect(snapshot.failure == nil)
        #expect(Array(try registrations(open()).suffix(2)) == [.client(changed), .noUser("ann")])
        #expect(try revocations(open()).last == RevokedToken(id: [8], until: 80))
    }

    @Test func `nothing readable stands in the files`() throws {
        _ = try written()
        for name in ["registry", "revocations", "mark"] {
            let bytes = try DataFile.read("\(directory)/snapshot.\(name)")
            for word in ["orders", "$argon2", "shared-secret", "ann"] {
                #expect(!bytes.contains(subsequence: Array(word.utf8)), "\(name): \(word)")
            }
        }
    }

    @Test func `a byte that was changed anywhere is noticed`() throws {
        let snapshot = try written()
        let bytes = try DataFile.read(registryPath)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            try DataFile.write(changed, to: registryPath, isPrivate: true)
            #expect(reason { _ = try registrations(snapshot) } == .changed, "byte \(place)")
        }
        try DataFile.write(bytes, to: registryPath, isPrivate: true)
        #expect(reason { _ = try registrations(snapshot) } == nil)
    }

    @Test func `an older state is refused, however it came back`() throws {
        let snapshot = try written()
        let older = try DataFile.read(registryPath)
        snapshot.append([.noClient("orders")])
        let newer = try DataFile.read(registryPath)
        try DataFile.write(older, to: registryPath, isPrivate: true)
        #expect(reason { _ = try registrations(open()) } == .older)
        // Without its last change, or with a part of it.
        for count in [older.count + 1, newer.count - 1] {
            try DataFile.write(Array(newer[..<count]), to: registryPath, isPrivate: true)
            #expect(reason { _ = try registrations(open()) } == .changed)
        }
        // A write that a crash has cut off takes nothing from the state before it.
        try DataFile.write(newer + [0, 0, 1, 0, 9], to: registryPath, isPrivate: true)
        #expect(try registrations(open()).last == .noClient("orders"))
        try DataFile.write(newer, to: registryPath, isPrivate: true)
        DataFile.remove(directory + "/snapshot.mark")
        #expect(reason { _ = try registrations(open()) } == .missing)
        #expect(reason { _ = try open().age() } == .missing)
    }

    @Test func `neither another node nor another store opens it`() throws {
        _ = try written()
        #expect(reason { _ = try registrations(open([[9]])) } == .changed)
        #expect(reason { _ = try open([[9]]).age() } == .changed)
        // A store whose key was changed has both for a time.
        #expect(try registrations(open([[9], [1, 2, 3]])).count == 6)
        let other = scratch.path + "/other"
        try scratch.makeDirectory("other")
        _ = try open(in: other)
        for name in ["registry", "revocations", "mark"] {
            let bytes = try DataFile.read("\(directory)/snapshot.\(name)")
            try DataFile.write(bytes, to: "\(other)/snapshot.\(name)", isPrivate: true)
        }
        #expect(reason { _ = try registrations(open(in: other)) } == .changed)
        // Nor is one part another.
        let revocations = try DataFile.read(directory + "/snapshot.revocations")
        try DataFile.write(revocations, to: registryPath, isPrivate: true)
        #expect(reason { _ = try registrations(open()) } == .changed)
    }

    @Test func `a snapshot that cannot be written is gone, and written again later`() throws {
        let snapshot = try written()
        try scratch.makeDirectory("snapshot.registry.partial")
        #expect(!snapshot.needsNewRegistry)
        snapshot.write([.client(one)])
        #expect(snapshot.failure?.kind == .inputOutput)
        #expect(snapshot.needsNewRegistry)
        #expect(reason { _ = try registrations(open()) } == .missing)
        // Nothing is added to what is gone, and it does not become younger.
        snapshot.append([.client(two)])
        snapshot.noteHeard()
        #expect(reason { _ = try registrations(open()) } == .missing)
        try scratch.remove("snapshot.registry.partial")
        snapshot.write([.client(two)])
        #expect(snapshot.failure == nil && !snapshot.needsNewRegistry)
        #expect(try registrations(open()) == [.client(two)])
    }

    @Test func `a snapshot that a node has started from ends with a change that it lacks`()
        throws
    {
        _ = try written()
        let next = try open()
        #expect(try registrations(next).count == 6)
        next.append([RevokedToken(id: [9], until: 90)])
        #expect(reason { _ = try revocations(open()) } == .missing)
        #expect(try registrations(open()).count == 6)
        next.append([.noClient("orders")])
        #expect(reason { _ = try registrations(open()) } == .missing)
    }

    @Test func `a snapshot ages while revocations are not heard of`() throws {
        let snapshot = try written()
        snapshot.noteRevocations(isLate: true)
        clock.turn(seconds: 100)
        snapshot.noteHeard()
        snapshot.append([.noUser("ann")])
        #expect(try open().age() >= 100_000)
        snapshot.noteRevocations(isLate: false)
        snapshot.noteHeard()
        snapshot.append([.noUser("ann")])
        #expect(try open().age() < 60_000)
    }

    @Test func `a store that fails while it is read leaves the snapshot as it was`() throws {
        struct Away: Error {}
        let snapshot = try written()
        #expect(throws: Away.self) {
            try snapshot.replaceRegistry { (draft) throws in
                draft.append(.client(two))
                throw Away()
            }
        }
        #expect(try registrations(open()).count == 6)
        #expect(!DataFile.exists(registryPath + ".partial"))
        snapshot.append([.noUser("ann")])
        #expect(try registrations(open()).count == 7)
    }

    @Test func `the time counts by the clock that goes on, and one set back tells nothing`() {
        let heard = NodeMoment(wall: 1_000, boot: 50_000, bootID: "a")
        func age(_ wall: Int64, _ boot: UInt64, _ id: String) -> UInt64? {
            heard.milliseconds(until: NodeMoment(wall: wall, boot: boot, bootID: id))
        }
        #expect(age(1_007, 57_000, "a") == 7_000)
        // The wall clock was set back, or ahead.
        #expect(age(10, 57_000, "a") == 7_000)
        #expect(age(2_000, 57_000, "a") == 1_000_000)
        // The machine was started again.
        #expect(age(1_100, 30_000, "b") == 100_000)
        #expect(age(1_001, 30_000, "b") == 30_000)
        #expect(age(999, 30_000, "b") == nil)
        #expect(age(1_100, 30_000, "") == 100_000)
    }

    @Test func `fields that a later program has added are skipped`() throws {
        var writer = FieldWriter()
        writer.add(200, "later")
        writer.add(8, Array("ann".utf8))
        var reader = FieldReader(writer.bytes, writer.bytes.indices)
        #expect(try reader.next()?.number == 200)
        var records = RecordReader()
        var found: [String] = []
        var user = FieldWriter()
        user.add(1, "ann")
        user.add(99, "later")
        var frame = FieldWriter()
        frame.add(77, "a kind of later")
        frame.add(RecordWriter.Kind.user.rawValue, user.bytes)
        try records.read(frame.bytes) { entry in
            if case .record(.user(let user)) = entry { found.append(user.name) }
        }
        #expect(found == ["ann"])
    }

    @Test func `fields that are cut off are none`() throws {
        var writer = FieldWriter()
        writer.add(1, "orders")
        writer.add(2, Int64(-5))
        for count in 1..<writer.bytes.count where count != 8 {
            let bytes = Array(writer.bytes[..<count])
            #expect(throws: FieldReader.MalformedError.self) {
                var reader = FieldReader(bytes, bytes.indices)
                while try reader.next() != nil {}
            }
        }
        var reader = FieldReader(writer.bytes, writer.bytes.indices)
        #expect(try reader.next()?.value.text() == "orders")
        #expect(try reader.next()?.value.number() == -5)
    }
}

extension NodeSnapshot {
    fileprivate func write(_ records: [SnapshotRecord]) {
        try? replaceRegistry { draft in for record in records { draft.append(record) } }
    }
}

extension [UInt8] {
    fileprivate func contains(subsequence other: [UInt8]) -> Bool {
        guard count >= other.count else { return false }
        return (0...count - other.count).contains {
            self[$0..<$0 + other.count].elementsEqual(other)
        }
    }
}

private let ca = CertificateRecord(
    thumbprint: [UInt8](repeating: 5, count: 32),
    der: [48, 3, 2, 1, 0],
    subject: "CN=CA",
    notBefore: 1,
    notAfter: 2,
    createdAt: 3
)

private let one = ClientRecord(
    clientID: "orders",
    name: "Orders",
    secretHash: "$argon2id$x",
    authenticationMethod: "self_signed_tls_client_auth",
    grantTypes: ["client_credentials", "refresh_token"],
    scopes: ["read", "write"],
    redirectURIs: ["https://app.example/cb"],
    subjectKind: "tls_client_auth_subject_dn",
    subjectValue: "CN=orders",
    spiffeID: "spiffe://example.org/orders/*",
    boundAccessTokens: true,
    jwks: "{}",
    jwksURI: "https://app.example/jwks",
    fetchedJWKS: #"{"keys":[]}"#,
    trustSet: "partners",
    sharedSecret: "shared-secret",
    assertionAlgorithm: "ES256",
    audiences: ["https://api.example"],
    tokenFormat: "sealed",
    tokenLifetime: 300,
    reuseWindow: 60,
    mayIntrospect: true,
    refreshRotation: false,
    refreshLifetime: 1_000,
    refreshIdle: 100,
    requiresPushedRequests: true,
    tokenSigningAlgorithm: "PS256",
    staticClaims: #"{"team":"a"}"#,
    rate: "100/60",
    ownAudiences: ["https://gw.example", "urn:gw"],
    exchangeMode: "impersonate",
    exchangesBoundTokens: true,
    labels: ["team": "payments", "tier": "1"],
    enabled: true,
    createdAt: 10,
    updatedAt: -20,
    tokensValidFrom: 30,
    certificates: [
        CertificateRecord(
            thumbprint: [UInt8](repeating: 200, count: 32),
            der: [],
            subject: "",
            notBefore: -1,
            notAfter: 4_102_444_800,
            createdAt: 12
        )
    ],
    caCertificates: [ca],
    version: 9
)

private let two = ClientRecord(
    clientID: "stock",
    name: "",
    authenticationMethod: "tls_client_auth",
    grantTypes: ["client_credentials"],
    enabled: false,
    createdAt: 1,
    updatedAt: 1,
    caCertificates: [ca]
)

private let user = UserRecord(
    name: "ann",
    subject: "user:ann",
    passwordHash: "$argon2id$y",
    labels: ["a": "b"],
    createdAt: 5,
    tokensValidFrom: 6,
    version: 7
)

private let set = TrustSetRecord(
    name: "partners",
    caCertificates: [[48, 1], [48, 2]],
    spiffe: SPIFFEBundleRecord(
        trustDomain: "example.org",
        source: "https://spire.example/bundle",
        maxStaleness: 7_200,
        sequence: 41,
        refreshSeconds: 60,
        checkedAt: 99
    ),
    sources: ["/etc/list.crl"],
    revocation: "hard",
    serverAuthUntil: 86_400,
    labels: ["a": "b"],
    created: 8,
    version: 2
)

private let key = KeyRecord(
    keyID: "kid",
    kind: "ES256",
    material: [1, 2, 3],
    createdAt: 1,
    activeFrom: 2,
    retiredAt: 3
)
