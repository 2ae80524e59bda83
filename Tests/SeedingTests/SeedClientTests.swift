// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Cryptography
import Testing

@testable import Seeding

/// Clients of a seed, as they are on every machine.
///
/// Whoever changes the derivation gives it another version, and pins new values.
struct SeedClientTests {
    private let pinned = [
        "SOK_qP8b7zifK7hQ9HwbvimcWTJUaNm_oMDrprT8THA",
        "NFpYQIebhqsFL_JaPjA4TAPNYfoeDKSwDiWc7bMgjiY",
        "LwXZU5HdFiwUeNRm0GkA4mJMk37H5_wiPNOGPKZDtNg",
        "EyUKz4P48eI5-Pm7szL-1_QqhP8N_lZpPnhexRobKNo",
        "QZ0MPuhwxFji5zho78lfiUBM7Dj0pWCfYl2XE7yH8gY",
        "rZ_9EOGmOAO9I1LXTHR_Dotc3zscm3dXinhM_X0yITY",
    ]

    /// The clients of seed 7, made once: RSA keys take a tenth of a second each.
    private static let seven = Result { try clients() }

    private static func clients(
        _ seed: UInt64 = 7,
        _ key: SeedKey = .mix,
        _ method: SeedMethod = .mix,
        count: Int = 6,
        notBefore: String = SeedParameters.notBeforeDefault
    ) throws -> [SeedClient] {
        let parameters = try SeedParameters(
            seed: Seed(seed),
            clients: count,
            key: key,
            method: method,
            notBefore: notBefore
        )
        let maker = try SeedClientMaker(SeedMaterial(parameters, clients: count))
        return try (0..<count).map(maker.client)
    }

    private func thumbprint(_ client: SeedClient) -> String {
        Digest256.of(client.certificate).base64URL
    }

    @Test func `seed 7 has these thumbprints`() throws {
        #expect(try Self.seven.get().map(thumbprint) == pinned)
    }

    @Test func `seed 7 has these CAs`() throws {
        let parameters = try SeedParameters(seed: Seed(7), clients: 1)
        let cas = try SeedMaterial(parameters, clients: 1).cas
        #expect(
            Digest256.of(cas.root).base64URL
                == "z0AT6yhh66Nm29oJZD0OmSUphT1tMhJUUFQCYpzuGAw"
        )
        #expect(
            Digest256.of(cas.intermediate).base64URL
                == "nG8R9nyD1tyRMg9K3JFYkRnZufGhLQNkv6thGAWJjS8"
        )
    }

    @Test func `the same seed has the same clients, secrets included`() throws {
        #expect(try Self.seven.get() == Self.clients())
    }

    @Test func `another seed has others, and the same ids`() throws {
        let (one, other) = (try Self.seven.get(), try Self.clients(8))
        #expect(one.map(\.clientID) == other.map(\.clientID))
        for (one, other) in zip(one, other) {
            #expect(one.key != other.key)
            #expect(one.certificate != other.certificate)
            #expect(one.secret == nil || one.secret != other.secret)
        }
    }

    @Test func `fewer clients are the first ones of more`() throws {
        #expect(try Self.clients(count: 4) == Array(Self.seven.get().prefix(4)))
    }

    @Test func `keys stay where the first day is another one`() throws {
        let (one, later) = (try Self.seven.get(), try Self.clients(notBefore: "2027-01-01"))
        #expect(one.map(\.key) == later.map(\.key))
        #expect(Set(one.map(thumbprint)).isDisjoint(with: later.map(thumbprint)))
    }

    @Test func `certificates are well-formed, and their serials are positive`() throws {
        for (index, client) in try Self.seven.get().enumerated() {
            let certificate = try Certificate(der: client.certificate)
            #expect(certificate.hasSaneSerial && certificate.serial.count == 16)
            #expect(certificate.subject.canonical == "CN=load-00000\(index + 1)")
            #expect(certificate.subjectPublicKeyInfo == client.key.subjectPublicKeyInfo)
            #expect(certificate.extensions.hasPurpose(.clientAuthentication))
            #expect(CertificateTime.text(certificate.notBefore) == "2026-01-01T00:00:00Z")
            #expect(CertificateTime.text(certificate.notAfter) == "2035-12-31T23:59:59Z")
            #expect(RegistrationPolicy.findings(certificate, now: certificate.notBefore).isEmpty)
        }
    }

    @Test func `OpenSSL finds nothing wrong with the keys, private half included`() throws {
        for client in try Self.seven.get() {
            #expect(isSound(client.key.pkcs8), "\(client.clientID)")
        }
    }

    @Test func `a damaged RSA key is found by the same check`() throws {
        var der = try #require(Self.seven.get().dropFirst().first).key.pkcs8
        der[der.count - 1] ^= 1
        #expect(!isSound(der))
    }

    /// Whether OpenSSL takes both halves of the key for what they are.
    private func isSound(_ der: [UInt8]) -> Bool {
        unsafe der.withUnsafeBufferPointer { bytes in
            var cursor = bytes.baseAddress
            let key = unsafe d2i_AutoPrivateKey(nil, &cursor, bytes.count)
            let context = unsafe EVP_PKEY_CTX_new(key, nil)
            defer {
                unsafe EVP_PKEY_CTX_free(context)
                unsafe EVP_PKEY_free(key)
            }
            return unsafe EVP_PKEY_check(context) == 1
        }
    }

    @Test func `only clients that are registered by thumbprint have secrets`() throws {
        let clients = try Self.seven.get()
        #expect(clients.map(\.method) == [.selfSigned, .pki, .selfSigned, .pki, .selfSigned, .pki])
        #expect(clients.map { $0.secret != nil } == [true, false, true, false, true, false])
        #expect(clients.compactMap(\.secret).allSatisfy { $0.utf8.count == 43 })
    }

    @Test func `ids have six digits, and more where they must`() {
        #expect(SeedClient.clientID(0) == "load-000001")
        #expect(SeedClient.clientID(999_998) == "load-999999")
        #expect(SeedClient.clientID(999_999) == "load-1000000")
    }

    @Test func `clients share RSA keys when all of the pool have been taken`() {
        #expect((0..<256).map(SeedKey.rsa2048.placeInPool) == Array(0..<256))
        #expect(SeedKey.rsa2048.placeInPool(of: 256) == 0)
        #expect(SeedKey.mix.placeInPool(of: 1) == 0 && SeedKey.mix.placeInPool(of: 4) == 1)
        #expect(SeedKey.mix.placeInPool(of: 1 + 3 * 256) == 0)
    }

    @Test func `one RSA key has another certificate for each client`() throws {
        let parameters = try SeedParameters(seed: Seed(7), clients: 257, key: .rsa2048)
        let maker = try SeedClientMaker(SeedMaterial(parameters, clients: 1))
        let (one, other) = (try maker.client(0), try maker.client(256))
        #expect(one.key == other.key && one.certificate != other.certificate)
    }

    @Test func `clients with RSA keys are counted`() {
        for key in SeedKey.allCases {
            var count = 0
            for index in 0..<20 {
                #expect(key.rsaCount(before: index) == count)
                if key.kind(of: index) == .rsa2048 { count += 1 }
            }
        }
    }
}
