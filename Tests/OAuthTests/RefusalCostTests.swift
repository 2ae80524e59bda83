// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import HTTP
import OAuthTesting
import Reactor
import Testing

@testable import OAuth

/// The cost of a refusal does not reveal which clients exist.
struct RefusalCostTests {
    private let issuer = Assertion.issuer

    private func authentication() -> ClientAuthentication {
        ClientAuthentication(
            digester: Digester(),
            replays: ForgetfulMemory(),
            audiences: AssertionAudiences(issuer: issuer, endpoints: [Assertion.endpoint])
        )
    }

    /// The check that refuses; nil where none does.
    private func failedCheck(
        _ authentication: inout ClientAuthentication,
        _ form: borrowing FormFields,
        _ peer: StubPeer,
        _ registry: Registry,
        now: Int64
    ) -> String? {
        do throws(AuthenticationError) {
            let context = DecisionContext(registry: registry, now: now)
            _ = try authentication.authenticate(form, .none, peer, context)
            return nil
        } catch {
            return error.refused.error.check.rawValue
        }
    }

    // MARK: certificates

    private func certificateClients(_ cas: TestCAs) throws -> Registry {
        let leaf = cas.leaf
        let own = RegisteredCertificate(
            thumbprint: leaf.thumbprint,
            notBefore: leaf.notBefore,
            notAfter: leaf.notAfter
        )
        let trust = try cas.trust()
        func tls(_ id: String, isEnabled: Bool = true) throws -> Client {
            try client(id, policy(.tls), isEnabled: isEnabled, trust: trust, certificates: [])
        }
        return try registry(
            client("pinned", certificates: [own]),
            client("pinned-off", isEnabled: false, certificates: [own]),
            client("other", certificates: [certificate(1)]),
            client("other-off", isEnabled: false, certificates: [certificate(1)]),
            tls("named"),
            tls("named-off", isEnabled: false),
            client("secret", policy(.secretBasic), secret: "s3cret"),
            client("signs", policy(.privateKeyJWT)),
            client("public-off", policy(.publicClient), isEnabled: false)
        )
    }

    @Test func `whoever is refused for a certificate, it is read once`() throws {
        let cas = try TestCAs.shared()
        let registry = try certificateClients(cas)
        var authentication = authentication()
        /// The check that refuses, and how often the certificate was asked for.
        func ask(_ id: String, _ peer: StubPeer) throws -> (String?, Int) {
            let fields = try form("client_id=\(id)")
            let before = peer.readings
            let now = cas.now
            let found = failedCheck(&authentication, fields, peer, registry, now: now)
            return (found, peer.readings - before)
        }
        let foreign = [
            ("nobody", "client-unknown"), ("other", "certificate-not-registered"),
            ("other-off", "client-disabled"), ("secret", "method-not-registered"),
            ("signs", "method-not-registered"), ("public-off", "client-disabled"),
            ("named", "subject-mismatch"), ("named-off", "client-disabled"),
            ("pinned", "certificate-not-registered"), ("pinned-off", "client-disabled"),
        ]
        for (id, reason) in foreign {
            let found = try ask(id, StubPeer(cas.otherLeaf))
            #expect(found == (reason, 1), "\(id)")
            // Without a certificate there is nothing to read.
            let without = try ask(id, StubPeer(nil))
            #expect(without.0 != nil && without.1 == 0, "\(id)")
        }
        // The right certificate of a client that is disabled.
        for id in ["pinned-off", "named-off"] {
            for _ in 0..<2 {
                let found = try ask(id, StubPeer(cas.leaf))
                #expect(found == ("client-disabled", 1), "\(id)")
            }
        }
        // The twins: those that are let in pay nothing for it.
        let peer = StubPeer(cas.leaf)
        #expect(try ask("pinned", peer) == (nil, 0))
        _ = try ask("named", peer)
        #expect(try ask("named", peer) == (nil, 0))
    }

    // MARK: assertions

    private func median(_ values: [UInt64]) -> Double {
        Double(values.sorted()[values.count / 2])
    }

