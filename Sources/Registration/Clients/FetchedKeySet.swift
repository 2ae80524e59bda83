// SPDX-License-Identifier: Apache-2.0
package import OAuth
package import Storage
internal import Text

/// A client's key set, fetched from its `jwks_uri` (RFC 7591 §2) and checked for the method that
/// the client had then.
package struct FetchedKeySet: Sendable, Equatable {
    package let uri: String
    /// As it is kept.
    package let jwks: String
    /// The certificates of the keys, for `self_signed_tls_client_auth` (RFC 8705 §2.2.2); nil for
    /// methods that authenticate with keys.
    package let certificates: [CertificateRecord]?
    /// Which keys are ignored and why, in sentences.
    package let omissions: [String]

    /// Reads a body; throws where no key in it can be used.
    package init(
        _ body: [UInt8],
        from uri: String,
        for method: ClientAuthenticationMethod,
        now: Int64
    ) throws(RegistrationError) {
        let keySet = try KeySetRegistration(body)
        (self.uri, jwks) = (uri, keySet.text)
        guard method == .selfSignedTLS else {
            (certificates, omissions) = (nil, keySet.set.omissions)
            return
        }
        do throws(JSONWebKeyError) {
            let found = try CertificateRegistration.certificates(of: keySet.set, now: now)
            (certificates, omissions) = (found.records, found.omissions)
        } catch {
            throw RegistrationError(.unusable(.jwksURI, error.description))
        }
    }

    /// A set from its parts.
    package init(uri: String, jwks: String, certificates: [CertificateRecord]?) {
        (self.uri, self.jwks, self.certificates) = (uri, jwks, certificates)
        omissions = []
    }

    /// Whether `client` fetches from there, by a method that goes by what was taken.
    func isFor(_ client: ClientRecord) -> Bool {
        client.jwksURI == uri && client.mayFetchKeys
            && (client.method == .selfSignedTLS) == (certificates != nil)
    }

    /// Whether `client` has all of it already.
    func isKept(by client: ClientRecord) -> Bool {
        // Bytes: as Swift compares strings, different ones may be equal.
        guard let kept = client.fetchedJWKS, kept.isSameBytes(as: jwks) else {
            return false
        }
        guard let certificates else { return true }
        return Set(client.certificates.map(\.thumbprint)) == Set(certificates.map(\.thumbprint))
    }

    /// Writes it into `client`; certificates that are registered keep the time of that.
    func apply(to client: inout ClientRecord) {
        client.fetchedJWKS = jwks
        guard let certificates else { return }
        var seen: Set<[UInt8]> = []
        client.certificates = certificates.filter { seen.insert($0.thumbprint).inserted }.map {
            new in
            client.certificates.first { $0.thumbprint == new.thumbprint } ?? new
        }
    }
}

extension ClientRegistration {
    /// Stores a fetched key set; returns whether anything changed.
    ///
    /// Does nothing if the client was removed, has another URI or method by now, or has the same
    /// set already. Throws a `RegistrationError` where the client could not be registered with it.
    package static func keep(
        _ fetched: FetchedKeySet,
        for clientID: String,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws -> Bool {
        var change = ClientChange()
        change.fetchedKeys = fetched
        return try store.write(by: author, at: now) { writer in
            guard let old = try writer.client(clientID), fetched.isFor(old),
                !fetched.isKept(by: old)
            else { return false }
            // `updatedAt` stays: fetching is not a change of the registration.
            let made = try changed(old, by: change, at: old.updatedAt)
            _ = try writer.update(made.client)
            return true
        }
    }
}
