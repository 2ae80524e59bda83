// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import OAuth
internal import Storage

/// The rules of a client's registration, the same for every front end.
struct ClientRules {
    /// The server looks through all of a client's certificates at each request.
    static let certificatesMax = 32
    /// The limit of the server's verifier.
    static let caCertificatesMax = ChainVerifier.anchorsMax
    /// A set of scopes is a word of bits in the server.
    static let scopesMax = 64
    static let listMax = 32
    /// Scopes and audiences go into every token, and a token into a header field.
    static let tokenTextBytesMax = RegistrationLimits.tokenTextBytesMax
    static let uriBytesMax = 2_048
    static let tokenLifetimeMax = RegistrationLimits.tokenLifetimeSecondsMax
    /// Longer, and a client that was disabled could go on with a token issued long before.
    static let reuseWindowMax = 3_600
    /// The one limit of a client_id; the store and the server take longer ones of old records.
    static let clientIDBytesMax = RegistrationLimits.clientIDBytesMax
    /// The signature algorithms of assertions, for all methods that use them.
    static let algorithms =
        SignatureAlgorithm.allCases.map(\.rawValue)
        + MessageAuthenticationAlgorithm.ofClientSecrets.map(\.rawValue)

    private let client: ClientRecord
    private var findings: [RegistrationFinding] = []

    /// Everything that is wrong with `client`.
    static func findings(_ client: ClientRecord) -> [RegistrationFinding] {
        var rules = ClientRules(client: client)
        rules.check()
        return rules.findings
    }

    private init(client: ClientRecord) {
        self.client = client
    }

    private mutating func check() {
        checkClientID()
        checkClientIDIsOwn()
        if let finding = DisplayName.finding(client.name, .clientName, of: "client") {
            findings.append(finding)
        }
        findings += ClientMethodRules.findings(client)
        checkCertificates(client.certificates, .certificates, "certificate", Self.certificatesMax)
        checkCertificates(
            client.caCertificates,
            .caCertificates,
            "CA certificate",
            Self.caCertificatesMax
        )
        checkTrustSetName()
        findings += ClientGrantRules.grantFindings(client)
        checkScopes()
        checkList(client.redirectURIs, .redirectURIs, "redirect URIs", RedirectURI.finding)
        checkList(client.audiences, .audiences, "audiences", Self.audience)
        checkTokenText(client.audiences, .audiences, "audiences")
        checkTokens()
        findings += ClientGrantRules.tokenFindings(client)
        findings += RateRules.findings(client)
        checkList(client.ownAudiences, .ownAudiences, "own audiences", Self.ownAudience)
        findings += ExchangeRules.findings(client)
        findings += LabelRules.findings(client.labels)
    }

    /// Refuses what RFC 6749 appendix A.1 does not allow, and what JSON would have to escape.
    private mutating func checkClientID() {
        let clientID = client.clientID
        if !(1...Self.clientIDBytesMax).contains(clientID.utf8.count)
            || !clientID.utf8.allSatisfy({ 0x20...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c })
        {
            findings.refuse(
                .clientID,
                "A client_id has 1 to \(Self.clientIDBytesMax) printable ASCII characters, without"
                    + " quotation marks and backslashes."
            )
        }
        if clientID.hasPrefix(User.subjectPrefix) {
            findings.refuse(
                .clientID,
                "A client_id does not begin with `\(User.subjectPrefix)`: tokens of users have such"
                    + " subjects.",
                "Choose another."
            )
        }
    }

    /// Tokens of workloads have SPIFFE IDs as subjects, which no other client's may have.
    private mutating func checkClientIDIsOwn() {
        guard SPIFFEID.begins(client.clientID.utf8), client.clientID != client.spiffeID else {
            return
        }
        findings.refuse(
            .clientID,
            with: [.spiffeID],
            "A client_id that begins with `\(SPIFFEID.scheme)` is the client's own SPIFFE ID.",
            "Choose another one, or give it as \(field: .spiffeID), too."
        )
    }

