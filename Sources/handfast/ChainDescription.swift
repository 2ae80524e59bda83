internal import Cryptography

/// Words about the checks of a chain: what was looked at, and what to change.
struct ChainDescription {
    private let leaf: Certificate
    private let sent: [Certificate]
    private let anchors: [Certificate]
    private let examination: ChainExamination

    init(
        _ leaf: Certificate,
        _ sent: [Certificate],
        _ anchors: [Certificate],
        _ examination: ChainExamination
    ) {
        self.leaf = leaf
        self.sent = sent
        self.anchors = anchors
        self.examination = examination
    }

    /// Why it was refused, in the words of the check; empty if it was not.
    var refusal: String {
        guard case .refused(let refusal) = examination.verdict else { return "" }
        return refusal.description
    }

    /// What a check that was passed had before it.
    func passed(_ check: ChainCheck) -> String {
        switch check {
        case .sent: sent.isEmpty ? "nothing is sent along" : "\(sent.count) sent along"
        case .version: "X.509 version \(leaf.version)"
        case .validity: AuthenticationChecks.times(leaf)
        case .endEntity: "it is no authority's"
        case .purpose: purposes
        case .key: key(leaf)
        case .serial: leaf.serialHexadecimal
        case .names: "none has a NUL"
        case .intermediates: sent.isEmpty ? "there are none" : sent.map(key).joined(separator: "; ")
        case .nameConstraints: "few enough to check"
        case .path: path
        case .revocation: "on no revocation list that was looked at"
        }
    }

    private var purposes: String {
        leaf.extensions.extendedKeyUsage == nil
            ? "no extended key usage: any purpose" : "client authentication"
    }

    private func key(_ certificate: Certificate) -> String {
        let key = certificate.publicKey
        return key.bits > 0 ? "\(key.name), \(key.bits) bits" : key.name
    }

    private var path: String {
        guard let anchor = examination.anchor else { return "" }
        return "it leads to \(anchor.subject.canonical), x5t#S256 \(anchor.thumbprint.base64URL)"
    }

    // MARK: what to change

    /// What to do about a check that failed; `register` is the command for another authority.
    func remedy(_ check: ChainCheck, registering register: String, now: Int64) -> String {
        switch check {
        case .sent: "Let the client send its own certificate and those that lead to the authority."
        case .version: "Issue the client a certificate of X.509 version 3."
        case .validity:
            now < leaf.notBefore
                ? "Wait until then, or look at the clocks of the authority and of the server."
                : "Have the certificate renewed; nothing has to be registered anew."
        case .endEntity:
            "Issue the client a certificate of its own, with basicConstraints=CA:false and without "
                + "keyCertSign. Put it first in its file, if this was its authority's."
        case .purpose:
            "Issue the client a certificate with extendedKeyUsage=clientAuth, and with "
                + "keyUsage=digitalSignature if it has that extension."
        case .key: "Make the client another key, and issue it a certificate for that."
        case .serial: "Issue it again, with a positive serial number of at most 20 bytes."
        case .names: "Issue it again, without a NUL in its names."
        case .intermediates:
            "Have the authority between renewed with another key, or do not send it along if it "
                + "is not needed."
        case .nameConstraints: "Issue it under an authority with fewer constraints."
        case .path: pathRemedy(register, now)
        case .revocation:
            "If it was revoked, issue the client another certificate. If that is not known, give "
                + "the trust set a current list of each authority on the path."
        }
    }

    /// Climbs by names alone, to see where the path breaks off.
    private func pathRemedy(_ register: String, _ now: Int64) -> String {
        var above = leaf
        for _ in 0...sent.count {
            if let anchor = anchors.first(where: { $0.subject.matches(above.issuer) }) {
                return reached(anchor, register, now)
            }
            guard
                let next = sent.first(where: { $0.subject.matches(above.issuer) && $0 != above })
            else { break }
            above = next
        }
        let issuer = above.issuer.canonical
        if above.isSelfIssued {
            return "It leads to \(issuer), which is not registered for the client. If that is the "
                + "authority to trust, register it, with \(register)."
        }
        return "The certificate of \(issuer) is missing. Let the client send it: append it to the "
            + "file with the client's certificate, or try it here with --chain. If it is the "
            + "authority to trust, register it, with \(register)."
    }

    private func reached(_ anchor: Certificate, _ register: String, _ now: Int64) -> String {
        let name = anchor.subject.canonical
        guard case .refused(let refusal) = examination.verdict else { return "" }
        switch refusal.code {
        case .expired, .notYetValid:
            let outdated = ([anchor] + sent).filter { !$0.isValid(at: now) }.map {
                "\($0.subject.canonical) (\(AuthenticationChecks.times($0)))"
            }
            return "Not in their time: \(outdated.joined(separator: "; ")). Have them renewed; "
                + "a new authority is registered with \(register)."
        case .unknownAuthority, .signature, .chain:
            return "An authority called \(name) is registered, but it did not sign this with its "
                + "key, x5t#S256 \(anchor.thumbprint.base64URL). If another one of that name is "
                + "the one to trust, register it, with \(register)."
        default:
            return "The path to \(name) breaks the rule above. Have the certificates on it issued "
                + "anew."
        }
    }
}
