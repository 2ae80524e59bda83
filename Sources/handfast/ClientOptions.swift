// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import OAuth
internal import Registration
internal import Storage

extension SubjectRegistration.Order: ExpressibleByArgument {}

/// The options of a client for `client add` and `client update`; nil and empty mean "not given".
struct ClientOptions: ParsableArguments {
    @Option(
        help: .value(
            "file",
            "A certificate of the client, PEM or DER, alone in its file. Repeatable.",
            discussion: "For self_signed_tls_client_auth (RFC 8705 §2.2): exactly these"
                + " certificates authenticate the client, whoever signed them."
        )
    )
    var certificate: [String] = []

    @Option(
        help: .value(
            "file",
            "A file with CAs under which the client's subject is accepted. Repeatable.",
            discussion: "For tls_client_auth (RFC 8705 §2.1), together with one of --subject-dn"
                + " and --san-…."
        )
    )
    var caCertificate: [String] = []

    @Option(
        help: .value(
            "name",
            "The trust set under which the client's subject is accepted.",
            discussion: "In place of --ca-certificate; see `handfast trust-set`."
        )
    )
    var trustSet: String?

    @Option(
        name: .customLong("spiffe-id"),
        help: .value(
            "id",
            "The SPIFFE ID of the client's X.509-SVIDs, or one whose last segment is `*`.",
            discussion: "For spiffe_x509, with the --trust-set of its trust domain."
                + " spiffe://example.org/ns/* stands for all IDs below that path."
        )
    )
    var spiffeID: String?

    @Option(help: .value("dn", "The subject, such as CN=client,O=Example (RFC 4514)."))
    var subjectDN: String?

    @Option(
        help: .choice(
            "order",
            "How the text of --subject-dn is ordered",
            of: SubjectRegistration.Order.self,
            discussion:
                "printed, the default: in the certificate's order, or in the reverse one. go: in"
                + " the order in which Go's pkix.Name.String prints what `openssl req` made."
        )
    )
    var subjectOrder: SubjectRegistration.Order?

    @Option(help: .value("name", "The subject, as a DNS name among the alternative names."))
    var sanDNS: String?

    @Option(help: .value("uri", "The subject, as a URI among the alternative names."))
    var sanURI: String?

    @Option(help: .value("address", "The subject, as an IP address among the alternative names."))
    var sanIP: String?

    @Option(help: .value("mailbox", "The subject, as a mailbox among the alternative names."))
    var sanEmail: String?

    @Option(
        help: .value(
            "file",
            "The client's public keys, a JWK Set (RFC 7517).",
            discussion: "With private_key_jwt these verify its assertions. With"
                + " self_signed_tls_client_auth the certificate of each key (x5c) is registered."
        )
    )
    var jwks: String?

    @Option(
        help: .value(
            "uri",
            "An https URI from which the server fetches the client's JWK Set.",
            discussion: "In place of --jwks and --certificate (RFC 7591 §2). The client has no"
                + " keys until the server fetched them."
        )
    )
    var jwksURI: String?

    @Option(
        name: .customLong("auth-signing-alg"),
        help: .value(
            "alg",
            "The one algorithm of the client's assertions; without it every one that is allowed."
        )
    )
    var signingAlgorithm: String?

    @Option(
        help: .choice("method", "How the client authenticates", of: ClientAuthenticationMethod.self)
    )
    var authMethod: String?

    @Option(
        help: .value(
            "g,g",
            "The grants the client may use, separated by commas: \(Self.grantWords)."
        )
    )
    var grantTypes: String?

    @Option(help: .value("scopes", "The scopes it may ask for, separated by spaces."))
    var scope: String?

    @Option(
        help: .value(
            "uri",
            "A redirect URI, compared character by character (RFC 6749 §3.1.2). Repeatable.",
            discussion: "https, http on this machine for native apps (RFC 8252 §7.3), or an app's"
                + " own scheme, such as com.example.app:/callback."
        )
    )
    var redirectURI: [String] = []

    @Option(
        help: .value(
            "audience",
            "An audience of its tokens, in place of the server's default. Repeatable."
        )
    )
    var audience: [String] = []

    @Option(
        help: .choice(
            "format",
            "The form of its access tokens",
            of: AccessTokenFormat.self,
            discussion: "A jwt can be read and checked by every resource server; a sealed token"
                + " is encrypted: it costs less, and only introspection can read it."
        )
    )
    var tokenFormat: String?

    @Option(help: .value("seconds", "The lifetime of its access tokens."))
    var tokenLifetime: Int?

