// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TLS

struct PreparedSignatureTests {
    private func counts(
        _ context: TLSContext,
        _ identity: ClientIdentity,
        _ version: Version
    ) throws -> ThreadCounts {
        let before = ThreadCounts.signatures
        #expect(try connected(context, identity, version: version).thumbprint == identity.digest)
        return ThreadCounts.signatures - before
    }

    // The server's signature, whether its key goes with the digest, and the client's signature.
    private static let all = ThreadCounts(found: 3, made: 0)
    private static let none = ThreadCounts(found: 0, made: 3)

    @Test(arguments: Version.spoken, [KeyKind.rsa2048, .p256, .p384])
    func `a key that comes again is prepared for`(version: Version, kind: KeyKind) throws {
        let context = try Listener.context()
        let identity = try ClientIdentity(kind)
        for _ in 0..<2 { _ = try counts(context, identity, version) }
        for _ in 0..<3 { #expect(try counts(context, identity, version) == Self.all) }
    }

    @Test(arguments: Version.spoken)
    func `other keys of the server have everything forgotten`(version: Version) throws {
        let identity = try ClientIdentity()
        let context = try Listener.context()
        for _ in 0..<3 { _ = try counts(context, identity, version) }
        TLSContext.forgetKeys()
        let other = try Listener.context(identities: [try ServerIdentity.generate(days: 1)])
        #expect(try counts(other, identity, version) == Self.none)
        // Handshakes under the old keys must not bring the old cache entries back.
        let nothing = ThreadCounts(found: 0, made: 0)
        for _ in 0..<3 { #expect(try counts(context, identity, version) == nothing) }
        for _ in 0..<2 { _ = try counts(other, identity, version) }
        #expect(try counts(other, identity, version) == Self.all)
    }

    @Test func `clients that take turns do not put each other out`() throws {
        let context = try Listener.context()
        let identities = try [KeyKind.p256, .p384].map { try ClientIdentity($0) }
        for _ in 0..<2 { for each in identities { _ = try counts(context, each, .v13) } }
        for each in identities { #expect(try counts(context, each, .v13) == Self.all) }
    }

    @Test(arguments: Version.spoken)
    func `Ed25519 has no digest, and nothing is prepared for it`(version: Version) throws {
        let context = try Listener.context()
        let identity = try ClientIdentity(.ed25519)
        for _ in 0..<4 {
            let counts = try counts(context, identity, version)
            #expect(counts.found + counts.made == 2)
        }
    }

    @Test(arguments: Version.spoken)
    func `who has the certificate and not its key is refused`(version: Version) throws {
        let owner = try ClientIdentity()
        let thief = try ClientIdentity()
        let context = try Listener.context()
        for _ in 0..<4 {
            _ = try counts(context, owner, version)
            _ = try counts(context, thief, version)
            let key = try Key(showing: owner.key, signingAs: thief.key)
            let stolen = ClientIdentity(owner, key: key)
            let line = try Line(context, try Client(stolen, version: version))
            #expect(isWrongSignature(error(line)))
        }
        #expect(try connected(context, owner, version: version).thumbprint == owner.digest)
    }

    @Test func `many clients in turn are themselves`() throws {
        let context = try Listener.context()
        // More than there are slots: some are bound to meet.
        let identities = try (0..<300).map { try ClientIdentity(name: "client \($0)") }
        for identity in identities + identities + identities.reversed() {
            let line = try connected(context, identity, version: .v12)
            #expect(line.thumbprint == identity.digest)
        }
    }
}
