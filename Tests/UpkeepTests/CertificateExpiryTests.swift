// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Logging
import OAuth
import Testing

@testable import Upkeep

/// A policy for this method; does not affect the ends of certificates.
func policy(_ method: ClientAuthenticationMethod) -> ClientPolicy {
    ClientPolicy(
        method: method,
        grants: [.clientCredentials],
        scopes: [],
        audiences: [],
        bindsTokens: true,
        format: .jwt,
        lifetime: nil,
        reuseWindow: 0,
        mayIntrospect: false
    )
}

@Suite struct `Certificates that end` {
    private static let now: Int64 = 1_800_000_000
    private static let day: Int64 = 86_400

    private func client(
        _ id: String,
        enabled: Bool = true,
        method: ClientAuthenticationMethod = .selfSignedTLS,
        ends days: Int64...
    ) throws -> Client {
        try #require(
            Client(
                id: id,
                policy: policy(method),
                isEnabled: enabled,
                secret: nil,
                trust: nil,
                certificates: days.enumerated().map { number, days in
                    RegisteredCertificate(
                        thumbprint: Digest256.of(Array("\(id) \(number)".utf8)),
                        notBefore: 0,
                        notAfter: Self.now + days * Self.day
                    )
                }
            )
        )
    }

    private func look(_ clients: Client...) -> CertificateExpiry {
        var known = ClientRegistry()
        for client in clients { known.insert(client) }
        return CertificateExpiry(
            Registry(clients: known, users: [:], generation: 1),
            days: 30,
            now: Self.now,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test func `those that have ended and those that will are counted apart`() throws {
        let found = look(
            try client("over", ends: -1),
            try client("soon", ends: 29),
            try client("later", ends: 31),
            try client("renewed", ends: -1, 5, 400)
        )
        #expect(found.expired == 2)
        #expect(found.expiring == 2)
    }

    @Test func `disabled clients and other methods need no certificate`() throws {
        let found = look(
            try client("off", enabled: false, ends: -1),
            try client("secret", method: .secretBasic, ends: -1)
        )
        #expect(found.expired == 0 && found.expiring == 0)
    }
}
