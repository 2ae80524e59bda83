// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Registration
internal import Server
internal import Storage
internal import Text

/// The options of a command as values: files read, certificates checked, lists split.
///
/// Made before the store is touched, so that a bad file leaves nothing half registered.
struct ClientChange {
    private let options: ClientOptions
    private let now: Int64
    private let certificates: [CertificateRecord]
    /// The CAs that were named.
    let authorities: [CertificateRecord]
    private let subject: CertificateSubject?
    private let keys: KeySetReading?

    /// Reads what `options` name; warnings go to standard error.
    init(_ options: ClientOptions, now: Int64) throws {
        self.options = options
        self.now = now
        certificates = try options.certificate.map { try CertificateReading.client($0, now: now) }
        authorities = try options.caCertificate.flatMap {
            try CertificateReading.authorities($0, now: now)
        }
        keys = try options.jwks.map { try KeySetReading($0) }
        subject = try Self.subject(options)
    }

    /// The subject, which is shown as it was understood before anything is registered.
    private static func subject(_ options: ClientOptions) throws -> CertificateSubject? {
        guard let (kind, text) = options.subjects.first else { return nil }
        let subject: CertificateSubject
        do {
            var text = text
            if kind == .distinguishedName {
                if options.subjectOrder == .go {
                    text = try DistinguishedName(parsingGo: text).canonical
                } else if text.contains(where: \.isNewline) {
                    // A registration is one line wherever it is shown.
                    text = try DistinguishedName(parsing: text).canonical
                }
            }
            subject = try CertificateSubject(kind, parsing: text)
        } catch {
            throw Output.usage("The subject is refused. \(error)")
        }
        if let refusal = subject.registrationRefusal {
            throw Output.usage("The subject is refused. \(refusal)")
        }
        Output.note("subject: \(Output.printable(subject.canonical))", to: .error)
        return subject
    }

    /// The method for a new client where none was said: what the other options make sense for.
    var impliedMethod: ClientAuthenticationMethod {
        if !authorities.isEmpty || options.trustSet != nil || subject != nil { return .tls }
        if !certificates.isEmpty { return .selfSignedTLS }
        return keys == nil && options.jwksURI == nil ? .secretBasic : .privateKeyJWT
    }

    /// Writes what was said into `client`; certificates and authorities are added to those it has.
    ///
    /// Another source of keys, or of authorities, takes the place of the one that it had.
    func apply(to client: inout ClientRecord) throws {
        applyPolicy(to: &client)
        let methodBefore = client.authenticationMethod
        if let method = options.authMethod { client.authenticationMethod = method }
        if client.authenticationMethod != methodBefore {
            // No other method looks at what this one is registered with.
            client.subjectKind = nil
            client.subjectValue = nil
            client.trustSet = nil
            client.certificateAuthorities = []
        }
        if let algorithm = options.signingAlgorithm { client.assertionAlgorithm = algorithm }
        let method = ClientAuthenticationMethod(rawValue: client.authenticationMethod)
        if method?.usesAssertion != true { client.assertionAlgorithm = nil }
        if client.authenticationMethod != methodBefore, client.jwksURI != nil {
            // What was fetched for one method was not checked for the other.
            client.fetchKeys(from: client.mayFetchKeys ? client.jwksURI : nil)
        }
        try applyKeys(to: &client)
        if let subject {
            client.subjectKind = subject.kind.rawValue
            client.subjectValue = subject.text
        }
        if let trustSet = options.trustSet {
            client.trustSet = trustSet
            client.certificateAuthorities = []
        } else if !authorities.isEmpty {
            client.trustSet = nil
            client.certificateAuthorities += authorities
        }
    }

