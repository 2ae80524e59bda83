// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// The reasons behind a yes or no about a certificate.
struct CertificateCheckTests {
    private let made: TestCAs

    init() throws {
        made = try TestCAs.shared()
    }

    private static let noTrustSets = Registry(
        clients: ClientRegistry(),
        users: [:],
        generation: 0
    )

    private func check(
        _ chain: Certificate...,
        proven: Certificate? = nil,
        under trust: CertificateTrust? = nil,
        at offset: Int64 = 0
    ) throws -> CertificateCheck {
        let trust = try trust ?? made.trust()
        return trust.check(
            chain.map(\.der),
            proven: (proven ?? chain[0]).thumbprint,
            under: try #require(trust.verifier(in: Self.noTrustSets)),
            now: made.now + offset
        )
    }

    private func refusedBy(_ certificateCheck: CertificateCheck) throws -> ChainCheck? {
        guard case .chainChecked(let verification) = certificateCheck else {
            Issue.record("the chain was not examined")
            return nil
        }
        // The anchor and the result agree in every case.
        if case .accepted = verification.result {
            #expect(verification.anchor == made.root && verification.refusedBy == nil)
        } else {
            #expect(verification.anchor == nil && verification.refusedBy != nil)
        }
        return verification.refusedBy
    }

    @Test func `a result says whether the certificate or its time is wrong`() throws {
        let app = try client(certificates: [certificate(1), certificate(2)])
        for number in [1, 2] as [UInt8] {
            let (known, end) = (thumbprint(number), noon + 3_600)
            for (now, expected) in [
                (noon, .accepted), (end, .accepted), (end + 1, .expired),
                (noon - 3_600, .accepted), (noon - 3_601, .notYetValid),
            ] as [(Int64, SelfSignedCheck)] {
                #expect(app.selfSignedCheck(of: known, now: now) == expected)
                #expect(app.accepts(known, now: now) == (expected == .accepted))
            }
        }
        #expect(app.selfSignedCheck(of: thumbprint(3), now: noon) == .notRegistered)
        #expect(
            try client(certificates: []).selfSignedCheck(of: thumbprint(1), now: noon) != .accepted
        )
    }

    @Test func `an accepted chain names its CA and no check`() throws {
        let certificateCheck = try check(made.leaf)
        #expect(certificateCheck.failedCheck == nil)
        #expect(try refusedBy(certificateCheck) == nil)
        #expect(try refusedBy(check(made.deepLeaf, made.intermediate)) == nil)
    }

    @Test func `a refused chain names the check that refused it`() throws {
        #expect(try refusedBy(check(made.serverLeaf)) == .purpose)
        #expect(try refusedBy(check(made.deepLeaf)) == .path)
        #expect(try refusedBy(check(made.impostorLeaf, made.impostor)) == .path)
        let late = made.leaf.notAfter - made.now + 1
        #expect(try refusedBy(check(made.leaf, at: late)) == .validity)
        let ca = try made.trust(.distinguishedName, "CN=Between")
        #expect(try refusedBy(check(made.intermediate, under: ca)) == .endEntity)
        #expect(try check(made.serverLeaf).failedCheck == .chainRefused)
    }

    @Test func `what is no chain of that client's is not examined`() throws {
        for (certificateCheck, name) in [
            (try check(made.otherLeaf), "subject-mismatch"),
            (try check(made.leaf, proven: made.otherLeaf), "certificate-mismatch"),
            (
                try made.trust().check(
                    [],
                    proven: made.leaf.thumbprint,
                    under: ChainVerifier(anchors: [made.root]),
                    now: made.now
                ),
                "certificate-malformed"
            ),
        ] {
            #expect(certificateCheck.failedCheck?.rawValue == name)
            if case .chainChecked = certificateCheck { Issue.record("\(name) was examined") }
        }
    }

    @Test func `a disabled client is refused after the same work as an enabled one`() throws {
        let disabled = try client(
            "app",
            policy(.tls),
            isEnabled: false,
            trust: made.trust(),
            certificates: []
        )
        let fixture = try TokenFixture(registry(disabled))
        let peer = StubPeer(made.otherLeaf)
        let answer = try fixture.ask(
            "grant_type=client_credentials&client_id=app",
            peer: peer,
            now: made.now
        )
        #expect(answer.error == .invalidClient(.clientDisabled))
        // The certificate is read, so that the time of the refusal tells nothing.
        #expect(peer.readings == 1)
    }
}