    @Option(
        help: .value(
            "seconds",
            "How long a fresh token may be handed out again for the same request; 0 for never."
        )
    )
    var reuseWindow: Int?

    @Flag(inversion: .prefixedNo, help: "Whether it may introspect tokens (RFC 7662).")
    var introspect: Bool?

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "Whether its tokens are bound to its certificate (RFC 8705 §3).",
            discussion: "Without either flag: yes for clients that authenticate with a"
                + " certificate, no for clients with a secret."
        )
    )
    var boundTokens: Bool?

    @OptionGroup(title: "Registration") var grants: GrantOptions
    @OptionGroup(title: "Registration") var labels: LabelOptions

    @Option(help: .hidden)
    var allowServerAuthUntil: String?

    /// The subject options that were given.
    private var subjects: [(CertificateSubject.Kind, String)] {
        let given: [(CertificateSubject.Kind, String?)] = [
            (.distinguishedName, subjectDN), (.dns, sanDNS), (.uri, sanURI), (.ip, sanIP),
            (.email, sanEmail),
        ]
        return given.compactMap { kind, text in text.map { (kind, $0) } }
    }

    func validate() throws {
        if let finding = SubjectRegistration.finding(about: subjects.map(\.0)) {
            throw ValidationError(finding.text(FlagVocabulary()))
        }
        guard subjectOrder == nil || subjectDN != nil else {
            throw ValidationError("--subject-order is about the text of --subject-dn. Give both.")
        }
        guard allowServerAuthUntil == nil else {
            throw ValidationError(
                "--allow-server-auth-until is for trust sets; a client with CAs of its own has no"
                    + " such exception. Make a trust set of its CA, with `handfast trust-set add"
                    + " NAME --ca-certificate FILE --allow-server-auth-until DAY`, and give it to"
                    + " the client with `handfast client update CLIENT --trust-set NAME`."
            )
        }
    }

    /// The change that the options ask for: files read, the subject parsed, lists split; throws the
    /// problem with a file.
    ///
    /// The parsed subject is shown on standard error before anything is registered.
    func change(now: Int64) throws -> ClientChange {
        var files = RegistrationFiles(now: now)
        var change = ClientChange()
        change.certificates = certificate.compactMap { files.clientCertificate($0) }
        change.caCertificates = caCertificate.flatMap { files.caCertificates($0) }
        change.keySet = jwks.flatMap { files.keySet($0) }
        try files.conclude()
        if let (kind, text) = subjects.first {
            let subject = try SubjectRegistration(kind, text, order: subjectOrder ?? .printed)
            Output.line("subject: \(PrintableText.escaped(subject.canonical))", to: .error)
            change.subject = subject
        }
        change.keysURI = jwksURI
        change.spiffeID = spiffeID
        change.trustSet = trustSet
        change.method = authMethod
        change.signingAlgorithm = signingAlgorithm
        change.grantTypes = grantTypes.map { text in
            // By its word or its name; one that is neither is refused by the rules.
            Self.list(text, separator: ",").map { Grant(word: $0)?.rawValue ?? $0 }
        }
        change.scopes = scope.map { Self.list($0, separator: " ") }
        if !redirectURI.isEmpty { change.redirectURIs = redirectURI }
        if !audience.isEmpty { change.audiences = audience }
        change.tokenFormat = tokenFormat
        change.tokenLifetime = tokenLifetime
        change.reuseWindow = reuseWindow
        change.mayIntrospect = introspect
        change.boundTokens = boundTokens
        grants.write(to: &change)
        change.labels = labels.change
        return change
    }

    private static let grantWords = Grant.allCases.map(\.word).joined(separator: ", ")

    private static func list(_ text: String, separator: Character) -> [String] {
        text.split(separator: separator).map(String.init)
    }
}

/// The common options of `client add` and `client update`: the data directory, and the form of the
/// output.
struct ClientWriting: ParsableArguments {
    @OptionGroup(title: "Registration") var options: ClientOptions
    @OptionGroup var data: DataOptions

    @Flag(help: "Print an RFC 7591 client information response.")
    var json = false

    /// Prints the record written by `change`, and its warnings.
    func show(
        _ made: ClientRegistration,
        after change: ClientChange,
        in store: any RegistrationStore
    ) throws {
        for warning in made.warnings {
            let file = warning.field == .jwks ? options.jwks : nil
            Output.warn((file.map { "\($0): " } ?? "") + warning.text)
        }
        Output.warn(try KnownPublicCAs.warnings(of: change, in: store))
        try Output.show(made, json: json)
    }
}
