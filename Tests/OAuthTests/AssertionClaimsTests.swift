// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Reactor
import Testing

@testable import OAuth

/// Required claims of assertions, and secrets that they may be made with.
struct AssertionClaimsTests {
    private let fixture = AssertionFixture()
    private let secret = Array("4uvNgUAPBqKG2KTbnXRQSSRnQPtCG-GoyxMxJBYKEWg".utf8)

    private func failedCheck(_ assertion: Assertion, now: Int64 = noon) throws -> String? {
        var assertion = assertion
        assertion.header["alg"] = "HS256"
        let text = try assertion.coded(secret)
        return check { _ = try fixture.verified(text, secret: secret, now: now) }
    }

    private func failedCheck(_ claim: String, _ value: Any?) throws -> String? {
        try failedCheck(Assertion().claiming(claim, value))
    }

    // MARK: who

    @Test func `issuer and subject are both the client`() throws {
        #expect(try failedCheck("sub", nil) == "assertion-sub")
        #expect(try failedCheck("sub", "") == "assertion-sub")
        #expect(try failedCheck("sub", ["app"]) == "assertion-sub")
        #expect(try failedCheck("sub", NSNull()) == "assertion-sub")
        #expect(try failedCheck("sub", "other") == "assertion-iss")
        #expect(try failedCheck("iss", nil) == "assertion-iss")
        #expect(try failedCheck("iss", "other") == "assertion-iss")
        #expect(try failedCheck("iss", "app ") == "assertion-iss")
        #expect(try failedCheck("iss", 1) == "assertion-iss")
        // Equal as Swift compares strings, and not the same bytes.
        let accented = Assertion().claiming("sub", "\u{e9}").claiming("iss", "e\u{301}")
        #expect(try failedCheck(accented) == "assertion-iss")
        #expect(try failedCheck(Assertion()) == nil)
    }

    // MARK: to whom

    @Test func `under FAPI 2 the audience is the issuer as a string`() throws {
        #expect(try failedCheck("aud", Assertion.issuer) == nil)
        let wrong: [Any?] = [
            nil, "", NSNull(), 1, [String](), [Assertion.issuer], Assertion.endpoint,
            [Assertion.issuer, Assertion.endpoint], "\(Assertion.issuer)/", "https://AS.example",
            "https://as.example/oauth2/par", "https://other.example", ["iss": Assertion.issuer],
        ]
        for audience in wrong {
            let found = try failedCheck("aud", audience)
            #expect(found == "assertion-aud", "\(String(describing: audience))")
        }
    }

