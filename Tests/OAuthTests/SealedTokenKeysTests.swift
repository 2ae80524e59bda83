// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// Which keys seal, which still open, and who has another key altogether.
struct SealedTokenKeysTests {
    private let body = "grant_type=client_credentials&client_id=app"

    private func token(
        _ key: SealingKeyMaterial,
        issuer: String = "https://as.example"
    ) throws -> [UInt8] {
        let app = try client()
        var sealer = try TokenSealer(key, issuer: issuer)
        return try sealer.token(
            TokenClaims(
                client: app,
                subject: app.id,
                scope: 1,
                audiences: [],
                thumbprint: thumbprint(1)
            )
        )
    }

    private func keys(_ sealing: SealingKeyMaterial...) -> TokenKeys {
        TokenKeys(signing: SigningKeys([]), sealing: SealingKeys(sealing))
    }

    private func reader(_ sealing: SealingKeyMaterial...) -> TokenReader {
        TokenReader(
            issuer: "https://as.example",
            keys: TokenKeys(signing: SigningKeys([]), sealing: SealingKeys(sealing))
        )
    }

    private func sealed(
        _ sealing: SealingKeyMaterial...,
        settings: IssuerSettings = settings
    ) throws -> TokenFixture {
        let app = try client("app", policy(format: .sealed))
        return try TokenFixture(registry(app), sealing: SealingKeys(sealing), settings: settings)
    }

    /// The tag of the key that a token was sealed with.
    private func tag(_ token: String) throws -> [UInt8] {
        let bytes = try decoded(token.utf8)
        return Array(bytes[1..<SealedLayout.sealerStart])
    }

    // MARK: the reader's keys

    @Test func `another key reads nothing, though it has the same id`() throws {
        let (key, namesake) = (try sealingKey("seal"), try sealingKey("seal"))
        let token = try token(key)
        var own = reader(key)
        #expect(own.content(of: token.span, now: noon) != nil)
        var other = reader(namesake)
        #expect(other.content(of: token.span, now: noon) == nil)
        var stranger = reader(try sealingKey("other"))
        #expect(stranger.content(of: token.span, now: noon) == nil)
        var none = reader()
        #expect(none.content(of: token.span, now: noon) == nil)
    }

    @Test func `another issuer with the same keys reads nothing`() throws {
        let key = try sealingKey()
        let (ours, theirs) = (try token(key), try token(key, issuer: "https://as.example/"))
        var reader = reader(key)
        #expect(reader.content(of: ours.span, now: noon) != nil)
        #expect(reader.content(of: theirs.span, now: noon) == nil)
        // After a change of the name what was open before must be shut, and the other way round.
        reader.use(issuer: "https://as.example/")
        #expect(reader.content(of: ours.span, now: noon) == nil)
        #expect(reader.content(of: theirs.span, now: noon) != nil)
    }

    @Test func `a retired key still opens, a removed one does not`() throws {
        let key = try sealingKey("old")
        let retired = SealingKeyMaterial(
            keyID: key.keyID,
            secret: key.secret,
            activeFrom: 0,
            retiredAt: noon - 100
        )
        let token = try token(key)
        var reader = reader(key)
        #expect(reader.content(of: token.span, now: noon) != nil)
        reader.use(keys(retired, try sealingKey("new")))
        #expect(reader.content(of: token.span, now: noon) != nil)
        // The token was decrypted before: the cached cipher must go with the key.
        reader.use(keys(try sealingKey("new")))
        #expect(reader.content(of: token.span, now: noon) == nil)
        reader.use(keys())
        #expect(reader.content(of: token.span, now: noon) == nil)
    }

    @Test func `a key that is not active yet opens what another node sealed early`() throws {
        let key = try sealingKey("next", activeFrom: noon + 100)
        let token = try token(key)
        var reader = reader(try sealingKey("now"), key)
        #expect(reader.content(of: token.span, now: noon) != nil)
    }

    // MARK: the issuer's keys

    @Test func `the next key seals from its time on, while the process runs`() throws {
        let (old, new) = (try sealingKey("old"), try sealingKey("new", activeFrom: noon + 10))
        let fixture = try sealed(new, old)
        for (second, keyID) in [(0, "old"), (9, "old"), (10, "new"), (11, "new"), (8, "old")] {
            let token = try fixture.text(now: noon + Int64(second))
            #expect(try tag(token) == SealedLayout.keyTag(keyID), "second \(second)")
            let body = "client_id=app&token=\(token)"
            #expect(try fixture.introspect(body, now: noon + Int64(second)).content != nil)
        }
    }

