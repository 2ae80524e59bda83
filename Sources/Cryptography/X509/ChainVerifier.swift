internal import COpenSSL

/// Verifies client certificates against the authorities that were registered for a client.
///
/// An authority is trusted by its exact key, root or not; what else the machine trusts does not
/// count. Nothing is cached: each call costs a decoding per certificate and a signature check per
/// link, some hundred microseconds. Callers keep the verdict with the thumbprint.
public struct ChainVerifier: Sendable {
    /// The authorities.
    public let anchors: [Certificate]
    /// How revocation is decided; nil if it is not looked at.
    public let revocation: Revocation?
    /// A digest that is another one when an authority is, or what decides revocation.
    public let identity: Digest256

    /// Leaf and intermediates together; TLS takes no larger certificate list either.
    public static let bytesMax = 32 * 1024
    /// Certificates above the leaf, the authority included.
    public static let depthMax = 4
    /// Certificates that a client may send along; only those that are needed count as depth.
    static let intermediatesMax = 8
    /// Comparisons of names with name constraints; each costs OpenSSL about 0.1 µs.
    static let constraintWorkMax = 16_384
    /// Authorities per client; each is decoded in each call.
    public static let anchorsMax = 16

    /// Takes the authorities; refuses what cannot be one.
    public init(
        anchors: [Certificate],
        revocation: Revocation? = nil
    ) throws(CertificateError) {
        guard !anchors.isEmpty, anchors.count <= Self.anchorsMax else {
            throw CertificateError(
                .tooLarge,
                "Register between 1 and \(Self.anchorsMax) CA certificates for a client."
            )
        }
        for anchor in anchors {
            let name = anchor.subject.canonical
            guard anchor.version == 3, anchor.isAuthority else {
                throw CertificateError(
                    .malformed,
                    "`\(name)` is not a CA certificate: its basic constraints do not say CA:TRUE. "
                        + "Register a client's own certificate as such."
                )
            }
            if let refusal = KeyPolicy.refusal(anchor.publicKey) {
                throw CertificateError(.malformed, "`\(name)` cannot be used. \(refusal)")
            }
        }
        self.init(checked: anchors, revocation)
    }

    private init(checked anchors: [Certificate], _ revocation: Revocation?) {
        self.anchors = anchors
        self.revocation = revocation
        let authorities = Digest256.sortedBytes(anchors.map(\.thumbprint))
        identity = Digest256.of(authorities + (revocation?.identity.bytes ?? []))
    }

    /// The same authorities, with other lists or none; they are not checked again.
    public func with(revocation: Revocation?) -> ChainVerifier {
        ChainVerifier(checked: anchors, revocation)
    }

    /// Verifies `leaf`, in DER, for TLS client authentication at `now`, in seconds since 1970.
    ///
    /// `intermediates` are what else the client sent, in any order; they are only ever used to
    /// reach an anchor. Never looks at the system's clock.
    public func verify(leaf: [UInt8], intermediates: [[UInt8]], now: Int64) -> ChainVerdict {
        do throws(CertificateError) {
            let leaf = try Certificate(der: leaf)
            return verify(leaf: leaf, intermediates: intermediates, now: now)
        } catch {
            return .refused(ChainRefusal(.malformed, error.description))
        }
    }

    /// The same for a leaf that is parsed already.
    public func verify(leaf: Certificate, intermediates: [[UInt8]], now: Int64) -> ChainVerdict {
        examine(leaf: leaf, intermediates: intermediates, now: now).verdict
    }

    /// The same, and which check decided.
    public func examine(
        leaf: Certificate,
        intermediates: [[UInt8]],
        now: Int64
    ) -> ChainExamination {
        // What is cheap comes first, so that a hostile chain costs little.
        var check = ChainCheck.sent
        do throws(ChainRefusal) {
            let between = try parse(intermediates, leaf)
            for next in ChainCheck.ofLeaf {
                check = next
                if let refusal = LeafPolicy.refusal(next, leaf, now: now) {
                    throw refusal.at(leaf)
                }
            }
            check = .intermediates
            for certificate in between {
                if let refusal = KeyPolicy.refusal(certificate.publicKey) {
                    throw ChainRefusal(.key, .intermediate, certificate, "is refused. \(refusal)")
                }
            }
            check = .nameConstraints
            try boundConstraints(leaf, between)
            check = .path
            let built = try ChainBuilder.build(leaf, between, anchors, now: now)
            let path = try certificates(built, between, leaf)
            var until = path.reduce(.max) { min($0, $1.notAfter) }
            if let revocation {
                check = .revocation
                until = min(until, try revocation.validUntil(of: path, anchors: anchors, now: now))
            }
            return ChainExamination(
                verdict: .accepted(validUntil: until),
                refusedBy: nil,
                anchor: path.last
            )
        } catch {
            return ChainExamination(verdict: .refused(error), refusedBy: check, anchor: nil)
        }
    }

    private func parse(
        _ intermediates: [[UInt8]],
        _ leaf: Certificate
    ) throws(ChainRefusal) -> [Certificate] {
        let total = intermediates.reduce(leaf.der.count) { $0 + $1.count }
        guard total <= Self.bytesMax, intermediates.count <= Self.intermediatesMax else {
            throw ChainRefusal(.tooLarge, "The chain has too many bytes or certificates.")
        }
        var parsed: [Certificate] = []
        for der in intermediates {
            do throws(CertificateError) {
                parsed.append(try Certificate(der: der))
            } catch {
                throw ChainRefusal(.malformed, error.description)
            }
        }
        return parsed
    }

    private func boundConstraints(
        _ leaf: Certificate,
        _ between: [Certificate]
    ) throws(ChainRefusal) {
        let names = ([leaf] + between).reduce(0) { count, certificate in
            count + certificate.extensions.subjectAlternativeNames.count
                + certificate.subject.relativeNames.count
        }
        let constraints = (between + anchors).reduce(0) { $0 + $1.extensions.nameConstraintCount }
        let (work, overflows) = names.multipliedReportingOverflow(by: constraints)
        guard !overflows, work <= Self.constraintWorkMax else {
            throw ChainRefusal(.nameConstraints, "There are too many name constraints to check.")
        }
    }

    /// The certificates of what OpenSSL built, leaf first, which is checked once more.
    private func certificates(
        _ chain: [[UInt8]],
        _ between: [Certificate],
        _ leaf: Certificate
    ) throws(ChainRefusal) -> [Certificate] {
        guard chain.count >= 2, chain.count <= Self.depthMax + 1, chain.first == leaf.der else {
            throw ChainRefusal(.tooLong, "The chain has \(chain.count) certificates.")
        }
        guard let anchor = anchors.first(where: { $0.der == chain.last }) else {
            throw ChainRefusal(.unknownAuthority, "The chain does not end at a registered CA.")
        }
        var path = [leaf]
        for der in chain.dropFirst().dropLast() {
            guard let found = (between + anchors).first(where: { $0.der == der }),
                found.version == 3,
                found.isAuthority
            else {
                let text = "An intermediate is not a CA of X.509 version 3."
                throw ChainRefusal(.chain, text)
            }
            path.append(found)
        }
        return path + [anchor]
    }
}
