// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Searches a path from a leaf to a registered CA among what was sent along (RFC 4158).
///
/// Names and key identifiers say which certificate may have issued which. The first path that they
/// say is given to OpenSSL as it is: mostly it is the only one. When it fails, others are tried,
/// shorter ones first, and from then on each signature is verified from the CA downwards before a
/// path goes on: forged certificates end where they begin, and their keys are never decoded. So it
/// is from the start where more was sent than one path needs, or a key that is slow to decode:
/// a compressed point.
struct PathSearch {
    /// The result of the search.
    struct Result {
        let result: ChainResult
        let check: ChainCheck?
        let path: [Certificate]
    }

    /// The limit of failed signatures, in those of usual kinds: forged ones cost no more than that.
    static let failuresMax = 12
    /// Signatures that verify: the CAs made those, and one path takes up to four, twice at most.
    static let successesMax = 16
    /// Paths that are given to OpenSSL.
    static let pathsMax = 4
    /// Certificates that are put behind each other; a bound for what has many names in common.
    static let stepsMax = 1024

    private let leaf: Certificate
    private let anchors: [Certificate]
    private let revocation: Revocation?
    private let purpose: PathValidation.Purpose
    private let now: Int64

    private var sent: SentCertificates
    private var validation = PathValidation()
    private var signatures: [Edge: Bool] = [:]
    private var verifiesFirst = false
    private var failures = 0
    private var successes = 0
    private var steps = 0
    private var refused: FailedPath?
    private var accepted: Result?
    private(set) var effort = ChainEffort()

    private struct Edge: Hashable {
        let child: Digest256
        let issuer: Digest256
    }

    /// A refusal, and how far a path had come.
    private struct FailedPath {
        let stage: Stage
        let check: ChainCheck
        let error: ChainError
        let path: [Certificate]
    }

    /// How far a path was followed; the error of the furthest one is reported.
    private enum Stage: Int {
        case identifiers, rules, constraints, signature, validation, revocation
    }

    init(
        from leaf: Certificate,
        sent: [[UInt8]],
        under verifier: ChainVerifier,
        for purpose: PathValidation.Purpose = .client,
        now: Int64
    ) {
        self.leaf = leaf
        self.purpose = purpose
        self.now = now
        anchors = verifier.anchors
        revocation = verifier.revocation
        self.sent = SentCertificates(sent, above: leaf, anchors: anchors)
        effort.certificatesRead = self.sent.wanted.count
        verifiesFirst =
            self.sent.wanted.count >= ChainVerifier.depthMax
            || self.sent.wanted.contains(where: \.publicKey.isCompressed)
    }

    /// The first path that all checks accept, or the refusal that says most.
    mutating func run() -> Result {
        if let finding = IssuerPolicy.finding(leaf: leaf) {
            return Result(result: .refused(finding.error), check: finding.check, path: [leaf])
        }
        search: for count in 0..<ChainVerifier.depthMax {
            for anchor in anchors where extend([anchor], remaining: count) { break search }
        }
        effort.keysDecoded = validation.keysDecoded
        if let accepted { return accepted }
        guard let refused else {
            return Result(result: .refused(unreached()), check: .path, path: [])
        }
        return Result(
            result: .refused(refused.error),
            check: refused.check,
            path: refused.path
        )
    }

    // MARK: the search

    /// Goes on from `issuers`, the anchor first; true when the search is over.
    private mutating func extend(_ issuers: [Certificate], remaining: Int) -> Bool {
        guard let issuer = issuers.last else { return false }
        steps += 1
        if steps > Self.stepsMax { return true }
        guard remaining > 0 else { return end(issuers, at: issuer) }
        // Rules about the issuer come when something is below it: else it is none of the path's.
        for child in children(of: issuer, within: remaining, issuers) {
            guard mayIssue(issuer, child, issuers) else { continue }
            if verifiesFirst {
                guard let isSigned = isSigned(child, by: issuer) else { return true }
                guard isSigned else {
                    noteSignature(child, issuers)
                    continue
                }
            }
            if extend(issuers + [child], remaining: remaining - 1) { return true }
        }
        return false
    }

