// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// JWTs of trusted issuers: signature, type, issuer, audience, times and subject.
struct IssuerTokenTests {
    private let partner: PartnerFixture

    init() throws {
        partner = try PartnerFixture()
    }

    /// The check that refuses; nil for a JWT that counts.
    private func failedCheck(
        of text: String,
        _ issuers: [TrustedIssuer],
        _ rules: IssuerTokenRules = .grant(ownIssuer: Assertion.issuer),
        client app: Client? = nil,
        now: Int64 = noon
    ) throws -> Check? {
        let bytes = Array(text.utf8)
        let jws = try CompactJWS(bytes.span)
        var prepared = PreparedKeys()
        do throws(IssuerTokenError) {
            let app = if let app { app } else { try? PartnerFixture.app() }
            guard let app else { return .clientUnknown }
            let token = try jws.verify(
                by: TrustedIssuers(issuers),
                rules,
                for: app,
                prepared: &prepared,
                now: now
            )
            #expect(token.subject.starts(with: Array("\(token.issuer.name):".utf8)))
            return nil
        } catch {
            return error.check
        }
    }

    private func failedCheck(
        _ assertion: Assertion,
        _ issuer: TrustedIssuer? = nil,
        now: Int64 = noon
    ) throws -> Check? {
        try failedCheck(of: partner.text(assertion), [issuer ?? partner.trusted()], now: now)
    }

    private let good = PartnerFixture.assertion()

    // MARK: keys

    @Test(arguments: [
        (ClientKey.Kind.p256, SignatureAlgorithm.es256), (.p384, .es384), (.p521, .es512),
        (.rsa, .ps256), (.rsa, .ps384), (.rsa, .ps512), (.rsa, .rs256), (.rsa, .rs384),
        (.rsa, .rs512), (.ed25519, .edDSA),
    ])
    func `every algorithm verifies where it is the issuer's, and only there`(
        kind: ClientKey.Kind,
        algorithm: SignatureAlgorithm
    ) throws {
        let partner = try PartnerFixture(kind)
        let text = try PartnerFixture.assertion(alg: algorithm.rawValue).signed(
            partner.key,
            algorithm
        )
        let right = try partner.trusted(algorithms: [algorithm])
        #expect(try failedCheck(of: text, [right]) == nil)
        let others = SignatureAlgorithm.allCases.filter { $0 != algorithm }
        let wrong = try partner.trusted(algorithms: others)
        #expect(try failedCheck(of: text, [wrong]) == .assertionAlg)
        let stranger = try partner.keySet(ClientKey(kind))
        let foreign = try partner.trusted(stranger, algorithms: [algorithm])
        #expect(try failedCheck(of: text, [foreign]) == .assertionSignature)
        // The key says itself that it is for another algorithm.
        let other = others.first { $0.rawValue.prefix(2) == "RS" || $0.rawValue.prefix(2) == "PS" }
        if kind == .rsa, let other {
            let bound = try partner.keySet(nil, ["kid": "key", "alg": other.rawValue])
            let limited = try partner.trusted(bound, algorithms: SignatureAlgorithm.allCases)
            #expect(try failedCheck(of: text, [limited]) == .assertionKid)
        }
    }

    @Test func `a code under the public key is no signature`() throws {
        for algorithm in MessageAuthenticationAlgorithm.allCases {
            let key = try Array(partner.key.jwk(["kid": "key"]).utf8)
            for secret in [partner.key.publicDER, key, [UInt8](repeating: 0, count: 64)] {
                let text = try PartnerFixture.assertion(alg: algorithm.rawValue).coded(
                    secret + [UInt8](repeating: 0, count: 64),
                    algorithm
                )
                #expect(try failedCheck(of: text, [partner.trusted()]) == .assertionAlg)
            }
        }
    }

    @Test func `without kid the key must be the only one`() throws {
        let other = try ClientKey()
        let both = try JSONWebKeySet(
            Array(
                #"{"keys":[\#(try partner.key.jwk(["kid": "a"])),\#(try other.jwk(["kid": "b"]))]}"#
                    .utf8
            ).span
        )
        let text = try partner.text(good.heading("kid", nil))
        #expect(try failedCheck(of: text, [partner.trusted()]) == nil)
        #expect(try failedCheck(of: text, [partner.trusted(both)]) == .assertionKidAmbiguous)
        let named = try partner.text(good.heading("kid", "a"))
        #expect(try failedCheck(of: named, [partner.trusted(both)]) == nil)
        let foreign = try partner.text(good.heading("kid", "b"))
        #expect(try failedCheck(of: foreign, [partner.trusted(both)]) == .assertionSignature)
    }

    // MARK: the issuer

