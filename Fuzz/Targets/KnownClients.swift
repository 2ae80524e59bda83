// SPDX-License-Identifier: Apache-2.0
internal import OAuthTesting
internal import Text

@testable import Cryptography
@testable import HTTP
@testable import OAuth

/// Takes everything for its first use, so that an input comes to the same each time.
private struct EmptyMemory: ReplayMemory {
    func isFirstUse(of digest: Digest256, until: Int64, now: Int64) -> Bool { true }
    func isUsed(_ digest: Digest256, now: Int64) -> Bool { false }
}

/// One client for each method, each with what it proves itself by.
enum KnownClients {
    static let pinned = Digest256.of(Fixtures.pinned)

    /// The keys of the client `keys`.
    static let keySet: JSONWebKeySet? = {
        // A copy of its own: in a debug build, a span of another file's constant would outlive it.
        let text = Fixtures.keySet
        return try? JSONWebKeySet(text.span)
    }()

    static let registry = try? makeRegistry()

    private static func makeRegistry() throws -> Registry {
        let certificate = RegisteredCertificate(
            thumbprint: pinned,
            notBefore: Fixtures.now - 60,
            notAfter: Fixtures.now + 60
        )
        let byKeys = AssertionRegistration(keys: keySet, secret: nil, algorithm: nil)
        let bySecret = AssertionRegistration(
            keys: nil,
            secret: Fixtures.secret,
            algorithm: "HS256"
        )
        return try OAuthTesting.registry(
            make("pinned", .selfSignedTLS, grants: [.clientCredentials, .password], certificate),
            make("disabled", .selfSignedTLS, isEnabled: false, certificate),
            make("subject", .tls, trust: trust),
            make("basic", .secretBasic),
            make("post", .secretPost),
            make("keys", .privateKeyJWT, assertion: byKeys),
            make("codes", .secretJWT, assertion: bySecret),
            users: ["u": User(subject: "user:u", passwordHash: "none", isEnabled: true)]
        )
    }

    private static let trust: CertificateTrust? = {
        guard let anchor = try? Certificate(der: Fixtures.ca),
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
    ) throws -> Client {
        try client(
            id,
            policy(method, grants: grants, bindsTokens: method.usesCertificate),
            isEnabled: isEnabled,
            // For every client: it counts for those alone whose method it is.
            secret: String(decoding: Fixtures.secret, as: UTF8.self),
            trust: trust,
            assertion: assertion,
            certificates: certificate.map { [$0] } ?? []
        )
    }

    /// A peer that has proven to hold the key of a certificate, or of none.
    static func peer(_ choice: Int) -> StubPeer {
        let chain =
            switch choice % 8 {
            case 1: [Fixtures.pinned]
            case 2: [Fixtures.leaf, Fixtures.ca]
            case 3: [Fixtures.other]
            case 4: [Fixtures.other, Fixtures.leaf]
            case 5: [Fixtures.leaf]
            case 6: [Fixtures.ca, Fixtures.leaf]
            default: [] as [[UInt8]]
            }
        // A proxy may object; the client of `pinned` is then refused for that alone.
        return StubPeer(
            chain.first.map(Digest256.of),
            chain: chain,
            proxyVerification: choice >= 128 ? .failed : .passed
        )
    }

    private static let keys: TokenKeys? = {
        guard let pkcs8 = try? SigningKey.generate().pkcs8(),
            let key = try? SigningKeyMaterial(
                keyID: "s",
                pkcs8: pkcs8,
                activeFrom: 0,
                retiredAt: nil
            )
        else { return nil }
        return TokenKeys(signing: SigningKeys([key]), sealing: SealingKeys([]))
    }()

    /// A new one, which remembers nothing.
    static func endpoint() -> TokenEndpoint? {
        guard let keys else { return nil }
        let settings = IssuerSettings(
            issuer: Fixtures.issuer,
            tokens: TokenSettings(audience: "https://api.example", lifetime: 600)
        )
        return TokenEndpoint(
            settings,
            keys: keys,
            dummyPasswordHash: "none",
            replays: EmptyMemory()
        )
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