    @Test func `elsewhere the audience may be the token endpoint, and stand in an array`() throws {
        fixture.policy = AssertionPolicy(
            issuer: Assertion.issuer,
            audience: .issuerOrEndpoints([Assertion.endpoint])
        )
        let right: [Any] = [
            Assertion.issuer, Assertion.endpoint, [Assertion.issuer], [Assertion.endpoint],
            ["https://other.example", Assertion.endpoint],
        ]
        for audience in right { #expect(try failedCheck("aud", audience) == nil, "\(audience)") }
        let wrong: [Any?] = [
            nil, "", NSNull(), 1, [String](), "https://other.example", ["https://other.example"],
            "\(Assertion.endpoint)/", "https://as.example/oauth2/par", [Assertion.issuer, 1],
            [[Assertion.issuer]],
        ]
        for audience in wrong {
            let found = try failedCheck("aud", audience)
            #expect(found == "assertion-aud", "\(String(describing: audience))")
        }
    }

    // MARK: when

    @Test func `an assertion ends ten seconds after its last one, for clocks that are behind`()
        throws
    {
        let audiences: [AssertionPolicy.Audience] = [
            .issuerAlone, .issuerOrEndpoints([Assertion.endpoint]),
        ]
        for audience in audiences {
            fixture.policy = AssertionPolicy(issuer: Assertion.issuer, audience: audience)
            let expiring = Assertion().claiming("exp", noon)
            #expect(try failedCheck(expiring, now: noon - 1) == nil)
            #expect(try failedCheck(expiring, now: noon) == nil)
            #expect(try failedCheck(expiring, now: noon + 9) == nil)
            #expect(try failedCheck(expiring, now: noon + 10) == "assertion-expired")
            #expect(try failedCheck(expiring, now: noon + 300) == "assertion-expired")
            let text = try Assertion(alg: "HS256").coded(secret)
            // The first second in which it is refused, and so the first that need not remember it.
            #expect(try fixture.verified(text, secret: secret).acceptedUntil == noon + 70)
        }
    }

    @Test func `an assertion has an end, and not one far away`() throws {
        let hour: Int64 = 3_600
        #expect(try failedCheck("exp", nil) == "assertion-exp-missing")
        #expect(try failedCheck("exp", NSNull()) == "assertion-exp-missing")
        #expect(try failedCheck("exp", "\(noon + 60)") == "assertion-exp-missing")
        #expect(try failedCheck("exp", 1e300) == "assertion-exp-missing")
        #expect(try failedCheck("exp", noon + hour) == nil)
        // An hour by a clock that is ahead as far as `iat` may be.
        for ahead: Int64 in [1, 59, 60] {
            let whole = Assertion().claiming("iat", noon + ahead).claiming("nbf", noon + ahead)
            #expect(try failedCheck(whole.claiming("exp", noon + hour + ahead)) == nil)
        }
        #expect(try failedCheck("exp", noon + hour + 60) == nil)
        #expect(try failedCheck("exp", noon + hour + 61) == "assertion-exp-far")
        #expect(try failedCheck("exp", Int64.max) == "assertion-exp-far")
        #expect(try failedCheck("exp", Int64.min) == "assertion-expired")
        #expect(try failedCheck("exp", 0) == "assertion-expired")
        #expect(try failedCheck("exp", noon - 300) == "assertion-expired")
    }

    @Test(arguments: ["iat", "nbf"])
    func `a clock may be ahead by a minute and no more`(name: String) throws {
        for ahead: Int64 in [-3_600, 0, 8, 10, 60] {
            #expect(try failedCheck(name, noon + ahead) == nil)
        }
        for ahead: Int64 in [61, 120, 3_600] {
            #expect(try failedCheck(name, noon + ahead) == "assertion-early")
        }
        #expect(try failedCheck(name, Int64.max) == "assertion-early")
        #expect(try failedCheck(name, Int64.min) == nil)
        #expect(try failedCheck(name, "\(noon)") == "assertion-early")
        #expect(try failedCheck(name, NSNull()) == "assertion-early")
    }

    // MARK: once

    @Test func `an assertion has a name of its own`() throws {
        let wrong: [Any?] = [nil, "", 1, NSNull(), ["one"], String(repeating: "j", count: 257)]
        for name in wrong {
            #expect(try failedCheck("jti", name) == "assertion-jti", "\(String(describing: name))")
        }
        #expect(try failedCheck("jti", String(repeating: "j", count: 256)) == nil)
    }

    @Test func `an assertion is used once`() throws {
        let memory = NotedUses()
        func use(_ assertion: Assertion) throws -> String? {
            var assertion = assertion
            assertion.header["alg"] = "HS256"
            let verified = try fixture.verified(try assertion.coded(secret), secret: secret)
            return check { _ = try verified.use(memory, now: noon) }
        }
        let first = Assertion()
        #expect(try use(first) == nil)
        #expect(try use(first) == "assertion-repeated")
        // Another signature, other claims: the name counts.
        #expect(try use(first.claiming("exp", noon + 90)) == "assertion-repeated")
        #expect(try use(first.claiming("jti", "two")) == nil)
        // Another client may have the same name for its own.
        let foreign = first.claiming("iss", "app2").claiming("sub", "app2")
        #expect(try use(foreign) == nil)
        #expect(try use(foreign) == "assertion-repeated")
        // Names that run together with the client's are told apart.
        let shifted = first.claiming("iss", "ap").claiming("sub", "ap").claiming("jti", "pone")
        #expect(try use(shifted) == nil)
        // Remembered for longer than any reactor takes it.
        #expect(memory.ends.allSatisfy { $0 >= noon + 60 + 60 })
    }

    // MARK: secrets

    @Test(arguments: MessageAuthenticationAlgorithm.allCases)
    func `a secret verifies what was made with it`(
        algorithm: MessageAuthenticationAlgorithm
    ) throws {
        let secret = Array(String(repeating: "secret-", count: 10).utf8)
        let text = try Assertion(alg: algorithm.rawValue).coded(secret, algorithm)
        func failedCheck(_ text: String, _ secret: [UInt8]) -> String? {
            check { _ = try fixture.verified(text, secret: secret) }
        }
        #expect(failedCheck(text, secret) == nil)
        #expect(failedCheck(text, secret + [1]) == "assertion-signature")
        #expect(failedCheck(text, [1] + secret.dropFirst()) == "assertion-signature")
        #expect(failedCheck(text + "A", secret) != nil)
        #expect(failedCheck(String(text.dropLast(2)), secret) != nil)
        // RFC 7518 §3.2.
        let short = Array(secret.prefix(algorithm.byteCount - 1))
        let made = try Assertion(alg: algorithm.rawValue).coded(short, algorithm)
        #expect(failedCheck(made, short) == "assertion-secret-short")
        fixture.secretAlgorithms.removeAll { $0 == algorithm }
        #expect(failedCheck(text, secret) == "assertion-alg")
    }

    @Test(arguments: ["none", "ES256", "RS256", "EdDSA", "hs256", "HS1"])
    func `a secret verifies nothing of another algorithm`(algorithm: String) throws {
        let text = try Assertion(alg: algorithm).coded(secret)
        #expect(check { _ = try fixture.verified(text, secret: secret) } == "assertion-alg")
        let bare = "\(try Assertion(alg: algorithm).signingInput)."
        #expect(check { _ = try fixture.verified(bare, secret: secret) } == "assertion-alg")
    }

    @Test func `a code by another algorithm than the header's is refused`() throws {
        let secret = Array(String(repeating: "secret-", count: 10).utf8)
        let text = try Assertion(alg: "HS256").coded(secret, .hs512)
        #expect(check { _ = try fixture.verified(text, secret: secret) } == "assertion-signature")
        let changed = try Assertion(alg: "HS256").coded(secret).split(separator: ".")
        let other = try Assertion(alg: "HS256").claiming("jti", "two").signingInput
        let mixed = "\(other).\(changed[2])"
        #expect(check { _ = try fixture.verified(mixed, secret: secret) } == "assertion-signature")
    }
}

/// Remembers for ever, and until when it was asked to.
final class NotedUses: ReplayMemory {
    private let uses = Lock([Digest256: Int64]())

    func isFirstUse(of digest: Digest256, until: Int64, now: Int64) -> Bool {
        uses.withLock { $0.updateValue(until, forKey: digest) == nil }
    }

    func isUsed(_ digest: Digest256, now: Int64) -> Bool {
        uses.withLock { $0[digest] != nil }
    }

    var ends: [Int64] { uses.withLock { Array($0.values) } }
}