    @Test func `an iss belongs to one issuer`() throws {
        let other = try ClientKey()
        let theirs = try partner.trusted(
            partner.keySet(other),
            name: "other",
            issuer: "https://other.example"
        )
        let issuers = [try partner.trusted(), theirs]
        #expect(try failedCheck(of: partner.text(good), issuers) == nil)
        // Each issuer's key counts for its own iss alone.
        #expect(try failedCheck(of: good.signed(other), issuers) == .assertionSignature)
        let twin = try partner.trusted(partner.keySet(other), name: "twin")
        // Fails closed where a store has two of them all the same.
        let both = [try partner.trusted(), twin]
        #expect(try failedCheck(of: partner.text(good), both) == .issuerUnknown)
        #expect(try failedCheck(of: good.signed(other), both) == .issuerUnknown)
        #expect(TrustedIssuers(both).named("twin") == nil)
        // This server's own iss is nobody else's.
        let posing = try partner.trusted(issuer: Assertion.issuer)
        let own = try partner.text(good.claiming("iss", Assertion.issuer))
        #expect(try failedCheck(of: own, [posing]) == .issuerUnknown)
    }

    @Test func `the issuer names its clients`() throws {
        let other = try client("other", policy(grants: [.jwtBearer]))
        let text = try partner.text(good)
        #expect(try failedCheck(of: text, [partner.trusted()], client: other) == .issuerClient)
        let both = try partner.trusted(clients: ["app", "other"])
        #expect(try failedCheck(of: text, [both], client: other) == nil)
    }

    // MARK: claims

    @Test func `one audience alone, as text or in an array`() throws {
        let ours = Assertion.issuer
        for value in [ours, [ours]] as [Any] {
            #expect(try failedCheck(good.claiming("aud", value)) == nil)
        }
        for value in [[ours, ours], [ours, "b"], [], "b", ours + "/", 7, [7]] as [Any] {
            #expect(try failedCheck(good.claiming("aud", value)) == .assertionAud)
        }
        let expecting = try partner.trusted(audience: "urn:b")
        #expect(try failedCheck(good.claiming("aud", "urn:b"), expecting) == nil)
        #expect(try failedCheck(good, expecting) == .assertionAud)
    }

    @Test func `types are those that the use allows`() throws {
        for type in [nil, "JWT", "jwt", "authorization-grant+jwt"] as [String?] {
            #expect(try failedCheck(good.heading("typ", type)) == nil)
        }
        for type in ["at+jwt", "application/jwt", "client-authentication+jwt", ""] {
            #expect(try failedCheck(good.heading("typ", type)) == .assertionTyp)
        }
        let access = IssuerTokenRules(
            types: ["at+jwt"],
            allowsNoType: false,
            boundsLifetime: false,
            ownIssuer: Assertion.issuer
        )
        let long = good.claiming("exp", noon + 90_000)
        let token = try partner.text(long.heading("typ", "at+jwt"))
        #expect(try failedCheck(of: token, [partner.trusted()], access) == nil)
        let bare = try partner.text(long.heading("typ", nil))
        #expect(try failedCheck(of: bare, [partner.trusted()], access) == .assertionTyp)
        #expect(try failedCheck(of: partner.text(long), [partner.trusted()]) == .assertionExpFar)
    }

    @Test func `a lifetime is that of the issuer at most`() throws {
        let skew: Int64 = 60
        #expect(try failedCheck(good.claiming("exp", noon + 300 + skew)) == .assertionExpFar)
        let young = good.claiming("iat", nil)
        #expect(try failedCheck(young.claiming("exp", noon + 300 + skew)) == nil)
        #expect(try failedCheck(young.claiming("exp", noon + 301 + skew)) == .assertionExpFar)
        #expect(try failedCheck(good.claiming("iat", noon - 240)) == nil)
        #expect(try failedCheck(good.claiming("iat", noon - 241)) == .assertionExpFar)
        #expect(try failedCheck(good.claiming("iat", Int64.min)) == .assertionExpFar)
        #expect(try failedCheck(good.claiming("exp", Int64.max)) == .assertionExpFar)
        #expect(try failedCheck(good, now: noon + 69) == nil)
        #expect(try failedCheck(good, now: noon + 70) == .assertionExpired)
        #expect(try failedCheck(good.claiming("nbf", noon + 61)) == .assertionEarly)
        #expect(try failedCheck(good.claiming("iat", noon + 61)) == .assertionEarly)
    }

    // MARK: subjects

    @Test func `a pattern matches a whole subject, byte for byte`() throws {
        for (pattern, right, wrong) in [
            ("alice", "alice", "alice2"), ("a*", "alice", "bob"), ("*", "anything", nil),
            ("repo:*:main", "repo:a:b:main", "repo:a:main2"), ("*e", "alice", "alicex"),
            ("a**e", "ae", "ac"), ("*a*b*", "xaxbx", "xbxa"), ("é", "é", "e\u{301}"),
        ] as [(String, String, String?)] {
            let issuer = try partner.trusted(subjects: pattern)
            #expect(try failedCheck(good.claiming("sub", right), issuer) == nil, "\(pattern)")
            guard let wrong else { continue }
            let other = good.claiming("sub", wrong)
            #expect(try failedCheck(other, issuer) == .issuerSubject, "\(pattern)")
        }
        for text in ["", "a\nb", String(repeating: "x", count: 257)] {
            #expect(SubjectPattern(text) == nil)
        }
    }

    @Test func `many stars cost no more than the product of the lengths`() throws {
        let pattern = try #require(SubjectPattern(String(repeating: "*a", count: 120) + "b"))
        let subject = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000)
        for _ in 0..<50 { #expect(!pattern.matches(subject)) }
    }
}