    private func signer(
        _ id: String,
        _ keys: JSONWebKeySet,
        isEnabled: Bool = true,
        only: String? = nil
    ) throws -> Client {
        try client(
            id,
            policy(.privateKeyJWT),
            isEnabled: isEnabled,
            assertion: AssertionRegistration(keys: keys, secret: nil, algorithm: only),
            certificates: []
        )
    }

    private func body(_ assertion: String) -> String {
        let type = String(decoding: assertionType, as: UTF8.self)
        return "client_assertion_type=\(type)&client_assertion=\(assertion)"
    }

    /// The median time of each request in nanoseconds, asked in turns.
    private func times(
        _ rows: [(String, String, String)],
        _ registry: Registry
    ) throws -> [Double] {
        var authentication = authentication()
        var times = [[UInt64]](repeating: [], count: rows.count)
        for round in 0..<52 {
            for (index, row) in rows.enumerated() {
                let fields = try form(row.1)
                let began = Clock.nanoseconds
                let found = failedCheck(
                    &authentication,
                    fields,
                    StubPeer(nil),
                    registry,
                    now: noon
                )
                let taken = Clock.nanoseconds - began
                #expect(found == row.2, "\(row.0)")
                // The first time keys are prepared.
                if round > 0 { times[index].append(taken) }
            }
        }
        return times.map(median)
    }

    @Test func `whoever is refused for an assertion, a signature is verified`() throws {
        // Of all algorithms the one whose verification takes longest, so that it shows.
        let (key, foreign) = (try ClientKey(.p521), try ClientKey(.p521))
        let keys = try JSONWebKeySet(
            Array(#"{"keys":[\#(try key.jwk(["kid": "key"]))]}"#.utf8).span
        )
        let registry = try registry(
            signer("enabled", keys),
            signer("disable", keys, isEnabled: false),
            signer("only256", keys, only: "ES256"),
            client("secrets", policy(.secretBasic), secret: "s3cret"),
            client("without", policy(.privateKeyJWT)),
            client("presents", certificates: [certificate(1)])
        )
        func ask(_ id: String, _ key: ClientKey, kid: String? = "key") throws -> String {
            let assertion = Assertion(alg: "ES512").heading("kid", kid)
                .claiming("iss", id).claiming("sub", id)
            return body(try assertion.signed(key, .es512))
        }
        let rows: [(String, String, String)] = [
            ("wrong key", try ask("enabled", foreign), "assertion-signature"),
            ("unknown", try ask("unknown", foreign), "client-unknown"),
            ("other kid", try ask("enabled", foreign, kid: "none"), "assertion-kid"),
            ("disabled", try ask("disable", foreign), "client-disabled"),
            ("disabled, right", try ask("disable", key), "client-disabled"),
            ("algorithm", try ask("only256", foreign), "assertion-alg"),
            ("secret", try ask("secrets", foreign), "assertion-not-registered"),
            ("no keys", try ask("without", foreign), "assertion-not-registered"),
            ("certificate", try ask("presents", foreign), "assertion-not-registered"),
        ]
        let medians = try times(rows, registry)
        for (row, taken) in zip(rows, medians) {
            let ratio = taken / medians[0]
            print("\(row.0): \(Int(taken / 1_000)) µs, \(ratio) of a wrong key's")
            // Without a verification it would be a tenth.
            #expect((0.6...1.7).contains(ratio), "\(row.0)")
        }
    }

    @Test func `wrong claims are what an unknown client is not told of either`() throws {
        let late = Assertion().claiming("exp", noon - 300)
        let fields = try form(body(late.signed(try ClientKey())))
        var authentication = authentication()
        let found = failedCheck(&authentication, fields, StubPeer(nil), registry(), now: noon)
        #expect(found == "client-unknown")
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `there is a key to verify by for every algorithm`(algorithm: SignatureAlgorithm) throws {
        let key = try #require(DummyVerification.key(for: algorithm))
        #expect(key.fits(algorithm))
    }
}
