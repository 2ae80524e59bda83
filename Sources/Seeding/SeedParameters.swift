// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// The kinds of keys that clients of a load target have.
package enum SeedKey: String, Sendable, CaseIterable {
    case p256
    case rsa2048
    case ed25519
    /// All three in turn.
    case mix

    /// The kind of the client with this number, from 0 on; never `mix`.
    func kind(of index: Int) -> SeedKey {
        guard self == .mix else { return self }
        return [.p256, .rsa2048, .ed25519][index % 3]
    }

    /// How many of the clients before this number have RSA keys.
    func rsaCount(before index: Int) -> Int {
        switch self {
        case .p256, .ed25519: 0
        case .rsa2048: index
        case .mix: (index + 1) / 3
        }
    }

    /// The place in the pool of the key that the client with this number has, if it is an RSA key.
    func placeInPool(of index: Int) -> Int { rsaCount(before: index) % RSAKeyPool.keysMax }
}

/// The ways in which clients of a load target authenticate (RFC 8705 §2).
package enum SeedMethod: String, Sendable, CaseIterable {
    /// By a certificate that is registered by its thumbprint.
    case selfSigned = "self_signed"
    /// By any certificate of the seed's CA for the client's subject.
    case pki
    /// Both in turn.
    case mix

    /// The method of the client with this number, from 0 on; never `mix`.
    func method(of index: Int) -> SeedMethod {
        guard self == .mix else { return self }
        return index % 2 == 0 ? .selfSigned : .pki
    }
}

/// The error in the parameters or the directory of a load target, in sentences.
package struct SeedError: Error, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether an argument is at fault.
    package let isUsage: Bool

    init(_ description: String, isUsage: Bool = false) {
        self.description = description
        self.isUsage = isUsage
    }
}

/// Everything that a load target follows from.
package struct SeedParameters: Sendable, Equatable {
    package let seed: Seed
    package let clients: Int
    package let users: Int
    package let key: SeedKey
    package let method: SeedMethod
    /// The first second of all certificates, a midnight in UTC, in seconds since 1970.
    package let notBefore: Int64

    /// A million clients are as many as a server is measured with.
    package static let clientsMax = 1_000_000
    /// Each user is a hash at the seeding, and a password that everybody knows.
    package static let usersMax = 10_000
    /// 2026-01-01: a fixed day, so that two seedings on different days agree.
    package static let notBeforeDefault = "2026-01-01"
    /// Ten years, of which two are leap years.
    private static let days: Int64 = 3652

    /// Parameters as they are given; throws what is wrong with any of them.
    ///
    /// `notBefore` is a day such as 2026-01-01.
    package init(
        seed: Seed,
        clients: Int,
        users: Int = 0,
        key: SeedKey = .p256,
        method: SeedMethod = .selfSigned,
        notBefore: String = notBeforeDefault
    ) throws(SeedError) {
        guard (1...Self.clientsMax).contains(clients) else {
            throw SeedError("The number of clients is from 1 to 1,000,000.", isUsage: true)
        }
        guard (0...Self.usersMax).contains(users) else {
            throw SeedError("The number of users is from 0 to 10,000.", isUsage: true)
        }
        // Certificates have no dates beyond the year 9999 (RFC 5280 §4.1.2.5).
        guard let day = CertificateTime.day(notBefore), day >= 0, day < 253_000_000_000 else {
            throw SeedError(
                "The first day of the certificates is written YYYY-MM-DD, such as"
                    + " \(Self.notBeforeDefault), and is not before 1970-01-01.",
                isUsage: true
            )
        }
        (self.seed, self.clients, self.users) = (seed, clients, users)
        (self.key, self.method, self.notBefore) = (key, method, day)
    }

    /// How many clients have an RSA key, which from `RSAKeyPool.keysMax` on they share.
    package var rsaClients: Int { key.rsaCount(before: clients) }

    /// From the first to the last second of all certificates.
    package var validity: ClosedRange<Int64> { notBefore...notBefore + Self.days * 86_400 - 1 }

    /// `notBefore` as it is given.
    package var notBeforeDay: String { String(CertificateTime.text(notBefore).prefix(10)) }

    /// Throws where the certificates are valid no longer: none of them could be registered.
    package func requireValidity(at now: Int64) throws(SeedError) {
        guard validity.upperBound >= now else {
            throw SeedError(
                "Certificates from \(notBeforeDay) on end at"
                    + " \(CertificateTime.text(validity.upperBound)), which is over. Give a later"
                    + " --not-before.",
                isUsage: true
            )
        }
    }
}