    private func applyPolicy(to client: inout ClientRecord) {
        if let grants = options.grantTypes {
            client.grantTypes = Self.list(grants, separator: ",")
        }
        if let scope = options.scope { client.scopes = Self.list(scope, separator: " ") }
        if !options.redirectURI.isEmpty { client.redirectURIs = options.redirectURI }
        if !options.audience.isEmpty { client.audiences = options.audience }
        if let format = options.tokenFormat { client.tokenFormat = format }
        if let lifetime = options.tokenLifetime { client.tokenLifetime = lifetime }
        if let window = options.reuseWindow { client.reuseWindow = window }
        if let introspect = options.introspect { client.mayIntrospect = introspect }
        if let bound = options.boundTokens { client.boundAccessTokens = bound }
    }

    private func applyKeys(to client: inout ClientRecord) throws {
        if let uri = options.jwksURI {
            if client.jwksURI != uri { client.fetchKeys(from: uri) }
            client.jwks = nil
            return
        }
        guard keys != nil || !certificates.isEmpty else { return }
        if client.jwksURI != nil { client.fetchKeys(from: nil) }
        if let keys {
            let method = ClientAuthenticationMethod(rawValue: client.authenticationMethod)
            guard method == .privateKeyJWT || method == .selfSignedTLS else {
                throw Output.usage(
                    "\(client.authenticationMethod) looks at no keys. Leave --jwks out, or choose"
                        + " --auth-method private_key_jwt."
                )
            }
            // RFC 8705 §2.2.2: there, the keys stand for their certificates.
            if method == .selfSignedTLS {
                // One that stays is the registration that it was.
                client.certificates = try keys.certificates(now: now).map { new in
                    client.certificates.first { $0.thumbprint == new.thumbprint } ?? new
                }
            } else {
                client.jwks = keys.registered()
            }
        }
        client.certificates += certificates
    }

    private static func list(_ text: String, separator: Character) -> [String] {
        text.split(separator: separator).map(String.init)
    }
}

extension ClientRecord {
    /// Whether the method goes by keys that can be fetched from a `jwks_uri`.
    var mayFetchKeys: Bool {
        let method = ClientAuthenticationMethod(rawValue: authenticationMethod)
        return method == .privateKeyJWT || method == .selfSignedTLS
    }

    /// Whether a secret is what authenticates it.
    var isAuthenticatedBySecret: Bool {
        switch ClientAuthenticationMethod(rawValue: authenticationMethod) {
        case .secretBasic, .secretPost, .secretJWT: true
        default: false
        }
    }

    /// Whether a secret is made for it.
    ///
    /// A self-signed client gets one for software that wants an id and a secret configured, as it
    /// does for other servers.
    var mayHaveSecret: Bool {
        isAuthenticatedBySecret
            || authenticationMethod == ClientAuthenticationMethod.selfSignedTLS.rawValue
    }

    /// Takes a new secret, as a hash, and in the clear only where codes are checked with it.
    mutating func setSecret(_ secret: String?) {
        secretHash = secret.map { ClientSecretHash(of: Array($0.utf8).span).stored }
        let isShared = authenticationMethod == ClientAuthenticationMethod.secretJWT.rawValue
        sharedSecret = isShared ? secret : nil
    }

    /// Whether there is anything that the subject is accepted under.
    var hasAuthority: Bool { trustSet != nil || !certificateAuthorities.isEmpty }

    /// Gives up the certificates, and what was fetched: from now on keys come from `uri` alone.
    mutating func fetchKeys(from uri: String?) {
        jwksURI = uri
        fetchedJWKS = nil
        certificates = []
    }
}

/// A file with a JWK Set.
struct KeySetReading {
    private let text: String
    private let path: String
    private let set: JSONWebKeySet

    /// Reads and checks the file.
    init(_ path: String) throws {
        let bytes: [UInt8]
        do throws(CertificateError) {
            bytes = try CertificateFile.read(path)
        } catch {
            throw Refusal("\(path): \(error.description)")
        }
        do throws(JSONWebKeyError) {
            set = try JSONWebKeySet(bytes.span)
        } catch {
            throw Refusal("\(path): \(error.description)")
        }
        text = String(decoding: JSONWebKeySet.content(bytes), as: UTF8.self)
        self.path = path
    }

