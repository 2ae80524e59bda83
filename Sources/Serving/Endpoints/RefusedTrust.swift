// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import OAuth

// Not in OAuth, which writes no log.
extension CertificateCheck {
    /// More of a text that a client sent is not logged.
    private static let charactersMax = 256
    /// A sentence of ours may have two such names in it.
    private static let detailCharactersMax = 800

    /// The reason of a certificate's refusal, and its place in the chain.
    ///
    /// Its names are the client's words, which the log escapes and which are cut here. `leaf` is
    /// the client's own, for a refusal that is about the chain as a whole.
    func facts(leaf: [UInt8]?) -> Logger.Metadata {
        switch self {
        case .malformed, .mismatch: return [:]
        case .otherSubject(let certificate): return Self.facts(certificate)
        case .noSVID(let certificate, let error):
            var facts = Self.facts(certificate)
            facts["detail"] = Self.cut(error.description, to: Self.detailCharactersMax)
            return facts
        case .otherSPIFFEID(let certificate, let id):
            var facts = Self.facts(certificate)
            facts["spiffe_id"] = Self.cut(id.text)
            return facts
        case .chainChecked(let verification): return Self.facts(verification, leaf: leaf)
        case .svidChecked(let id, let verification):
            var facts = Self.facts(verification, leaf: leaf)
            facts["spiffe_id"] = Self.cut(id.text)
            return facts
        }
    }

    private static func facts(
        _ verification: ChainVerification,
        leaf: [UInt8]?
    ) -> Logger.Metadata {
        guard case .refused(let error) = verification.result else { return [:] }
        var facts: Logger.Metadata = [
            "reason": "\(error.code.rawValue)",
            "detail": cut(error.description, to: detailCharactersMax),
        ]
        var names: Logger.Metadata = [:]
        if let certificate = error.certificate {
            names = Self.facts(certificate.subject, certificate.issuer, certificate.serial)
        } else if let leaf, let certificate = try? Certificate(der: leaf) {
            names = Self.facts(certificate)
        }
        facts.merge(names) { own, _ in own }
        return facts
    }

    private static func facts(_ certificate: Certificate) -> Logger.Metadata {
        facts(
            certificate.subject.canonical,
            certificate.issuer.canonical,
            certificate.serialHexadecimal
        )
    }

    private static func facts(
        _ subject: String,
        _ issuer: String,
        _ serial: String
    ) -> Logger.Metadata {
        ["subject": cut(subject), "issuer": cut(issuer), "serial": cut(serial)]
    }

    private static func cut(
        _ text: String,
        to limit: Int = charactersMax
    ) -> Logger.MetadataValue {
        let shown = text.unicodeScalars.prefix(limit)
        return shown.count < text.unicodeScalars.count
            ? "\(String(String.UnicodeScalarView(shown)))…" : "\(text)"
    }
}
