// SPDX-License-Identifier: Apache-2.0
internal import CArgon2
internal import Text

/// Passwords hashed with Argon2id (RFC 9106), stored as PHC strings.
public enum PasswordHash {
    /// The memory and the passes of a hash, with one lane.
    public struct Cost: Sendable {
        let memoryKiB: UInt32
        let passes: UInt32

        /// 19 MiB and two passes: OWASP's first choice for Argon2id; about 30 ms on one core.
        public static let standard = Cost(memoryKiB: 19_456, passes: 2)
        /// The least that Argon2 has (RFC 9106 §3.1), some microseconds: for the public passwords
        /// of load targets, and for no other.
        public static let least = Cost(memoryKiB: 8, passes: 1)
    }

    private static let lanes: UInt32 = 1
    private static let saltBytes = 16
    private static let hashBytes = 32

    /// The PHC string of `password` under a fresh salt.
    ///
    /// Takes tens of milliseconds at the standard cost.
    public static func make(
        _ password: [UInt8],
        cost: Cost = .standard
    ) throws(CryptographyError) -> String {
        let salt = try RandomBytes.make(saltBytes)
        let size = argon2_encodedlen(
            cost.passes,
            cost.memoryKiB,
            lanes,
            UInt32(saltBytes),
            UInt32(hashBytes),
            Argon2_id
        )
        var encoded = [CChar](repeating: 0, count: Int(size))
        // SAFETY: every count is the array's own; libargon2 ends the text with a NUL within `size`.
        let status = unsafe argon2id_hash_encoded(
            cost.passes,
            cost.memoryKiB,
            lanes,
            password,
            password.count,
            salt,
            saltBytes,
            hashBytes,
            &encoded,
            Int(size)
        )
        guard status == ARGON2_OK.rawValue else {
            throw CryptographyError("Argon2id", reason: "code \(status)")
        }
        return String(
            decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
    }

    /// Whether `password` is the one behind the PHC string; false for a string that is none.
    public static func verify(_ password: [UInt8], against encoded: String) -> Bool {
        // SAFETY: the text is NUL-terminated for the call and the count is the array's own.
        unsafe argon2id_verify(encoded, password, password.count) == ARGON2_OK.rawValue
    }

    /// A hash that no password has, to spend the same time on a user who does not exist.
    ///
    /// Random bytes where a hash would stand: making one would delay each start by a hash's time.
    public static func dummy() throws(CryptographyError) -> String {
        let parameters = "m=\(Cost.standard.memoryKiB),t=\(Cost.standard.passes),p=\(lanes)"
        let (salt, hash) = (try randomText(saltBytes), try randomText(hashBytes))
        return "$argon2id$v=\(ARGON2_VERSION_NUMBER.rawValue)$\(parameters)$\(salt)$\(hash)"
    }

    /// Random bytes in the Base64 of PHC strings: the standard alphabet without padding.
    private static func randomText(_ count: Int) throws(CryptographyError) -> String {
        let bytes = try RandomBytes.make(count)
        return String(decoding: Base64.encode(bytes.span, isPadded: false), as: UTF8.self)
    }
}