    /// The certificates below `issuer` from which `remaining` steps lead to the leaf; those that
    /// name its key come first.
    private mutating func children(
        of issuer: Certificate,
        within remaining: Int,
        _ above: [Certificate]
    ) -> [Certificate] {
        var found: [(child: Certificate, match: IssuerMatch)] = []
        for (child, distance) in zip(sent.wanted, sent.distances) where distance < remaining {
            // RFC 5280 §6.1: one certificate, or one key under one name, leads nowhere twice.
            let isThere = above.contains {
                $0.subjectPublicKeyInfoDigest == child.subjectPublicKeyInfoDigest
                    && $0.subjectBytes == child.subjectBytes
            }
            guard !isThere, sent.isIssuer(issuer, of: child) else { continue }
            found.append((child, child.match(issuer)))
        }
        let named = found.filter { $0.match == .byKeyIdentifier }
        return (named + found.filter { $0.match != .byKeyIdentifier }).map(\.child)
    }

    /// Puts the leaf below `issuers`; true when the search is over.
    private mutating func end(_ issuers: [Certificate], at issuer: Certificate) -> Bool {
        guard sent.isIssuer(issuer, of: leaf), mayIssue(issuer, leaf, issuers) else { return false }
        if verifiesFirst {
            guard let isSigned = isSigned(leaf, by: issuer) else { return true }
            guard isSigned else {
                noteSignature(leaf, issuers)
                return false
            }
        }
        return attempt(CertificatePath(from: issuers, to: leaf))
    }

    /// Whether key identifiers and the rules for CAs allow the step; a refusal is recorded.
    private mutating func mayIssue(
        _ issuer: Certificate,
        _ child: Certificate,
        _ issuers: [Certificate]
    ) -> Bool {
        let role: ChainError.Role = issuers.count == 1 ? .anchor : .intermediate
        let path = [child] + issuers.reversed()
        if child.match(issuer) == .contradicts {
            let childRole: ChainError.Role = child == leaf ? .leaf : .intermediate
            note(
                .identifiers,
                .path,
                Self.contradiction(childRole, child, role, issuer),
                path
            )
            return false
        }
        if let finding = IssuerPolicy.finding(issuer, role, now: now) {
            note(.rules, finding.check, finding.error, path)
            return false
        }
        return true
    }

    /// Whether the issuer's key has signed the child; nil when there has been work enough.
    private mutating func isSigned(_ child: Certificate, by issuer: Certificate) -> Bool? {
        let edge = Edge(child: child.thumbprint, issuer: issuer.thumbprint)
        if let known = signatures[edge] { return known }
        guard mayVerify else { return nil }
        let isSigned = validation.parse(issuer)?.value.hasSigned(child) ?? false
        remember(edge, isSigned, by: issuer)
        return isSigned
    }

    private var mayVerify: Bool { failures < Self.failuresMax && successes < Self.successesMax }

    private mutating func remember(_ edge: Edge, _ isSigned: Bool, by issuer: Certificate) {
        signatures[edge] = isSigned
        effort.signaturesChecked += 1
        if isSigned {
            successes += 1
        } else {
            failures += KeyPolicy.signatureCost(issuer.publicKey)
        }
    }

    // MARK: one path

    /// Makes all checks of a path; true when the search is over, accepted or not.
    private mutating func attempt(_ path: CertificatePath) -> Bool {
        if let error = path.constraintError(workMax: ChainVerifier.constraintWorkMax) {
            note(.constraints, .nameConstraints, error, path.certificates)
            verifiesFirst = true
            return false
        }
        if purpose == .server, let index = path.firstNotForServers {
            let text = "is not for servers' certificates."
            let error = ChainError(.purpose, path.role(index), path.certificates[index], text)
            note(.constraints, .path, error, path.certificates)
            return false
        }
        guard effort.pathsTried < Self.pathsMax, mayVerify else { return true }
        effort.pathsTried += 1
        verifiesFirst = true
        switch validation.verify(path, for: purpose) {
        case .unreadable:
            let text = "OpenSSL cannot read a certificate of the chain."
            note(.rules, .path, ChainError(.malformed, text), path.certificates)
            return false
        case .failed(let error, let index):
            fail(path, error, index)
            return false
        case .verified(let certificates):
            return accept(path, certificates)
        }
    }

    private mutating func fail(_ path: CertificatePath, _ error: Int32, _ index: Int) {
        let failure = ChainError(openSSL: error, path, at: index)
        // OpenSSL verifies signatures from the anchor downwards, and names and policies after them.
        let isSignature = failure.code == .signature
        let isLater = failure.code == .nameConstraints || failure.code == .policy
        if PathValidation.isSignatureFailure(error) {
            remember(path, downTo: index, lastIs: false)
        } else if isLater {
            remember(path, downTo: 0, lastIs: true)
        }
        let check: ChainCheck = failure.code == .nameConstraints ? .nameConstraints : .path
        note(isSignature ? .signature : .validation, check, failure, path.certificates)
    }

