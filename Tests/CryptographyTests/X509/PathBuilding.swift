// SPDX-License-Identifier: Apache-2.0
import Cryptography

/// Chains of certificates that `openssl` makes in a folder, and what the verifier says of them.
extension OpenSSLCommand {
    /// Basic constraints, key usage and key identifier of a CA.
    static let forCA =
        "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n"
        + "subjectKeyIdentifier=hash\n"
    /// Extensions of a client's certificate, without key identifiers.
    static let forClient = "basicConstraints=critical,CA:false\nextendedKeyUsage=clientAuth\n"

    /// Another certificate `NAME.pem` for the key of `other`.
    func again(
        _ other: String,
        as name: String,
        subject: String,
        by ca: String,
        extensions: String = forCA,
        options: [String] = []
    ) throws {
        try write("\(name)-key.pem", try bytes("\(other)-key.pem"))
        try sign(
            name,
            subject: subject,
            by: ca,
            extensions: extensions,
            options: options
        )
    }

    /// The verifier's result for `leaf.pem` at `offset` seconds after the first anchor begins.
    func examine(
        _ leaf: String,
        through sent: [String] = [],
        and others: [[UInt8]] = [],
        to anchors: [String] = ["root"],
        revocation: Revocation? = nil,
        at offset: Int64 = 60
    ) throws -> ChainVerification {
        let anchors = try anchors.map(certificate)
        let verifier = try ChainVerifier(anchors: anchors, revocation: revocation)
        return verifier.examine(
            leaf: try certificate(leaf),
            intermediates: try sent.map { try certificate($0).der } + others,
            now: anchors[0].notBefore + offset
        )
    }
}

extension ChainVerification {
    /// Why it was refused; nil if it was not.
    var error: ChainError? {
        guard case .refused(let error) = result else { return nil }
        return error
    }
}
