// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A group of the key exchange (RFC 8446 §4.2.7), under the name that OpenSSL and the configuration
/// have for it.
///
/// FFDHE and X448 are not among them: no client needs either, and both cost many times X25519.
public enum TLSGroup: String, Sendable, CaseIterable {
    /// ML-KEM-768 and X25519 together (draft-ietf-tls-ecdhe-mlkem), in TLS 1.3 alone: OpenSSL 3.5
    /// and later.
    case x25519MLKEM768 = "X25519MLKEM768"
    /// RFC 7748.
    case x25519 = "X25519"
    /// NIST's curves (RFC 8422 §5.1.1).
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"

    /// Whether the OpenSSL that runs has the group.
    public var isKnown: Bool {
        // SAFETY: a C string for the call.
        unsafe handfast_key_kind_is_known(keyKind) == 1
    }

    /// All that the OpenSSL that runs has, the preferred one first.
    public static let known = allCases.filter(\.isKnown)

    /// The place among all groups, from 0, by which they are counted.
    public var position: Int {
        switch self {
        case .x25519MLKEM768: 0
        case .x25519: 1
        case .p256: 2
        case .p384: 3
        case .p521: 4
        }
    }

    /// The number of the group in TLS's registry of supported groups.
    public var number: UInt16 {
        switch self {
        case .x25519MLKEM768: 0x11EC
        case .x25519: 0x001D
        case .p256: 0x0017
        case .p384: 0x0018
        case .p521: 0x0019
        }
    }

    /// The group with this number; nil where it is none of these.
    init?(number: UInt16) {
        guard let group = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = group
    }

    private var keyKind: String {
        switch self {
        case .x25519MLKEM768, .x25519: rawValue
        case .p256, .p384, .p521: "EC"
        }
    }
}
