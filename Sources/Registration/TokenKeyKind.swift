// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import OAuth
package import Storage

/// The purpose of a server key.
package enum TokenKeyKind: Sendable, Hashable, CaseIterable {
    /// Signs JWTs by this algorithm.
    case signs(SignatureAlgorithm)
    /// Encrypts sealed tokens.
    case sealing

    /// Signs the tokens of clients that are registered for no other algorithm.
    package static let signing = TokenKeyKind.signs(.es256)
    /// The kinds that every server has; the others are made when a client needs them.
    package static let ofEveryServer = [signing, sealing]
    /// Every kind, in the order in which help lists them.
    package static let allCases = SigningKeys.algorithms.map { TokenKeyKind.signs($0) } + [sealing]

    /// The store's word.
    package var stored: String {
        switch self {
        case .signs(let algorithm): algorithm.rawValue
        case .sealing: KeyRecord.sealing
        }
    }

    /// The word by which a command calls it.
    package var word: String {
        switch self {
        case .signing: "signing"
        case .signs(let algorithm): algorithm.rawValue
        case .sealing: "sealing"
        }
    }

    /// The kind that is called so, by its own word or the store's; nil for another one.
    package init?(named name: String) {
        guard let kind = Self.allCases.first(where: { $0.word == name || $0.stored == name })
        else { return nil }
        self = kind
    }

    /// A fresh key.
    ///
    /// One of RSA takes some hundred milliseconds.
    package func make(createdAt now: Int64, activeFrom: Int64) throws -> KeyRecord {
        let (keyID, material): (String, [UInt8])
        switch self {
        case .signs(let algorithm):
            let key = try SigningKey.generate(algorithm)
            (keyID, material) = (try key.thumbprint(), try key.pkcs8())
        case .sealing:
            (keyID, material) = (try RandomBytes.alphanumeric(28), try RandomBytes.make(32))
        }
        return KeyRecord(
            keyID: keyID,
            kind: stored,
            material: material,
            createdAt: now,
            activeFrom: activeFrom
        )
    }
}
