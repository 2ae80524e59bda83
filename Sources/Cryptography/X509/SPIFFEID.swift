// SPDX-License-Identifier: Apache-2.0
/// Why a text is no SPIFFE ID, or no pattern of such IDs.
public struct SPIFFEIDError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The problem, in a sentence.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// A SPIFFE ID (SPIFFE-ID §2): `spiffe://`, the name of a trust domain, and a path.
///
/// Strict: one ID has one spelling, so that bytes are compared. Names of trust domains that look
/// like addresses are names like all others.
public struct SPIFFEID: Sendable, Hashable {
    /// The whole ID.
    public let text: String
    /// The name of its trust domain.
    public let trustDomain: String

    /// The beginning of each ID.
    public static let scheme = "spiffe://"
    /// SPIFFE-ID §2.3, for the whole ID.
    public static let bytesMax = 2_048
    /// SPIFFE-ID §2.3: as long as a host name of a URI may be.
    public static let trustDomainBytesMax = 255

    /// Reads the ID of a workload, which has a path (X509-SVID §3.1).
    public init(_ text: String) throws(SPIFFEIDError) {
        let parts = try SPIFFEParts(text)
        guard !parts.segments.isEmpty else { throw SPIFFEIDError("A workload's ID has a path.") }
        guard !parts.endsInWildcard else { throw SPIFFEParts.characters }
        (self.text, trustDomain) = (text, parts.trustDomain)
    }

    /// Whether `name` can be the name of a trust domain: 1 to 255 of a-z, 0-9, `.`, `-` and `_`.
    ///
    /// Stricter than SPIFFE-ID §2.1 about `.` and `..`, which others may take for folders.
    public static func isTrustDomain(_ name: String) -> Bool {
        (1...trustDomainBytesMax).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { SPIFFEParts.isSmall($0) }
    }

    /// Whether the bytes begin as an ID does.
    public static func begins(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.starts(with: scheme.utf8)
    }
}

/// The registration of a client of `spiffe_x509`: one SPIFFE ID, or all below a path.
///
/// `spiffe://example.org/ns/*` stands for each ID that begins with what is before the `*`, however
/// many segments follow, and not for `spiffe://example.org/ns` itself.
public struct SPIFFEPattern: Sendable, Hashable {
    /// As it is registered.
    public let text: String
    /// The name of the trust domain of all its IDs.
    public let trustDomain: String
    /// Whether it stands for all IDs below a path.
    public let isPrefix: Bool
    /// The ID, or the beginning of all of them with its last slash.
    public var stem: Substring { isPrefix ? text.dropLast() : text[...] }
    /// The segments of the path before a `*`.
    public let depth: Int

    /// Reads an ID, or one whose last segment is `*`.
    public init(_ text: String) throws(SPIFFEIDError) {
        let parts = try SPIFFEParts(text)
        guard !parts.segments.isEmpty else { throw SPIFFEIDError("A workload's ID has a path.") }
        (self.text, trustDomain) = (text, parts.trustDomain)
        isPrefix = parts.endsInWildcard
        depth = parts.segments.count - (isPrefix ? 1 : 0)
    }

    /// Whether it stands for `id`.
    public func matches(_ id: SPIFFEID) -> Bool {
        // Bytes: as Swift compares strings, different ones may be equal. An ID has no trailing
        // slash, so that something follows the stem.
        isPrefix
            ? id.text.utf8.starts(with: stem.utf8) : id.text.utf8.elementsEqual(text.utf8)
    }
}

/// The parts of an ID or a pattern, each checked.
private struct SPIFFEParts {
    let trustDomain: String
    /// Of the path; a `*` at its end included.
    let segments: [Substring]
    let endsInWildcard: Bool

    static let characters = SPIFFEIDError(
        "A path has letters, digits, full stops, hyphens and underscores, and slashes between its"
            + " segments; a `*` only as its last segment, of a pattern."
    )

    init(_ text: String) throws(SPIFFEIDError) {
        guard text.utf8.count <= SPIFFEID.bytesMax else {
            throw SPIFFEIDError("A SPIFFE ID has at most \(SPIFFEID.bytesMax) bytes.")
        }
        guard text.utf8.starts(with: SPIFFEID.scheme.utf8) else {
            throw SPIFFEIDError("A SPIFFE ID begins with spiffe://, in small letters.")
        }
        let rest = text.utf8.dropFirst(SPIFFEID.scheme.utf8.count)
        let name = rest.prefix { $0 != UInt8(ascii: "/") }
        trustDomain = String(decoding: name, as: UTF8.self)
        guard SPIFFEID.isTrustDomain(trustDomain) else {
            throw SPIFFEIDError(
                "The name of a trust domain has 1 to \(SPIFFEID.trustDomainBytesMax) small letters,"
                    + " digits, full stops, hyphens and underscores: no port, no user and no `%`."
            )
        }
        guard rest.count > name.count else {
            (segments, endsInWildcard) = ([], false)
            return
        }
        let path = String(decoding: rest.dropFirst(name.count + 1), as: UTF8.self)
        segments = path.split(separator: "/", omittingEmptySubsequences: false)
        endsInWildcard = segments.last == "*"
        for segment in endsInWildcard ? segments.dropLast() : segments[...] {
            guard !segment.isEmpty else {
                throw SPIFFEIDError("A path has no empty segment, and no slash at its end.")
            }
            guard segment != ".", segment != ".." else {
                throw SPIFFEIDError("A path has no segment `.` or `..`.")
            }
            guard segment.utf8.allSatisfy({ Self.isSmall($0) || Self.isCapital($0) }) else {
                throw Self.characters
            }
        }
    }

    /// Whether a trust domain's name may have the character.
    static func isSmall(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isCapital(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
