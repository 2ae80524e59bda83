// SPDX-License-Identifier: Apache-2.0
/// Verifies client certificates against the trust anchors that were registered for a client.
///
/// A CA is trusted by its exact key, root or not; what else the machine trusts does not
/// count. No result is cached: each call costs a decoding per certificate and a signature check per
/// link, some hundred microseconds, and a bounded number of both where paths are many. Callers keep
/// the result with the thumbprint.
public struct ChainVerifier: Sendable {
    /// The trust anchors.
    public let anchors: [Certificate]
    /// The revocation mode with its lists; nil for no revocation check.
    public let revocation: Revocation?
    /// Until when, exclusively, certificates for servers only are accepted; nil for never.
    public let serverAuthUntil: Int64?
    /// A digest that is another one when a CA is, or what decides revocation, or
    /// `serverAuthUntil`.
    public let cacheKey: Digest256

    /// Leaf and intermediates together; TLS takes no larger certificate list either.
    public static let bytesMax = 32 * 1024
    /// Certificates above the leaf, the CA included.
    public static let depthMax = 4
    /// The limit of intermediates from a client: as many as a path needs, anchor included, twice
    /// over and some spare.
    public static let intermediatesMax = 16
    /// Comparisons of names with name constraints; each costs OpenSSL about 0.1 µs.
    static let constraintWorkMax = 16_384
    /// CAs per client; each is decoded in each call.
    public static let anchorsMax = 16

    /// Takes the trust anchors; refuses what cannot be one.
    public init(
        anchors: [Certificate],
        revocation: Revocation? = nil,
        serverAuthUntil: Int64? = nil
    ) throws(CertificateError) {
        guard !anchors.isEmpty, anchors.count <= Self.anchorsMax else {
            throw CertificateError(
                .tooLarge,
                "Register between 1 and \(Self.anchorsMax) CA certificates for a client."
            )
        }
        for anchor in anchors {
            let name = anchor.subject.canonical
            guard anchor.version == 3, anchor.isCA else {
                throw CertificateError(
                    .malformed,
                    "`\(name)` is not a CA certificate: its basic constraints do not say CA:TRUE. "
                        + "Register a client's own certificate as such."
                )
            }
            if let reason = KeyPolicy.reasonToRefuse(anchor.publicKey) {
                throw CertificateError(.malformed, "`\(name)` cannot be used. \(reason)")
            }
        }
        self.init(checked: anchors, revocation, serverAuthUntil)
    }

    private init(
        checked anchors: [Certificate],
        _ revocation: Revocation?,
        _ serverAuthUntil: Int64?
    ) {
        self.anchors = anchors
        self.revocation = revocation
        self.serverAuthUntil = serverAuthUntil
        let anchorDigests = Digest256.sortedBytes(anchors.map(\.thumbprint))
        // Digests have 32 bytes and a time has 8, so that no two lists are the same bytes.
        let permission = serverAuthUntil.map { end in
            (0..<8).map { UInt8(truncatingIfNeeded: end >> ($0 * 8)) }
        }
        cacheKey = Digest256.of(
            anchorDigests + (revocation?.cacheKey.bytes ?? []) + (permission ?? [])
        )
    }

    /// The same trust anchors, with other lists or none; they are not checked again.
    public func with(revocation: Revocation?) -> ChainVerifier {
        ChainVerifier(checked: anchors, revocation, serverAuthUntil)
    }

    /// The same, with another end of the permission for certificates for servers only, or none.
    public func with(serverAuthUntil: Int64?) -> ChainVerifier {
        ChainVerifier(checked: anchors, revocation, serverAuthUntil)
    }

    /// Verifies `leaf`, in DER, for TLS client authentication at `now`, in seconds since 1970.
    ///
    /// `intermediates` are what else the client sent, in any order; they are only ever used to
    /// reach an anchor. Never looks at the system's clock.
    public func verify(leaf: [UInt8], intermediates: [[UInt8]], now: Int64) -> ChainResult {
        do throws(CertificateError) {
            let leaf = try Certificate(der: leaf)
            return verify(leaf: leaf, intermediates: intermediates, now: now)
        } catch {
            return .refused(ChainError(.malformed, error.description))
        }
    }

    /// The same for a leaf that is parsed already.
    public func verify(leaf: Certificate, intermediates: [[UInt8]], now: Int64) -> ChainResult {
        examine(leaf: leaf, intermediates: intermediates, now: now).result
    }

    /// The same, and which check decided.
    public func examine(
        leaf: Certificate,
        intermediates: [[UInt8]],
        now: Int64
    ) -> ChainVerification {
        // Cheap checks come first, so that a hostile chain costs little.
        if let error = Self.sizeError(of: intermediates, beside: leaf) {
            return ChainVerification(error, by: .sent, leaf)
        }
        for check in ChainCheck.ofLeaf {
            let error = LeafPolicy.error(
                check,
                leaf,
                now: now,
                serverAuthUntil: serverAuthUntil
            )
            if let error { return ChainVerification(error.at(leaf), by: check, leaf) }
        }
        let permission = permission(for: leaf, now: now)
        var search = PathSearch(
            from: leaf,
            sent: intermediates,
            under: self,
            for: permission == nil ? .client : .server,
            now: now
        )
        let result = search.run()
        return ChainVerification(
            // Expires with the permission, for callers that cache the result.
            result: result.result.until(permission ?? .max),
            refusedBy: result.check,
            path: result.path,
            effort: search.effort,
            leafNotAfter: leaf.notAfter,
            serverAuthUntil: result.check == nil ? permission : nil
        )
    }

    /// The end of the permission that the leaf needs; nil where it needs none, or it is over.
    private func permission(for leaf: Certificate, now: Int64) -> Int64? {
        guard let end = serverAuthUntil, now < end, LeafPolicy.isForServersOnly(leaf.extensions)
        else { return nil }
        return end
    }

    private static func sizeError(
        of intermediates: [[UInt8]],
        beside leaf: Certificate
    ) -> ChainError? {
        guard intermediates.count <= intermediatesMax else {
            return ChainError(
                .tooLarge,
                "\(intermediates.count) certificates are sent along; at most "
                    + "\(intermediatesMax) are accepted."
            )
        }
        let total = intermediates.reduce(leaf.der.count) { $0 + $1.count }
        guard total > bytesMax else { return nil }
        return ChainError(
            .tooLarge,
            "The certificates have \(total) bytes together; at most \(bytesMax) are accepted."
        )
    }
}

extension ChainVerification {
    /// Refused before a path was looked for.
    fileprivate init(_ error: ChainError, by check: ChainCheck, _ leaf: Certificate) {
        self.init(
            result: .refused(error),
            refusedBy: check,
            path: [leaf],
            effort: ChainEffort(),
            leafNotAfter: leaf.notAfter
        )
    }
}

extension ChainResult {
    /// The same, with an end no later than `end`.
    fileprivate func until(_ end: Int64) -> ChainResult {
        guard case .accepted(let until) = self else { return self }
        return .accepted(validUntil: min(until, end))
    }
}
