// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Fetch
internal import Foundation
internal import OAuth
internal import Storage

/// What a registration must be to make sense, whichever command made it.
enum ClientRules {
    /// The server looks through all of a client's certificates at each request.
    static let certificatesMax = 32
    /// What the server's verifier takes.
    static let authoritiesMax = ChainVerifier.anchorsMax
    /// A set of scopes is a word of bits in the server.
    static let scopesMax = 64
    static let listMax = 32
    /// Scopes and audiences go into every token, and a token into a header field.
    static let tokenTextBytesMax = RegistrationLimits.tokenTextBytesMax
    static let uriBytesMax = 2_048
    static let tokenLifetimeMax = RegistrationLimits.tokenLifetimeSecondsMax
    /// Longer, and a client that was disabled could go on with a token issued long before.
    static let reuseWindowMax = 3_600
    static let clientIDBytesMax = 128
    /// Schemes by which a redirection would run or read something instead of leading somewhere.
    private static let refusedSchemes = ["javascript", "data", "vbscript", "file", "blob", "about"]

    /// Throws what ends the command with status 64, after it has said what to do.
    ///
    /// With `mayLackCertificate`, a client that authenticates with registered certificates may have
    /// none left: taking a stolen one away must not wait for its successor.
    static func check(_ client: ClientRecord, mayLackCertificate: Bool = false) throws {
        do {
            try checkAll(client, mayLackCertificate: mayLackCertificate)
        } catch let error as ValidationError {
            throw Output.usage(error.message)
        }
    }

    private static func checkAll(_ client: ClientRecord, mayLackCertificate: Bool) throws {
        try DisplayName.check(client.name, of: "client")
        try checkMethod(client, mayLackCertificate: mayLackCertificate)
        try checkCertificates(client.certificates, "certificate", most: certificatesMax)
        try checkCertificates(client.certificateAuthorities, "CA certificate", most: authoritiesMax)
        try checkGrants(client.grantTypes)
        try checkScopes(client.scopes)
        try checkList(client.redirectURIs, "redirect URI", checkRedirectURI)
        try checkList(client.audiences, "audience", checkAudience)
        try checkTokenText(client.audiences, "audiences")
        try checkTimes(client)
    }

    /// Refuses what RFC 6749 appendix A.1 does not allow, and what JSON would have to escape.
    static func checkClientID(_ clientID: String) throws {
        guard (1...clientIDBytesMax).contains(clientID.utf8.count),
            clientID.utf8.allSatisfy({ 0x20...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c })
        else {
            throw ValidationError(
                "A client_id has 1 to \(clientIDBytesMax) printable ASCII characters, without"
                    + " quotation marks and backslashes."
            )
        }
        guard !clientID.hasPrefix(User.subjectPrefix) else {
            throw ValidationError(
                "A client_id does not begin with `\(User.subjectPrefix)`: tokens of users"
                    + " have such subjects. Choose another."
            )
        }
    }

    /// Refuses a `jwks_uri` that the server would not fetch.
    static func checkKeysURI(_ uri: String) throws {
        guard let refusal = FetchURL.refusal(uri, schemes: [.https]) else { return }
        throw ValidationError("The jwks_uri \(Output.printable(uri)) is refused: \(refusal).")
    }