    private mutating func checkTrustSetName() {
        guard let name = client.trustSet,
            let finding = TrustSetRules.nameFinding(name, .trustSet)
        else { return }
        findings.append(finding)
    }

    private mutating func checkCertificates(
        _ certificates: [CertificateRecord],
        _ field: RegistrationField,
        _ what: String,
        _ limit: Int
    ) {
        if certificates.count > limit {
            findings.refuse(field, "A client has at most \(limit) \(what)s.")
        }
        if Set(certificates.map(\.thumbprint)).count != certificates.count {
            findings.refuse(field, "The client has this \(what) already.", "Give each one once.")
        }
    }

    private mutating func checkScopes() {
        // RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E, at least one.
        if !client.scopes.allSatisfy(Self.isTokenText) {
            findings.refuse(
                .scope,
                "A scope has printable ASCII characters only, without quotation marks and"
                    + " backslashes (RFC 6749 §3.3).",
                "Separate scopes by single spaces."
            )
        }
        checkTokenText(client.scopes, .scope, "scopes")
        if client.scopes.count > Self.scopesMax || Set(client.scopes).count != client.scopes.count {
            findings.refuse(.scope, "A client has at most \(Self.scopesMax) scopes, each once.")
        }
    }

    private mutating func checkTokenText(
        _ list: [String],
        _ field: RegistrationField,
        _ what: String
    ) {
        if !RegistrationLimits.fitsToken(list) {
            findings.refuse(
                field,
                "The \(what) have at most \(Self.tokenTextBytesMax) characters together, for they"
                    + " go into every token."
            )
        }
    }

    private mutating func checkList(
        _ list: [String],
        _ field: RegistrationField,
        _ what: String,
        _ finding: (String) -> RegistrationFinding?
    ) {
        if list.count > Self.listMax || Set(list).count != list.count {
            findings.refuse(field, "A client has at most \(Self.listMax) \(what), each once.")
        }
        // The same sentence for several of them says nothing more.
        for entry in list {
            if let found = finding(entry), !findings.contains(found) { findings.append(found) }
        }
    }

    private static func audience(_ audience: String) -> RegistrationFinding? {
        self.audience(audience, .audiences)
    }

    private static func ownAudience(_ audience: String) -> RegistrationFinding? {
        self.audience(audience, .ownAudiences)
    }

    private static func audience(
        _ audience: String,
        _ field: RegistrationField
    ) -> RegistrationFinding? {
        guard audience.utf8.count > uriBytesMax || !isTokenText(audience) else { return nil }
        return .invalid(
            field,
            "An audience is a URI or a name of printable ASCII characters without spaces, at most"
                + " \(uriBytesMax) of them.",
            remedy: ""
        )
    }

    /// One or more of %x21 / %x23-5B / %x5D-7E.
    private static func isTokenText(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { 0x21...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c }
    }

    private mutating func checkTokens() {
        if AccessTokenFormat(rawValue: client.tokenFormat) == nil {
            let known = AccessTokenFormat.allCases.map(\.rawValue)
            findings.refuse(
                .tokenFormat,
                "There is no token format \(PrintableText.escaped(client.tokenFormat)).",
                "Choose one of \(known.joined(separator: ", "))."
            )
        }
        if let lifetime = client.tokenLifetime, !(1...Self.tokenLifetimeMax).contains(lifetime) {
            findings.refuse(
                .tokenLifetime,
                "\(field: .tokenLifetime) is from 1 to \(Self.tokenLifetimeMax) seconds."
            )
        }
        let lifetime = max(client.tokenLifetime ?? .max, 1)
        if !(0...Self.reuseWindowMax).contains(client.reuseWindow)
            || client.reuseWindow >= lifetime
        {
            findings.refuse(
                .reuseWindow,
                with: [.tokenLifetime],
                "\(field: .reuseWindow) is from 0 to \(Self.reuseWindowMax) seconds, and shorter"
                    + " than \(field: .tokenLifetime)."
            )
        }
    }
}