    /// The set as it is registered; keys that are ignored are named on standard error.
    func registered() -> String {
        warn(set.omissions)
        return text
    }

    /// The keys' certificates as records (RFC 8705 §2.2.2); keys whose certificate cannot be
    /// registered are named on standard error.
    func certificates(now: Int64) throws -> [CertificateRecord] {
        let found: JSONWebKeySet.CertificateSet
        do throws(JSONWebKeyError) {
            found = try set.certificates { certificate in
                RegistrationPolicy.refusal(certificate, now: now)
            }
        } catch {
            throw Refusal("\(path): \(error.description)")
        }
        warn(found.omissions)
        return found.certificates.map { certificate in
            for finding in RegistrationPolicy.findings(certificate, now: now) {
                Output.warn("\(path): \(finding.text)")
            }
            return CertificateRecord(certificate, now: now)
        }
    }

    private func warn(_ omissions: [String]) {
        for omission in omissions { Output.warn("\(path): \(omission) It is ignored.") }
    }
}

/// Certificate files as records of the store.
enum CertificateReading {
    /// A certificate that a client may register.
    static func client(_ path: String, now: Int64) throws -> CertificateRecord {
        let certificate = try read(path, CertificateFile.certificate)
        try judge(RegistrationPolicy.findings(certificate, now: now), path)
        return CertificateRecord(certificate, now: now)
    }

    /// The certificates in a file that may sign those of clients; there is at least one.
    static func authorities(_ path: String, now: Int64) throws -> [CertificateRecord] {
        let certificates = try read(path, CertificateFile.certificates)
        return try certificates.map { certificate in
            let subject = Output.printable(certificate.subject.canonical)
            let named = certificates.count == 1 ? path : "\(path) (\(subject))"
            guard certificate.isAuthority else {
                throw Refusal(
                    "\(named): It is not a CA certificate: its basic constraints do not say so."
                        + " Give the CA that signed the client's certificate; a client's own goes"
                        + " with --certificate."
                )
            }
            // The purpose and the size of a client's own certificate do not concern a CA.
            let ofClients = ["purpose", "usage", "size"]
            let findings = RegistrationPolicy.findings(certificate, now: now)
            try judge(findings.filter { !ofClients.contains($0.code) }, named)
            return CertificateRecord(certificate, now: now)
        }
    }

    /// Takes what is in the file, out of PKCS#7 and OpenSSL's trust settings too.
    private static func read<Found>(
        _ path: String,
        _ take: ([UInt8]) throws(CertificateError) -> Found
    ) throws -> Found {
        do throws(CertificateError) {
            return try take(try CertificateContainer.plain(try CertificateFile.read(path)))
        } catch {
            throw Refusal("\(path): \(error.description)")
        }
    }

    private static func judge(_ findings: [RegistrationPolicy.Finding], _ path: String) throws {
        let errors = findings.filter { $0.severity == .error }.map(\.text)
        guard errors.isEmpty else {
            throw Refusal("\(path): " + errors.joined(separator: " "))
        }
        for finding in findings { Output.warn("\(path): \(finding.text)") }
    }
}

/// The ways in which people write a SHA-256 thumbprint.
enum Thumbprint {
    /// base64url as in `x5t#S256`, or hexadecimal with or without colons.
    static func parse(_ text: String) throws -> [UInt8] {
        if let bytes = Base64URL.decode(Array(text.utf8).span), bytes.count == 32 { return bytes }
        let digits = text.filter { $0 != ":" }.compactMap { $0.isASCII ? $0.hexDigitValue : nil }
        guard digits.count == 64, digits.count == text.filter({ $0 != ":" }).count else {
            throw Output.usage(
                "\(text) is not a SHA-256 thumbprint. Give it as"
                    + " `handfast client certificate list` shows it, or in hexadecimal."
            )
        }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
    }
}
