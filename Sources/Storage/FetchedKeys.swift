// SPDX-License-Identifier: Apache-2.0
extension RegistrationStore {
    /// Keeps the set that was fetched from a client's `jwks_uri`; returns whether anything changed.
    ///
    /// For `self_signed_tls_client_auth` the `certificates` of the set replace the client's, in the
    /// same transaction; for other methods there are none, and nil says so. Nothing happens if the
    /// client has gone, has another URI or method by now, or has the same set already.
    package func setFetchedKeys(
        client clientID: String,
        uri: String,
        jwks: String,
        certificates: [CertificateRecord]?,
        by author: Author,
        at time: Int64
    ) throws(StoreError) -> Bool {
        try enter(by: author, at: time) { writer throws(StoreError) in
            guard let old = try writer.client(clientID), old.jwksURI == uri,
                (old.authenticationMethod == methodOfCertificates) == (certificates != nil)
            else { return false }
            var new = old
            new.fetchedJWKS = jwks
            if let certificates {
                new.certificates = merged(certificates, with: old.certificates)
            }
            // Bytes: as Swift compares strings, different ones may be equal.
            let isSame = old.fetchedJWKS.map { $0.utf8.elementsEqual(jwks.utf8) } ?? false
            let known = Set(old.certificates.map(\.thumbprint))
            guard !isSame || known != Set(new.certificates.map(\.thumbprint)) else { return false }
            _ = try writer.update(new)
            return true
        }
    }
}

private let methodOfCertificates = "self_signed_tls_client_auth"

/// `certificates`, each once; those that are registered keep the time of their registration.
private func merged(
    _ certificates: [CertificateRecord],
    with registered: [CertificateRecord]
) -> [CertificateRecord] {
    var seen: Set<[UInt8]> = []
    return certificates.filter { seen.insert($0.thumbprint).inserted }.map { certificate in
        registered.first { $0.thumbprint == certificate.thumbprint } ?? certificate
    }
}