    /// Keeps which signatures of the path OpenSSL found to verify.
    private mutating func remember(_ path: CertificatePath, downTo last: Int, lastIs: Bool) {
        for index in stride(from: path.certificates.count - 2, through: last, by: -1) {
            let (child, issuer) = (path.certificates[index], path.certificates[index + 1])
            let edge = Edge(child: child.thumbprint, issuer: issuer.thumbprint)
            remember(edge, index > last || lastIs, by: issuer)
        }
    }

    private mutating func accept(_ path: CertificatePath, _ verified: [Certificate]) -> Bool {
        remember(path, downTo: 0, lastIs: true)
        guard verified.first == leaf, verified.last == path.anchor, verified.count >= 2 else {
            let error = ChainError(.chain, "OpenSSL verified another path.")
            note(.validation, .path, error, path.certificates)
            return false
        }
        if let error = path.nameError {
            note(.validation, .nameConstraints, error, path.certificates)
            return false
        }
        var until = verified.reduce(.max) { min($0, $1.notAfter) }
        do throws(ChainError) {
            if let revocation {
                until = min(
                    until,
                    try revocation.validUntil(of: verified, anchors: anchors, now: now)
                )
            }
        } catch {
            note(.revocation, .revocation, error, verified)
            // No other path makes a leaf good that a list names.
            return error.code == .revoked && error.certificate == FailedCertificate(leaf)
        }
        accepted = Result(result: .accepted(validUntil: until), check: nil, path: verified)
        return true
    }

    // MARK: refusals

    private mutating func note(
        _ stage: Stage,
        _ check: ChainCheck,
        _ error: @autoclosure () -> ChainError,
        _ path: [Certificate]
    ) {
        // Its text is made only where it counts: printing long names costs more than looking on.
        guard stage.rawValue > refused?.stage.rawValue ?? -1 else { return }
        refused = FailedPath(stage: stage, check: check, error: error(), path: path)
    }

    private mutating func noteSignature(_ child: Certificate, _ issuers: [Certificate]) {
        let path = CertificatePath(from: issuers, to: child)
        let role: ChainError.Role = child == leaf ? .leaf : .intermediate
        note(
            .signature,
            .path,
            ChainError(.signature, role, child, ChainError.notSigned(child, path, 0)),
            path.certificates
        )
    }

    /// That key identifiers, or the issuer's name and serial number, speak of another certificate.
    private static func contradiction(
        _ childRole: ChainError.Role,
        _ child: Certificate,
        _ role: ChainError.Role,
        _ issuer: Certificate
    ) -> ChainError {
        let meant = child.extensions.authorityKeyIdentifier?.keyIdentifier
        let found = issuer.extensions.subjectKeyIdentifier
        let name = "the \(role.rawValue) \(FailedCertificate(issuer).name)"
        let text =
            if let meant, let found, meant != found {
                "was issued with another key than that of \(name): its authority key identifier "
                    + "is \(Hexadecimal.text(Array(meant.prefix(32)))), and that CA has "
                    + "\(Hexadecimal.text(Array(found.prefix(32))))."
            } else {
                "was issued under another certificate than \(name): its authority key identifier "
                    + "names another issuer or serial number."
            }
        return ChainError(.unknownCA, childRole, child, text)
    }

    /// Why names lead to no registered CA.
    private mutating func unreached() -> ChainError {
        for anchor in anchors {
            for (child, distance) in zip(sent.wanted, sent.distances)
            where distance >= ChainVerifier.depthMax - 1 && sent.isIssuer(anchor, of: child) {
                return ChainError(
                    .tooLong,
                    "\(distance + 1) certificates are between the client's and the registered CA; "
                        + "at most \(ChainVerifier.depthMax - 1) may be."
                )
            }
        }
        var path = [leaf]
        while let last = path.last,
            let next = sent.wanted.first(where: {
                sent.isIssuer($0, of: last) && !path.contains($0)
            })
        { path.append(next) }
        let last = path[path.count - 1]
        let issuer = FailedCertificate.shortened(last.issuer.canonical)
        let text =
            if sent.isIssuer(last, of: last) {
                "is its own issuer, and is not registered."
            } else if path.contains(where: { sent.isIssuer($0, of: last) }) {
                "was issued by one below it, and leads to no registered CA."
            } else {
                "was issued by `\(issuer)`, which is no registered CA and was not sent along."
            }
        let broken = sent.unreadableCount
        let unread = broken == 0 ? "" : " What was sent along has \(broken) that cannot be read."
        let role: ChainError.Role = path.count == 1 ? .leaf : .intermediate
        return ChainError(.unknownCA, role, last, text + unread)
    }
}
