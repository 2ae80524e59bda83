// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A version of TLS that is spoken, in order of age.
public enum TLSVersion: String, Sendable, CaseIterable, Comparable {
    /// RFC 5246.
    case tls12 = "1.2"
    /// RFC 8446.
    case tls13 = "1.3"

    /// Both versions.
    public static let all = tls12...tls13
    /// TLS 1.3 alone.
    public static let newest = tls13...tls13

    /// Whether `one` is older.
    public static func < (one: TLSVersion, other: TLSVersion) -> Bool {
        one == .tls12 && other == .tls13
    }

    var code: Int32 {
        switch self {
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
    }
}
