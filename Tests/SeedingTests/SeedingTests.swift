// SPDX-License-Identifier: Apache-2.0
import Cryptography
import SQLiteStore
import Storage
import TestSupport
import Testing

@testable import Seeding

/// Stores that are filled from a seed, and the manifest beside them.
struct SeedingTests {
    private static let now: Int64 = 1_800_000_000
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func parameters(
        _ seed: UInt64 = 7,
        users: Int = 2,
        notBefore: String = SeedParameters.notBeforeDefault
    ) throws -> SeedParameters {
        try SeedParameters(
            seed: Seed(seed),
            clients: 7,
            users: users,
            key: .mix,
            method: .mix,
            notBefore: notBefore
        )
    }

    @discardableResult
    private func seed(_ parameters: SeedParameters, at now: Int64 = now) throws -> SQLiteDatabase {
        let store = try SQLiteDatabase.open(directory: scratch.path, as: .tool)
        try Seeding(parameters, in: store.directory, at: now)
            .fill(store, by: .command(user: "test")) { _ in }
        return store
    }

    @Test func `the directory of a seeding is a load target with its parameters`() throws {
        #expect(try SeedManifest.state(of: scratch.path) == .none)
        try Seeding.requireEmpty(scratch.path)
        try seed(parameters())
        #expect(try SeedManifest.state(of: scratch.path) == .seeded(SeedManifest(parameters())))
        #expect(try SeedManifest(of: scratch.path).parameters == parameters())
        #expect(throws: SeedError.self) { try Seeding.requireEmpty(scratch.path) }
        #expect(throws: SeedError.self) { try SeedManifest.refuse(scratch.path, remedy: "") }
    }

    @Test func `a directory without a manifest is taken for a server's`() throws {
        try SeedManifest.refuse(scratch.path, remedy: "")
        try SeedManifest.refuse(scratch.path + "/missing", remedy: "")
        _ = try scratch.file(SeedManifest.unfinishedName, "")
        #expect(throws: SeedError.self) { try SeedManifest.refuse(scratch.path, remedy: "") }
    }

    @Test func `clients are registered by thumbprint and by subject`() throws {
        let store = try seed(parameters())
        let maker = try SeedClientMaker(SeedMaterial(parameters(), clients: 7))
        for index in 0..<7 {
            let (made, id) = (try maker.client(index), SeedClient.clientID(index))
            let client = try #require(try store.read { try $0.client(id) })
            #expect(client.grantTypes == ["client_credentials", "password"])
            #expect(client.scopes == ["read", "write"])
            #expect(client.boundAccessTokens)
            #expect(
                client.secretHash
                    == made.secret.map { secret in
                        ClientSecretHash(of: Array(secret.utf8).span).stored
                    }
            )
            if index % 2 == 0 {
                #expect(client.authenticationMethod == "self_signed_tls_client_auth")
                #expect(client.certificates.map(\.der) == [made.certificate])
            } else {
                #expect(client.authenticationMethod == "tls_client_auth")
                #expect(client.subjectValue == "CN=\(id)")
                #expect(client.trustSet == "load-target" && client.certificates.isEmpty)
            }
        }
        #expect(try store.read { try $0.trustSet("load-target") }?.caCertificates.count == 2)
    }

    @Test func `clients without users have no password grant`() throws {
        let store = try seed(parameters(users: 0))
        let client = try store.read { try $0.client("load-000001") }
        #expect(client?.grantTypes == ["client_credentials"])
    }

    @Test func `the password of a user is the name, at the least cost`() throws {
        let user = try #require(try seed(parameters()).read { try $0.user("user-000002") })
        #expect(user.passwordHash.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$"))
        #expect(PasswordHash.verify(Array("user-000002".utf8), against: user.passwordHash))
        #expect(!PasswordHash.verify(Array("user-000001".utf8), against: user.passwordHash))
    }

    @Test func `the server's keys follow from the seed`() throws {
        let keys = try seed(parameters()).read { try $0.keys() }
        #expect(keys.map(\.kind).sorted() == ["A256GCM", "ES256"])
        let again = try SeedRegistration(parameters(), at: Self.now + 100).tokenKeys()
        let other = try SeedRegistration(parameters(8), at: Self.now).tokenKeys()
        #expect(Set(keys.map(\.material)) == Set(again.map(\.material)))
        #expect(Set(keys.map(\.keyID)) == Set(again.map(\.keyID)))
        #expect(Set(keys.map(\.material)).isDisjoint(with: other.map(\.material)))
    }

    @Test func `a seeding that fails leaves a directory that is no load target`() throws {
        let ended = try parameters(notBefore: "2010-01-01")
        #expect(throws: (any Error).self) { try seed(ended) }
        #expect(try SeedManifest.state(of: scratch.path) == .unfinished)
        #expect(throws: SeedError.self) { try SeedManifest(of: scratch.path) }
        #expect(throws: SeedError.self) { try Seeding.requireEmpty(scratch.path) }
    }

    @Test func `the greatest seed is the same again`() throws {
        let parameters = try parameters(.max, users: 0)
        _ = try scratch.file(SeedManifest.fileName, SeedManifest(parameters).text)
        #expect(try SeedManifest(of: scratch.path).parameters == parameters)
    }

    @Test(arguments: [
        ("\"version\" : 1", "\"version\" : 2"), ("\"version\" : 1", "\"version\" : \"1\""),
        ("\"seed\" : \"7\"", "\"seed\" : \"seven\""), ("\"clients\" : 7", "\"clients\" : 0"),
        ("\"key\" : \"mix\"", "\"key\" : \"dsa\""), ("{", ""), ("2026", "20"),
    ])
    func `a manifest that is damaged, or of another version, is refused`(
        old: String,
        new: String
    ) throws {
        let text = try SeedManifest(parameters()).text
        #expect(text.contains(old))
        _ = try scratch.file(SeedManifest.fileName, text.replacing(old, with: new))
        #expect(throws: SeedError.self) { try SeedManifest.state(of: scratch.path) }
    }
}