    private static func checkMethod(_ client: ClientRecord, mayLackCertificate: Bool) throws {
        let method = client.authenticationMethod
        try checkKeySource(client)
        switch ClientAuthenticationMethod(rawValue: method) {
        case .tls: try checkTrust(client)
        case .selfSignedTLS:
            guard !client.certificates.isEmpty || client.jwksURI != nil || mayLackCertificate else {
                throw ValidationError(
                    "\(method) needs a certificate. Give --certificate FILE or --jwks-uri URI."
                )
            }
            guard client.subjectKind == nil, !client.hasAuthority else {
                throw ValidationError(
                    "\(method) looks at neither subject nor CA. Leave them out, or choose"
                        + " --auth-method tls_client_auth."
                )
            }
        case .privateKeyJWT:
            guard client.jwks != nil || client.jwksURI != nil else {
                throw ValidationError(
                    "\(method) needs the client's public keys. Give --jwks FILE or --jwks-uri URI."
                )
            }
            try checkAlgorithm(client, SignatureAlgorithm.allCases.map(\.rawValue))
            try checkNoCertificate(client)
        case .secretJWT:
            guard client.sharedSecret != nil else {
                throw ValidationError(
                    "\(method) needs a secret that the server knows, and this client's is stored as"
                        + " a hash. Add --new-secret."
                )
            }
            let algorithms = MessageAuthenticationAlgorithm.ofClientSecrets
            try checkAlgorithm(client, algorithms.map(\.rawValue))
            try checkNoCertificate(client)
        case .publicClient: try checkPublic(client)
        default:
            guard client.secretHash != nil else {
                throw ValidationError("\(method) needs a secret. Add --new-secret.")
            }
            try checkNoCertificate(client)
        }
    }

    /// A public client proves nothing, so it gets nothing of its own.
    private static func checkPublic(_ client: ClientRecord) throws {
        try checkNoCertificate(client)
        guard !client.grantTypes.contains("client_credentials") else {
            throw ValidationError(
                "A client with the method none cannot use client_credentials (RFC 6749 §4.4): it"
                    + " would be a token for everybody. Give --grant-types password, or choose a"
                    + " method."
            )
        }
        guard !client.mayIntrospect else {
            throw ValidationError(
                "A client with the method none cannot introspect tokens (RFC 7662 §2.1). Leave"
                    + " --introspect out, or choose a method."
            )
        }
    }

    private static func checkTrust(_ client: ClientRecord) throws {
        let method = client.authenticationMethod
        guard client.subjectKind != nil, client.hasAuthority else {
            throw ValidationError(
                "\(method) needs a CA and a subject. Give --ca-certificate or --trust-set together"
                    + " with one of --subject-dn, --san-dns, --san-uri, --san-ip and --san-email."
            )
        }
        guard client.trustSet == nil || client.certificateAuthorities.isEmpty else {
            throw ValidationError(
                "A client has a trust set or CAs of its own. Give either --trust-set or"
                    + " --ca-certificate."
            )
        }
        guard client.certificates.isEmpty else {
            throw ValidationError(
                "\(method) does not look at registered certificates. Leave --certificate out,"
                    + " or choose --auth-method self_signed_tls_client_auth."
            )
        }
    }

    private static func checkKeySource(_ client: ClientRecord) throws {
        guard let uri = client.jwksURI else { return }
        try checkKeysURI(uri)
        guard client.mayFetchKeys else {
            throw ValidationError(
                "\(client.authenticationMethod) looks at no keys. Leave --jwks-uri out, or choose"
                    + " --auth-method private_key_jwt or self_signed_tls_client_auth."
            )
        }
        guard client.jwks == nil else {
            throw ValidationError(
                "A client's keys come from one place (RFC 7591 §2). Give either --jwks-uri or"
                    + " --jwks."
            )
        }
    }

    private static func checkAlgorithm(_ client: ClientRecord, _ known: [String]) throws {
        guard let algorithm = client.assertionAlgorithm, !known.contains(algorithm) else { return }
        throw ValidationError(
            "\(client.authenticationMethod) cannot use \(algorithm). Give --auth-signing-alg one of"
                + " \(known.joined(separator: ", "))."
        )
    }

    private static func checkNoCertificate(_ client: ClientRecord) throws {
        guard client.certificates.isEmpty, client.subjectKind == nil, !client.hasAuthority else {
            throw ValidationError(
                "\(client.authenticationMethod) looks at no registered certificate. Leave"
                    + " certificates, CAs and subject out, or choose one of the two"
                    + " tls_client_auth methods."
            )
        }
    }

