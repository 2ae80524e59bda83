// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import OAuth
package import Storage
package import Text

/// A client's metadata document (RFC 7591 §2), parsed into a change, with its unknown members.
package struct ClientMetadata: Sendable {
    /// The client's values.
    package let change: ClientChange
    /// The `client_id` that it names, as a response or an update has it (RFC 7592 §2.2).
    package let clientID: String?
    /// Unknown members, by name.
    ///
    /// RFC 7591 §2 has a server ignore them; `ClientDocument` refuses them.
    package let unknown: [String]
    /// The secret that it names.
    ///
    /// Secret.
    let secret: Secret
    /// Warnings about its certificates.
    let warnings: [RegistrationWarning]

    /// The part of a document about the client's secret.
    enum Secret: Sendable, Equatable {
        case absent
        case null
        case text(String)
    }

    /// Reads a document; throws each member of a wrong type, and each value that cannot be read.
    ///
    /// A member that is null counts as left out (RFC 7592 §2.2). Certificates of the `registered`
    /// client are not judged again, nor are keys of `soundKeys`. Throws what `lookup` throws, too.
    package init(
        _ document: JSONValue,
        registered: ClientRecord? = nil,
        now: Int64,
        soundKeys: Set<Digest256> = [],
        lookup: @escaping CertificateLookup = { _ in nil }
    ) throws {
        guard case .object(let members) = document else {
            throw RegistrationError(
                .invalid(.clientName, "The metadata of a client are a JSON object.", remedy: "")
            )
        }
        var reader = DocumentReader(members, now: now, soundKeys: soundKeys, lookup: lookup)
        change = reader.change(registered: registered)
        clientID = reader.text(.clientID)
        secret =
            members[RegistrationField.clientSecret.rawValue] == .null
            ? .null : reader.text(.clientSecret).map { .text($0) } ?? .absent
        unknown = Self.unknown(in: document)
        warnings = reader.warnings
        try reader.finish()
    }

    /// The members that no client has, in order.
    static func unknown(in document: JSONValue) -> [String] {
        guard case .object(let members) = document else { return [] }
        return DocumentReader(members, now: 0) { _ in nil }.unknown(
            besides: RegistrationField.ofClients,
            ClientInformation.ServerMember.allCases.map(\.rawValue)
        )
    }
}

extension RegistrationField {
    /// The members of a client's metadata.
    package static let ofClients: [RegistrationField] =
        [
            .clientID, .clientName, .clientSecret, .authenticationMethod, .signingAlgorithm,
            .grantTypes, .responseTypes, .scope, .redirectURIs, .jwks, .jwksURI, .certificates,
            .boundTokens, .spiffeID, .trustSet, .caCertificates, .audiences, .tokenFormat,
            .tokenLifetime,
            .reuseWindow, .mayIntrospect, .enabled, .requiresPushedRequests, .refreshRotation,
            .refreshLifetime, .refreshIdle, .tokenSigningAlgorithm, .claims, .rate, .labels,
            .ownAudiences, .exchangeMode, .exchangesBoundTokens,
        ] + subjects
}

extension DocumentReader {
    fileprivate mutating func change(registered: ClientRecord?) -> ClientChange {
        var change = ClientChange()
        change.name = text(.clientName)
        change.method = text(.authenticationMethod)
        change.signingAlgorithm = text(.signingAlgorithm)
        change.grantTypes = texts(.grantTypes)
        change.scopes = text(.scope).map { $0.split(separator: " ").map(String.init) }
        change.redirectURIs = texts(.redirectURIs)
        change.audiences = texts(.audiences)
        change.tokenFormat = text(.tokenFormat)
        change.tokenLifetime = number(.tokenLifetime)
        change.reuseWindow = number(.reuseWindow)
        change.mayIntrospect = boolean(.mayIntrospect)
        change.boundTokens = boolean(.boundTokens)
        change.isEnabled = boolean(.enabled)
        change.subject = subject()
        change.spiffeID = text(.spiffeID)
        let selfSigned = ClientAuthenticationMethod.selfSignedTLS.rawValue
        let keys = keySet(
            registered: change.method == selfSigned ? registered?.certificates ?? [] : nil
        )
        change.keySet = keys.set
        change.certificates =
            keys.certificates + certificates(registered: registered?.certificates ?? [])
        change.keysURI = text(.jwksURI)
        change.trustSet = text(.trustSet)
        change.caCertificates = caCertificates(registered: registered?.caCertificates ?? [])
        change.requiresPushedRequests = boolean(.requiresPushedRequests)
        change.refreshRotation = boolean(.refreshRotation).map { .value($0) }
        change.refreshLifetime = number(.refreshLifetime).map { .value($0) }
        change.refreshIdle = number(.refreshIdle).map { .value($0) }
        change.tokenSigningAlgorithm = text(.tokenSigningAlgorithm)
        change.rate = text(.rate).map { .value($0) }
        change.ownAudiences = texts(.ownAudiences)
        change.exchangeMode = text(.exchangeMode).map { .value($0) }
        change.exchangesBoundTokens = boolean(.exchangesBoundTokens)
        if let claims = claims() { (change.claims, change.removesClaims) = (claims, true) }
        if let labels = labels() { change.labels = labels }
        change.responseTypes = texts(.responseTypes)
        return change
    }
}
