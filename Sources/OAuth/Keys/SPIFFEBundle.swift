// SPDX-License-Identifier: Apache-2.0
public import Cryptography
internal import Text

/// Why a SPIFFE bundle is refused.
public struct SPIFFEBundleError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The problem, in sentences.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// A SPIFFE bundle: the CAs of a trust domain's X.509-SVIDs, as a JWK Set
/// (SPIFFE_Trust_Domain_and_Bundle §4, X509-SVID §6).
public struct SPIFFEBundle: Sendable, Equatable {
    /// The CAs, each once, in the order of the text; at least one.
    public let anchors: [Certificate]
    /// `spiffe_sequence`; 0 where the bundle has none.
    public let sequence: Int64
    /// Seconds after which to look for a newer one: `spiffe_refresh_hint`, from 30 to 3,600.
    public let refreshSeconds: Int
    /// The keys for X.509-SVIDs that are ignored with the reasons, in sentences.
    public let omissions: [String]

    /// Room for as many CAs as are used, with keys for JWT-SVIDs beside them.
    public static let bytesMax = 256 * 1024
    /// Keys of all uses.
    public static let keysMax = 256
    /// Seconds that a hint is held to: a bundle must neither be asked for all the time nor seldom.
    public static let refreshRange = 30...3_600
    /// Where there is no hint (SPIFFE_Trust_Domain_and_Bundle §6.1).
    public static let refreshStandard = 300

    /// `use` of the keys that are read (X509-SVID §6.1); all others are ignored.
    private static let use = "x509-svid"

    /// Reads a bundle; throws where no key in it can be used.
    ///
    /// An empty bundle is none here, although SPIFFE has it revoke all keys: its readers keep what
    /// they had, until that is too old.
    public init(_ text: Span<UInt8>) throws(SPIFFEBundleError) {
        guard text.count <= Self.bytesMax else {
            throw SPIFFEBundleError("The bundle has more than \(Self.bytesMax) bytes.")
        }
        guard let value = JSONValue(text) else {
            throw SPIFFEBundleError("The bundle is not JSON, or a name stands twice in an object.")
        }
        guard case .array(let keys) = value["keys"] else {
            throw SPIFFEBundleError("The bundle is no object with an array `keys`.")
        }
        guard keys.count <= Self.keysMax else {
            throw SPIFFEBundleError("The bundle has more than \(Self.keysMax) keys.")
        }
        (sequence, refreshSeconds) = (try Self.sequence(value), Self.refreshSeconds(value))
        (anchors, omissions) = try Self.anchors(keys)
    }

    private static func sequence(_ value: JSONValue) throws(SPIFFEBundleError) -> Int64 {
        switch value["spiffe_sequence"] {
        case nil: return 0
        case .integer(let sequence) where sequence >= 0: return sequence
        default:
            throw SPIFFEBundleError("Its `spiffe_sequence` is no whole number from 0 to 2^63-1.")
        }
    }

    private static func refreshSeconds(_ value: JSONValue) -> Int {
        guard case .integer(let hint) = value["spiffe_refresh_hint"] else { return refreshStandard }
        return Int(min(max(hint, Int64(refreshRange.lowerBound)), Int64(refreshRange.upperBound)))
    }

    private static func anchors(
        _ keys: [JSONValue]
    ) throws(SPIFFEBundleError) -> ([Certificate], [String]) {
        var (anchors, omissions): ([Certificate], [String]) = ([], [])
        for (index, key) in keys.enumerated() where key["use"]?.text == use {
            do throws(SPIFFEBundleError) {
                let anchor = try anchor(key)
                if !anchors.contains(anchor) { anchors.append(anchor) }
            } catch {
                omissions.append("Key \(index + 1): \(error)")
            }
        }
        guard !anchors.isEmpty else {
            throw SPIFFEBundleError(
                (["It has no key for X.509-SVIDs (`use` x509-svid) that can be used."] + omissions)
                    .joined(separator: " ")
            )
        }
        guard anchors.count <= ChainVerifier.anchorsMax else {
            throw SPIFFEBundleError(
                "It has \(anchors.count) CAs; at most \(ChainVerifier.anchorsMax) are accepted."
            )
        }
        return (anchors, omissions)
    }

    /// The CA of one key: the first certificate of its `x5c` (X509-SVID §6.2).
    private static func anchor(_ key: JSONValue) throws(SPIFFEBundleError) -> Certificate {
        guard case .array(let chain) = key["x5c"], let text = chain.first?.text else {
            throw SPIFFEBundleError("It has no certificate in `x5c`.")
        }
        guard let der = Base64.decode(text.utf8Span.span) else {
            throw SPIFFEBundleError("Its `x5c` is no Base64.")
        }
        do throws(CertificateError) {
            let certificate = try Certificate(der: der)
            _ = try ChainVerifier(anchors: [certificate])
            return certificate
        } catch {
            throw SPIFFEBundleError(error.description)
        }
    }
}
