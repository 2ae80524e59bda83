/// Why a chain was not accepted.
public struct ChainRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reasons that are told apart, by names that do not change.
    public enum Code: String, Sendable {
        case malformed, tooLarge, version, expired, notYetValid, authorityAsLeaf, purpose, key
        case serial, embeddedNUL, unknownAuthority, signature, nameConstraints, tooLong
        case weakSignature, chain, revoked, revocationUnknown
    }

    /// Which reason.
    public let code: Code
    /// What was wrong, in a sentence; for logs, not for the client.
    public let description: String
    /// How a certificate for servers only stands; nil for every other reason.
    public let serverAuth: ServerAuth?

    /// Why a certificate whose extended key usage has serverAuth, and not clientAuth, is refused.
    public enum ServerAuth: Sendable, Equatable {
        /// Nothing allows it.
        case notAllowed
        /// It was allowed for a time that is over.
        case ended
    }

    init(_ code: Code, _ description: String, serverAuth: ServerAuth? = nil) {
        self.code = code
        self.description = description
        self.serverAuth = serverAuth
    }
}

/// What verification came to.
public enum ChainVerdict: Sendable, Equatable {
    /// Accepted, until the earliest end in the chain, in seconds since 1970.
    case accepted(validUntil: Int64)
    /// Not accepted.
    case refused(ChainRefusal)
}

/// The checks of a chain, in the order in which they are made; their names do not change.
public enum ChainCheck: String, Sendable, CaseIterable {
    /// What was sent along: not too much, and certificates that can be read.
    case sent
    /// The leaf is of X.509 version 3.
    case version
    /// The leaf is in its time of validity.
    case validity
    /// The leaf is no authority's certificate.
    case endEntity = "end-entity"
    /// The leaf's key may authenticate a client.
    case purpose
    /// The leaf's key is of a good kind and size.
    case key
    /// The leaf's serial number is one.
    case serial
    /// No name in the leaf has a NUL.
    case names
    /// The keys of the certificates that were sent along are of a good kind and size.
    case intermediates
    /// Name constraints are few enough to check.
    case nameConstraints = "name-constraints"
    /// A path of signatures leads to an authority, and all on it are in their time of validity.
    case path
    /// No certificate on the path is revoked, and all are known not to be where that is asked for.
    case revocation

    /// Those that are about the leaf alone (`LeafPolicy`).
    static let ofLeaf: [ChainCheck] = [
        .version, .validity, .endEntity, .purpose, .key, .serial, .names,
    ]
}

/// What verification came to, and by which check.
public struct ChainExamination: Sendable {
    /// What it came to.
    public let verdict: ChainVerdict
    /// The check that refused, which is the last that was made; nil when all accepted.
    public let refusedBy: ChainCheck?
    /// The authority at the end of the path; nil unless it was accepted.
    public let anchor: Certificate?
    /// When the leaf ends: the last second, since 1970.
    public let leafNotAfter: Int64
    /// The end of the permission without which the leaf, for servers only, would not have been
    /// accepted; nil where none was needed.
    public var serverAuthUntil: Int64?
}
