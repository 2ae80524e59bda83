// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A part of a TLS handshake that is done faster than OpenSSL does it.
///
/// `Sources/COpenSSL/Faster/README.md` says what each one is and what it gains. Those of the slim
/// provider are taken only where that is loaded.
public enum Shortcut: String, CaseIterable, Sendable {
    case smallNameMap = "small-name-map"
    case trimmedLists = "trimmed-lists"
    case knownKeys = "known-keys"
    case keyDerivations = "key-derivations"
    case knownDerivations = "known-derivations"
    case finishedMACs = "finished-macs"
    case ladderKeys = "ladder-keys"
    case parsedCertificates = "parsed-certificates"
    case preparedSignatures = "prepared-signatures"

    var code: handfast_shortcut {
        switch self {
        case .smallNameMap: HANDFAST_SMALL_NAME_MAP
        case .trimmedLists: HANDFAST_TRIMMED_LISTS
        case .knownKeys: HANDFAST_KNOWN_KEYS
        case .keyDerivations: HANDFAST_KEY_DERIVATIONS
        case .knownDerivations: HANDFAST_KNOWN_DERIVATIONS
        case .finishedMACs: HANDFAST_FINISHED_MACS
        case .ladderKeys: HANDFAST_LADDER_KEYS
        case .parsedCertificates: HANDFAST_PARSED_CERTIFICATES
        case .preparedSignatures: HANDFAST_PREPARED_SIGNATURES
        }
    }

    /// Has OpenSSL do this part itself, for the rest of the process.
    ///
    /// Before `CryptographyLibrary.start`, and before other threads run.
    public func switchOff() {
        handfast_shortcut_switch_off(code)
    }

    /// Whether the shortcut is in use: not switched off, and a gain with the running OpenSSL.
    public var isOn: Bool {
        handfast_shortcut_is_on(code) == 1
    }
}
