// SPDX-License-Identifier: Apache-2.0
internal import Text

@testable import Cryptography
@testable import HTTP
@testable import OAuth

/// A peer that has proven to hold the key of a certificate, or of none.
final class KnownPeer: Peer {
    let thumbprint: Digest256?
    let objection: PeerObjection
    private let chain: [[UInt8]]

    init(_ choice: Int) {
        switch choice % 8 {
        case 1: chain = [Fixtures.pinned]
        case 2: chain = [Fixtures.leaf, Fixtures.authority]
        case 3: chain = [Fixtures.other]
        case 4: chain = [Fixtures.other, Fixtures.leaf]
        case 5: chain = [Fixtures.leaf]
        case 6: chain = [Fixtures.authority, Fixtures.leaf]
        default: chain = []
        }
        // A proxy may object; the client of `pinned` is then taken for one objection alone.
        objection = choice >= 128 ? .refused : .none
        thumbprint = chain.first.map(Digest256.of)
    }

    func certificates() -> [[UInt8]] { chain }
}

/// Takes everything for its first use, so that an input comes to the same each time.
private struct EmptyMemory: ReplayMemory {
    func isFirstUse(of digest: Digest256, until: Int64, now: Int64) -> Bool { true }
    func isUsed(_ digest: Digest256, now: Int64) -> Bool { false }
}

/// One client for each method, each with what it proves itself by.
enum KnownClients {
    static let pinned = Digest256.of(Fixtures.pinned)

    static let registry: Registry? = {
        var clients = ClientRegistry()
        let certificate = RegisteredCertificate(
            thumbprint: pinned,
            notBefore: Fixtures.now - 60,
            notAfter: Fixtures.now + 60
        )
        let keys = try? JSONWebKeySet(Fixtures.keySet.span)
        let byKeys = AssertionRegistration(keys: keys, secret: nil, algorithm: nil)
        let bySecret = AssertionRegistration(
            keys: nil,
            secret: Fixtures.secret,
            algorithm: "HS256"
        )
        for client in [
            make("pinned", .selfSignedTLS, grants: [.clientCredentials, .password], certificate),
            make("disabled", .selfSignedTLS, isEnabled: false, certificate),
            make("subject", .tls, trust: trust),
            make("basic", .secretBasic), make("post", .secretPost),
            make("keys", .privateKeyJWT, assertion: byKeys),
            make("codes", .secretJWT, assertion: bySecret),
        ] {
            guard let client else { return nil }
            clients.insert(client)
        }
        let user = User(subject: "user:u", passwordHash: "none", isEnabled: true)
        return Registry(clients: clients, users: ["u": user], generation: 1)
    }()

    private static let trust: CertificateTrust? = {
        guard let anchor = try? Certificate(der: Fixtures.authority),
            let verifier = try? ChainVerifier(anchors: [anchor]),
            let subject = try? CertificateSubject(
                .distinguishedName,
                parsing: "CN=leaf,O=Example\\, Inc.,C=LK"
            )
        else { return nil }
        return CertificateTrust(subject: subject, verifier: verifier)
    }()

    private static func make(
        _ id: String,
        _ method: ClientAuthenticationMethod,
        grants: Grants = [.clientCredentials],
        isEnabled: Bool = true,
        trust: CertificateTrust? = nil,
        assertion: AssertionRegistration? = nil,
        _ certificate: RegisteredCertificate? = nil
    ) -> Client? {
        let policy = ClientPolicy(
            method: method,
            grants: grants,
            scopes: ["read", "write"],
            audiences: [],
            bindsTokens: method.usesCertificate,
            format: .jwt,
            lifetime: nil,
            reuseWindow: 0,
            mayIntrospect: false
        )
        return Client(
            id: id,
            policy: policy,
            isEnabled: isEnabled,
            // For every client: it counts for those alone whose method it is.
            secret: ClientSecretHash(of: Fixtures.secret.span),
            trust: trust,
            assertion: assertion,
            certificates: certificate.map { [$0] } ?? []
        )
    }

    private static let keys: TokenKeys? = {
        guard let pkcs8 = try? SigningKey.generate().pkcs8() else { return nil }
        let key = SigningKeyMaterial(keyID: "s", pkcs8: pkcs8, activeFrom: 0, retiredAt: nil)
        return TokenKeys(signing: SigningKeys([key]), sealing: SealingKeys([]))
    }()

    /// A new one, which remembers nothing.
    static func endpoint() -> TokenEndpoint? {
        guard let keys else { return nil }
        let settings = IssuerSettings(
            issuer: Fixtures.issuer,
            tokens: TokenSettings(audience: "https://api.example", lifetime: 600)
        )
        return TokenEndpoint(settings, keys: keys, decoy: "none", replays: EmptyMemory())
    }

    /// Whether a header says `basic` and its secret, each encoded as a form's value is.
    static func isBasic(_ header: [UInt8]) -> Bool {
        let token = Array(header.drop { $0 != 0x20 }.drop { $0 == 0x20 })
        guard let plain = Base64.decode(token.span),
            let colon = plain.firstIndex(of: UInt8(ascii: ":"))
        else { return false }
        let start = Array("username=".utf8) + plain[..<colon]
        let form = start + Array("&password=".utf8) + plain[(colon + 1)...]
        var fields = FormFields()
        do throws(FormError) {
            try fields.parse(form.span)
        } catch {
            return false
        }
        guard let id = fields.range(of: .username), let secret = fields.range(of: .password) else {
            return false
        }
        return fields.bytes[id].elementsEqual("basic".utf8)
            && fields.bytes[secret].elementsEqual(Fixtures.secret)
    }
}
