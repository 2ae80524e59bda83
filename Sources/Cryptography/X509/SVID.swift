// SPDX-License-Identifier: Apache-2.0
/// Why a certificate is no X.509-SVID of a workload.
public struct SVIDError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The problem, in a sentence; for logs, not for the client.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// X.509-SVIDs: certificates of workloads (X509-SVID §2 to §5.2).
extension Certificate {
    /// The SPIFFE ID of an X.509-SVID; throws where the certificate is none.
    ///
    /// Says nothing about who signed it. `LeafPolicy` has the rules of all clients' certificates
    /// besides, among them that an extended key usage has clientAuth.
    public func spiffeID() throws(SVIDError) -> SPIFFEID {
        var uris: [SubjectAlternativeName] = []
        for name in extensions.subjectAlternativeNames {
            switch name {
            case .uri: uris.append(name)
            case .invalid(SubjectAlternativeName.uriTag, _): uris.append(name)
            default: break
            }
        }
        guard let first = uris.first, uris.count == 1 else {
            throw SVIDError(
                "It has \(uris.isEmpty ? "no" : "\(uris.count)") URIs among its alternative names;"
                    + " an X.509-SVID has one."
            )
        }
        guard case .uri(let uri) = first else {
            throw SVIDError("The URI among its alternative names is none.")
        }
        let id: SPIFFEID
        do throws(SPIFFEIDError) {
            id = try SPIFFEID(uri)
        } catch {
            throw SVIDError("Its URI is no SPIFFE ID of a workload. \(error)")
        }
        // RFC 5280 §4.1.2.6: names that stand alone are critical.
        guard !subject.isEmpty || extensions.isCritical(.subjectAlternativeName) else {
            throw SVIDError(
                "Its subject is empty, and its alternative names are not marked critical."
            )
        }
        guard !isCA else { throw SVIDError("It is a CA certificate.") }
        guard let usage = extensions.keyUsage, usage.contains(.digitalSignature) else {
            throw SVIDError("Its key usage does not have digitalSignature.")
        }
        guard usage.isDisjoint(with: [.keyCertSign, .crlSign]) else {
            throw SVIDError("Its key may sign certificates or revocation lists.")
        }
        guard extensions.extendedKeyUsage == nil || extensions.hasPurpose(.clientAuthentication)
        else { throw SVIDError("Its extended key usage does not have clientAuth.") }
        return id
    }
}

extension CertificateExtensions {
    /// Whether the extension of this type is there and critical.
    func isCritical(_ type: ASN1ObjectIdentifier) -> Bool { criticalTypes.contains(type) }
}