    @Test func `a key that was withdrawn seals nothing more, within the same second`() throws {
        let fixture = try sealed(sealingKey("old"))
        let old = try fixture.text()
        #expect(try tag(old) == SealedLayout.keyTag("old"))
        fixture.use(sealing: SealingKeys([try sealingKey("new")]))
        let new = try fixture.text()
        #expect(try tag(new) == SealedLayout.keyTag("new"))
        #expect(try fixture.introspect("client_id=app&token=\(new)").content != nil)
        #expect(try fixture.introspect("client_id=app&token=\(old)").isInactive)
    }

    @Test func `another key with the same id is taken over too`() throws {
        let fixture = try sealed(sealingKey())
        let old = try fixture.text()
        fixture.use(sealing: SealingKeys([try sealingKey()]))
        let new = try fixture.text()
        #expect(try tag(old) == tag(new))
        #expect(try fixture.introspect("client_id=app&token=\(new)").content != nil)
        #expect(try fixture.introspect("client_id=app&token=\(old)").isInactive)
    }

    @Test func `after a change of keys no sealer goes on with its counter`() throws {
        let key = try sealingKey()
        let fixture = try sealed(key)
        var heads: Set<[UInt8]> = []
        for _ in 0..<20 {
            let bytes = try decoded(fixture.text().utf8)
            heads.insert(Array(bytes.prefix(SealedLayout.headCount)))
            // The same keys again, as after a change of the signing keys alone.
            fixture.use(sealing: SealingKeys([key]))
        }
        #expect(heads.count == 20)
        #expect(Set(heads.map { Array($0[9..<25]) }).count == 20)
    }

    @Test func `without a usable sealing key nothing is issued and nothing is written`() throws {
        let fixture = try sealed(sealingKey("ended", retiredAt: noon))
        #expect(try fixture.ask(body, now: noon - 1).response != nil)
        for second in 0..<10 as Range<Int64> {
            #expect(try fixture.ask(body, now: noon + second).error?.code == .serverError)
        }
    }

    @Test func `a key whose time has not come seals where there is no other`() throws {
        let fixture = try sealed(sealingKey("later", activeFrom: noon + 10))
        #expect(try fixture.ask(body, now: noon).response != nil)
    }

    @Test func `a client with JWTs needs no sealing key, and one with sealed tokens no other`()
        throws
    {
        let jwt = try TokenFixture(registry(client()))
        #expect(try jwt.ask(body).token != nil)
        let app = try client("app", policy(format: .sealed))
        let fixture = try TokenFixture(
            registry(app),
            keys: SigningKeys([]),
            sealing: SealingKeys([sealingKey()])
        )
        #expect(try fixture.ask(body).response != nil)
        fixture.registry = try registry(client())
        #expect(try fixture.ask(body).error?.check == .tokenKeys)
    }

    // MARK: which form

    @Test(arguments: AccessTokenFormat.allCases, [nil, .jwt, .sealed] as [AccessTokenFormat?])
    func `the server's form goes before the client's`(
        own: AccessTokenFormat,
        general: AccessTokenFormat?
    ) throws {
        let fixture = try TokenFixture(
            registry(client("app", policy(format: own))),
            sealing: SealingKeys([sealingKey()]),
            settings: IssuerSettings(
                issuer: "https://as.example",
                tokens: TokenSettings(audience: "urn:a", lifetime: 60, format: general)
            )
        )
        let answer = try fixture.ask(body)
        #expect(answer.response != nil)
        #expect((answer.token != nil) == ((general ?? own) == .jwt))
    }

    @Test func `a change of the form counts from the next token, and the old ones stay good`()
        throws
    {
        let fixture = try sealed(sealingKey())
        let before = try fixture.text()
        fixture.use(
            IssuerSettings(
                issuer: "https://as.example",
                tokens: TokenSettings(audience: "https://api.example", lifetime: 600, format: .jwt)
            )
        )
        let after = try fixture.text()
        #expect(!before.contains(".") && after.contains("."))
        for token in [before, after] {
            #expect(try fixture.introspect("client_id=app&token=\(token)").content?.sub == "app")
        }
    }
}
