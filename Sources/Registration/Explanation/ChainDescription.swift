// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// Describes the checks of a chain, and their remedies.
struct ChainDescription {
    private let leaf: Certificate
    private let sent: [Certificate]
    private let verification: ChainVerification
    private let verifier: ChainVerifier?
    private let now: Int64

    /// `verifier` is the one that made the `verification` at `now`.
    init(
        _ leaf: Certificate,
        _ sent: [Certificate],
        _ verification: ChainVerification,
        by verifier: ChainVerifier?,
        now: Int64
    ) {
        self.leaf = leaf
        self.sent = sent
        self.verification = verification
        self.verifier = verifier
        self.now = now
    }

    /// Why it was refused, in the words of the check; empty if it was not.
    var error: String {
        guard case .refused(let error) = verification.result else { return "" }
        return error.description
    }

    /// The values that a passed check looked at.
    func passed(_ check: ChainCheck) -> String {
        switch check {
        case .sent: sent.isEmpty ? "nothing is sent along" : "\(sent.count) sent along"
        case .version: "X.509 version \(leaf.version)"
        case .validity: leaf.validityText
        case .endEntity: "it is no CA certificate"
        case .purpose: purposes
        case .key: key(leaf)
        case .serial: leaf.serialHexadecimal
        case .names: "none has a NUL"
        case .intermediates:
            between.isEmpty ? "there are none" : between.map(key).joined(separator: "; ")
        case .nameConstraints: "kept, where there are any"
        case .path: path
        case .revocation:
            wereListsChecked
                ? "on none of the revocation lists that were checked"
                : "no revocation list was checked"
        }
    }

    /// The certificates between the client's and the registered CA on the path that came furthest.
    private var between: ArraySlice<Certificate> { verification.path.dropFirst().dropLast() }

    private var wereListsChecked: Bool {
        guard let verifier, let revocation = verifier.revocation else { return false }
        return revocation.decides(verification.path, anchors: verifier.anchors, now: now)
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
        guard let anchor = verification.anchor else { return "" }
        return "it leads to \(anchor.subject.canonical), x5t#S256 \(anchor.thumbprint.base64URL)"
    }

    // MARK: remedies

    /// The remedy for a failed check; `register` is the command for another CA.
    func remedy(_ check: ChainCheck, registering register: String, now: Int64) -> String {
        switch check {
        case .sent: "Let the client send its own certificate and those that lead to the CA."
        case .version: "Issue the client a certificate of X.509 version 3."
        case .validity:
            now < leaf.notBefore
                ? "Wait until then, or check the clocks of the CA and of the server."
                : "Have the certificate renewed; nothing has to be registered anew."
        case .endEntity:
            "Issue the client a certificate of its own, with basicConstraints=CA:false and without "
                + "keyCertSign. Put it first in its file, if this was the CA's."
        case .purpose:
            "Issue the client a certificate with extendedKeyUsage=clientAuth, and with "
                + "keyUsage=digitalSignature if it has that extension."
        case .key: "Make the client another key, and issue it a certificate for that."
        case .serial: "Issue it again, with a positive serial number of at most 20 bytes."
        case .names: "Issue it again, without a NUL in its names."
        case .intermediates:
            "Have that CA's certificate issued anew, with an accepted key, CA:true in its basic "
                + "constraints and keyCertSign in its key usage; or let the client send another "
                + "certificate of that CA."
        case .nameConstraints:
            "Issue the client's certificate under a CA whose name constraints allow its names. "
                + "Constraints that are malformed or too many go away with a new certificate of "
                + "that CA."
        case .path: pathRemedy(register, now)
        case .revocation:
            "If it was revoked, issue the client another certificate. If that is not known, give "
                + "the trust set a current list of each CA on the path."
        }
    }

    private func pathRemedy(_ register: String, _ now: Int64) -> String {
        guard case .refused(let error) = verification.result,
            let refused = error.certificate
        else { return "Let a CA that is nearer to the client be registered, with \(register)." }
        switch error.code {
        case .expired, .notYetValid:
            return "Not in its time: \(refused.subject). Have it renewed; a new CA is registered "
                + "with \(register)."
        case .unknownCA where verification.path.isEmpty:
            return missing(refused, register)
        case .unknownCA, .signature: return otherKey(refused, register)
        case .malformed, .tooLarge, .version, .purpose, .key, .caAsLeaf, .serial, .embeddedNUL,
            .nameConstraints, .tooLong, .weakSignature, .chain, .policy, .revoked,
            .revocationUnknown:
            return "Have the certificate of \(refused.subject), serial \(refused.serial), issued "
                + "anew so that it keeps the rule above."
        }
    }

    /// Names end at a certificate whose issuer is not known.
    private func missing(_ refused: FailedCertificate, _ register: String) -> String {
        if refused.subject == refused.issuer {
            return "It leads to \(refused.issuer), which is not registered for the client. If that "
                + "is the CA to trust, register it, with \(register)."
        }
        return "The certificate of \(refused.issuer) is missing. Let the client send it: append it "
            + "to the file with the client's certificate, or try it here with --chain. If it is "
            + "the CA to trust, register it, with \(register)."
    }

    /// A CA of the right name is there, with another key than the one that signed.
    private func otherKey(_ refused: FailedCertificate, _ register: String) -> String {
        let path = verification.path
        guard let anchor = path.last,
            let top = path.dropLast().last,
            top.subject.canonical == refused.subject, top.serialHexadecimal == refused.serial
        else {
            return "Let the client send the certificate of \(refused.issuer) whose key has signed "
                + "that of \(refused.subject)."
        }
        return "A CA called \(anchor.subject.canonical) is registered, but it did not sign "
            + "this with its key, x5t#S256 \(anchor.thumbprint.base64URL). If another one of that "
            + "name is the one to trust, register it, with \(register)."
    }
}

extension Certificate {
    /// Its time, from the first second to the last.
    var validityText: String {
        "\(CertificateTime.text(notBefore)) to \(CertificateTime.text(notAfter))"
    }
}