    private static func checkCertificates(
        _ certificates: [CertificateRecord],
        _ what: String,
        most: Int
    ) throws {
        guard certificates.count <= most else {
            throw ValidationError("A client has at most \(most) \(what)s.")
        }
        guard Set(certificates.map(\.thumbprint)).count == certificates.count else {
            throw ValidationError("The client has this \(what) already. Give each one once.")
        }
    }

    private static func checkGrants(_ grants: [String]) throws {
        let known = Grant.allCases.map(\.rawValue)
        guard !grants.isEmpty, grants.allSatisfy(known.contains), Set(grants).count == grants.count
        else {
            throw ValidationError(
                "The grant types are one or more of \(known.joined(separator: ", ")), separated"
                    + " by commas, each once."
            )
        }
    }

    private static func checkScopes(_ scopes: [String]) throws {
        for scope in scopes {
            // RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E.
            guard scope.utf8.allSatisfy({ 0x21...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c }) else {
                throw ValidationError(
                    "A scope has printable ASCII characters only, without quotation marks and"
                        + " backslashes (RFC 6749 §3.3). Separate scopes by single spaces."
                )
            }
        }
        try checkTokenText(scopes, "scopes")
        guard scopes.count <= scopesMax, Set(scopes).count == scopes.count else {
            throw ValidationError("A client has at most \(scopesMax) scopes, each once.")
        }
    }

    private static func checkTokenText(_ list: [String], _ what: String) throws {
        guard RegistrationLimits.fitsToken(list) else {
            throw ValidationError(
                "The \(what) have at most \(tokenTextBytesMax) characters together, for they go"
                    + " into every token."
            )
        }
    }

    private static func checkList(
        _ list: [String],
        _ what: String,
        _ check: (String) throws -> Void
    ) throws {
        guard list.count <= listMax, Set(list).count == list.count else {
            throw ValidationError("Give at most \(listMax) of the option \(what), each once.")
        }
        for entry in list { try check(entry) }
    }

    private static func checkAudience(_ audience: String) throws {
        guard (1...uriBytesMax).contains(audience.utf8.count),
            audience.utf8.allSatisfy({ 0x21...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c })
        else {
            throw ValidationError(
                "An audience is a URI or a name of printable ASCII characters without spaces."
            )
        }
    }

    private static func checkRedirectURI(_ uri: String) throws {
        guard !uri.contains("#") else {
            throw ValidationError(
                "The redirect URI \(Output.printable(uri)) has a fragment (RFC 6749 §3.1.2)."
                    + " Leave out everything from the # on."
            )
        }
        let characters = uri.utf8.allSatisfy { 0x21...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c }
        let parts = URLComponents(string: uri)
        let scheme = parts?.scheme?.lowercased() ?? ""
        let isWeb = scheme == "http" || scheme == "https"
        guard characters, uri.utf8.count <= uriBytesMax, !scheme.isEmpty,
            !refusedSchemes.contains(scheme), !isWeb || parts?.host?.isEmpty == false
        else {
            throw ValidationError(
                "The redirect URI \(Output.printable(uri)) is not an absolute URI that a browser"
                    + " can be sent to. Give one such as https://client.example/callback."
            )
        }
    }

    private static func checkTimes(_ client: ClientRecord) throws {
        if let lifetime = client.tokenLifetime, !(1...tokenLifetimeMax).contains(lifetime) {
            throw ValidationError("--token-lifetime is from 1 to \(tokenLifetimeMax) seconds.")
        }
        guard (0...reuseWindowMax).contains(client.reuseWindow),
            client.reuseWindow < client.tokenLifetime ?? .max
        else {
            throw ValidationError(
                "--reuse-window is from 0 to \(reuseWindowMax) seconds, and shorter than"
                    + " --token-lifetime."
            )
        }
    }
}
