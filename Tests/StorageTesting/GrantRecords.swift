// SPDX-License-Identifier: Apache-2.0
package import Storage

/// Records of grants, told from others by their numbers.
package enum SampleGrant {
    /// 32 bytes, as digests have.
    package static func digest(_ number: Int, _ kind: UInt8 = 0xd1) -> [UInt8] {
        identifier(number, kind) + [UInt8](repeating: 9, count: 16)
    }

    /// 16 bytes, as grants' ids have.
    package static func identifier(_ number: Int, _ kind: UInt8 = 0x1d) -> [UInt8] {
        [kind] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
            + [UInt8](repeating: 7, count: 7)
    }

    /// The access that grant `number` gives.
    package static func access(_ number: Int) -> GrantedAccess {
        GrantedAccess(
            grantID: identifier(number),
            clientID: "app",
            subject: "user:\(number)",
            scopes: ["read", "a\"b\\c", "größe"],
            audiences: number % 2 == 0 ? [] : ["https://api.example", "https://b.example/ü"],
            grantedAt: 1_000,
            tokenLifetime: 600 + Int64(number)
        )
    }

    /// An unused code, which is kept until 1600 unless told otherwise.
    package static func code(_ number: Int, keptUntil: Int64 = 1_600) -> CodeRecord {
        CodeRecord(
            digest: digest(number),
            access: access(number),
            redirectURI: "https://app.example/callback?n=\(number)",
            namedRedirectURI: number % 2 == 1,
            challenge: digest(number, 0xc4),
            expiresAt: 1_060,
            keptUntil: keptUntil
        )
    }

    /// A family that ends at 5000 unless told otherwise.
    package static func family(_ number: Int, endsAt: Int64 = 5_000) -> RefreshFamilyRecord {
        RefreshFamilyRecord(
            access: access(number),
            thumbprint: number % 2 == 1 ? digest(number, 0x7b) : nil,
            current: token(number, 0),
            rotatedAt: 1_000,
            endsAt: endsAt
        )
    }

    /// The digest of the refresh token that comes after `turn` rotations.
    package static func token(_ number: Int, _ turn: Int) -> [UInt8] {
        digest(number << 16 | turn, 0x4e)
    }

    /// The rotation that follows `turn` others; the family ends at 6000 and `turn` unless told
    /// otherwise.
    package static func rotation(
        _ number: Int,
        _ turn: Int,
        endsAt: Int64? = nil
    ) -> RefreshRotation {
        RefreshRotation(
            family: identifier(number),
            current: token(number, turn),
            successor: token(number, turn + 1),
            rotatedAt: 2_000 + Int64(turn),
            endsAt: endsAt ?? 6_000 + Int64(turn)
        )
    }

    /// A pushed request that expires at 1090 unless told otherwise.
    package static func request(_ number: Int, expiresAt: Int64 = 1_090) -> PushedRequestRecord {
        PushedRequestRecord(
            digest: digest(number, 0x50),
            // Below the bound of one client.
            clientID: "app\(number / 1_000)",
            parameters: Array("response_type=code&state=\(number)".utf8) + [0, 0xff],
            expiresAt: expiresAt
        )
    }
}
