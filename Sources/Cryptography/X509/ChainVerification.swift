// SPDX-License-Identifier: Apache-2.0
/// Why a chain was not accepted.
public struct ChainError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reasons that are told apart, by names that do not change.
    public enum Code: String, Sendable {
        case malformed, tooLarge, version, expired, notYetValid, purpose, key
        case caAsLeaf = "authorityAsLeaf"
        case unknownCA = "unknownAuthority"
        case serial, embeddedNUL, signature, nameConstraints, tooLong
        case weakSignature, chain, policy, revoked, revocationUnknown
    }

    /// The reason's code.
    public let code: Code
    /// The certificate at which the check failed; nil where it is about none of them alone.
    public let certificate: FailedCertificate?
    /// The state of the permission for a certificate for servers only; nil for every other reason.
    public let serverAuth: ServerAuth?

    private let role: Role?
    private let text: String

    /// Why a certificate whose extended key usage has serverAuth, and not clientAuth, is refused.
    public enum ServerAuth: Sendable, Equatable {
        /// There is no permission.
        case notAllowed
        /// The permission has ended.
        case ended
    }

    /// The role of a certificate on its path.
    enum Role: String {
        case leaf = "certificate"
        case intermediate
        case anchor = "registered CA"
    }

    /// A whole sentence; `certificate` is the one that it is about.
    init(
        _ code: Code,
        _ text: String,
        at certificate: Certificate? = nil,
        serverAuth: ServerAuth? = nil
    ) {
        self.init(code, text, certificate.map(FailedCertificate.init), nil, serverAuth)
    }

    /// A sentence that begins with the certificate's name and goes on with `text`.
    init(_ code: Code, _ role: Role, _ certificate: Certificate, _ text: String) {
        self.init(code, text, FailedCertificate(certificate), role, nil)
    }

    private init(
        _ code: Code,
        _ text: String,
        _ certificate: FailedCertificate?,
        _ role: Role?,
        _ serverAuth: ServerAuth?
    ) {
        self.code = code
        self.text = text
        self.certificate = certificate
        self.role = role
        self.serverAuth = serverAuth
    }

    /// The problem, in a sentence; for logs, not for the client.
    ///
    /// Names are formatted only when it is read, because a client can send long ones.
    public var description: String {
        guard let role, let certificate else { return text }
        return "The \(role.rawValue) \(certificate.name) \(text)"
    }

    /// The same refusal, which is about `certificate` unless it names one already.
    func at(_ certificate: Certificate) -> ChainError {
        guard self.certificate == nil else { return self }
        return ChainError(code, text, at: certificate, serverAuth: serverAuth)
    }
}

/// The certificate at which a check of a chain failed, by its names.
///
/// Untrusted input from a client: logs must escape the names.
public struct FailedCertificate: Sendable, Equatable {
    private let certificate: Certificate

    /// More of a subject is not shown in a sentence.
    private static let charactersMax = 200

    init(_ certificate: Certificate) { self.certificate = certificate }

    /// Its subject, as RFC 4514 text.
    public var subject: String { certificate.subject.canonical }
    /// Its issuer, as RFC 4514 text.
    public var issuer: String { certificate.issuer.canonical }
    /// Its serial number's octets in hexadecimal.
    public var serial: String { certificate.serialHexadecimal }

    /// Subject and serial number for a sentence.
    var name: String { "`\(Self.shortened(subject))` (serial \(serial.prefix(64)))" }

    static func shortened(_ name: String) -> String {
        name.count > charactersMax ? name.prefix(charactersMax) + "…" : name
    }
}

/// The result of verifying a chain.
public enum ChainResult: Sendable, Equatable {
    /// Accepted, until the earliest end in the chain, in seconds since 1970.
    case accepted(validUntil: Int64)
    /// Not accepted.
    case refused(ChainError)
}

/// The checks of a chain, in the order in which they are made; their names do not change.
public enum ChainCheck: String, Sendable, CaseIterable {
    /// The number and size of the intermediates are within the limits.
    case sent
    /// The leaf is of X.509 version 3.
    case version
    /// The leaf is in its time of validity.
    case validity
    /// The leaf is no CA's certificate.
    case endEntity = "end-entity"
    /// The leaf's key may authenticate a client.
    case purpose
    /// The leaf's key is of a good kind and size.
    case key
    /// The leaf's serial number is well-formed.
    case serial
    /// No name in the leaf has a NUL.
    case names
    /// The CAs of the path may sign certificates, with keys of a good kind and size.
    case intermediates
    /// Name constraints are well formed, few enough to check, and kept.
    case nameConstraints = "name-constraints"
    /// Signatures lead to a registered CA, and all on the way are as RFC 5280 wants them.
    case path
    /// No certificate on the path is revoked, and all are known not to be where that is asked for.
    case revocation

    /// The checks of the leaf alone (`LeafPolicy`).
    static let ofLeaf: [ChainCheck] = [
        .version, .validity, .endEntity, .purpose, .key, .serial, .names,
    ]
}

/// The result of verifying a chain, with its path and cost.
public struct ChainVerification: Sendable {
    /// The result.
    public let result: ChainResult
    /// The check that refused, which is the last that was made; nil when all accepted.
    public let refusedBy: ChainCheck?
    /// The path that was accepted, or that came furthest: the leaf first, the registered CA last.
    ///
    /// Empty where names lead to none.
    public let path: [Certificate]
    /// The cost.
    public let effort: ChainEffort

    /// The CA at the end of the path; nil unless it was accepted.
    public var anchor: Certificate? { refusedBy == nil ? path.last : nil }
    /// When the leaf ends: the last second, since 1970.
    public let leafNotAfter: Int64
    /// The end of the permission without which the leaf, for servers only, would not have been
    /// accepted; nil where none was needed.
    public var serverAuthUntil: Int64?
}

/// The cost of one verification.
public struct ChainEffort: Sendable, Equatable {
    /// Certificates beside the leaf that were read, because names led to them.
    public internal(set) var certificatesRead = 0
    /// Certificates whose key was decoded.
    public internal(set) var keysDecoded = 0
    /// Signatures that were verified.
    public internal(set) var signaturesChecked = 0
    /// Paths that were given to OpenSSL.
    public internal(set) var pathsTried = 0
}
