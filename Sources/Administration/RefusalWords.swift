// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Telemetry

/// The meaning of a refusal to people, and what to do about it.
///
/// Grouped: several checks have one remedy. A test holds the table and `Check` together.
struct RefusalWords: Sendable, Equatable {
    let meaning: String
    let remedy: String

    private init(_ meaning: String, _ remedy: String) {
        (self.meaning, self.remedy) = (meaning, remedy)
    }

    /// The words of a check.
    init(_ check: Check) {
        self = Self.byCheck[check] ?? Self.fault
    }

    /// The words of a failed handshake.
    init(_ failure: HandshakeFailure) {
        switch failure {
        case .version, .algorithms, .applicationProtocol:
            self.init(
                "The peer and the server have nothing in common to speak by.",
                "Let the peer speak TLS 1.3, or 1.2 where tls.minimum_version allows it, with the"
                    + " usual groups and signatures; see the alert."
            )
        case .notTLS:
            self.init(
                "The peer did not speak TLS.",
                "Let it use https, and no proxy that has ended TLS already."
            )
        case .alert:
            self.init(
                "The peer ended the handshake, mostly because it does not trust the server's"
                    + " certificate.",
                "Give the peer the CA of the server's certificate, and a name that stands in it."
            )
        case .certificateMissing:
            self.init(
                "The peer sent no certificate, and this listener needs one.",
                "Let the client send its certificate, or use a listener that does not need one."
            )
        case .certificate:
            self.init(
                "The certificate cannot be used, or the peer did not prove its key.",
                "Let the client use the key that belongs to its certificate."
            )
        case .malformed, .closed, .timeout:
            self.init(
                "The handshake broke off.",
                "Look at the network, and at proxies and port scans on the way."
            )
        case .crowded:
            self.init(
                "Newer handshakes took its place.",
                "If this is no attack, raise limits.half_open_handshakes."
            )
        case .proxyHeader: self = Self.byCheck[.proxyHeader] ?? Self.fault
        }
    }

    private static let fault = RefusalWords(
        "A fault of the server.",
        "Report it, with the lines of the log around it."
    )

    private static let byCheck: [Check: RefusalWords] = {
        var words: [Check: RefusalWords] = [:]
        for (checks, meaning, remedy) in table {
            for check in checks { words[check] = RefusalWords(meaning, remedy) }
        }
        return words
    }()

    /// The checks that have words, for the test.
    static var checks: [Check] { table.flatMap(\.checks) }

    private typealias Row = (checks: [Check], meaning: String, remedy: String)

    private static let table: [Row] =
        ofClients + ofCertificates + ofAssertions + ofIssuers + ofRequests + ofGrants + ofExchange
        + ofRates + ofServer

    private static let ofClients: [Row] = [
        (
            [.clientUnknown], "No client of this client_id is registered.",
            "Register the client, or let it send the client_id that it was given."
        ),
        ([.clientDisabled], "The client is disabled.", "Enable it, if it may go on."),
        (
            [.clientChanged], "The client was changed while its request waited.",
            "Nothing: the client repeats its request."
        ),
        (
            [.clientIDMissing, .clientIDMismatch], "No client is named, or two different ones.",
            "Let the client send its client_id once, and the same everywhere."
        ),
        (
            [.methodNotRegistered], "The client uses another method than the registered one.",
            "Let it authenticate as it is registered, or change its token_endpoint_auth_method."
        ),
        (
            [.methodSwitchedOff], "The configuration does not allow this method.",
            "Let the client use another method, or allow this one (authentication.*)."
        ),
        (
            [.publicClient], "A client that proves nothing asked about tokens.",
            "Register a method of authentication for it."
        ),
        (
            [
                .authenticationMechanisms, .authorizationRepeated, .authorizationScheme,
                .basicSyntax,
            ],
            "The client authenticates in two ways, or in a way that cannot be read.",
            "Let it use one method, as RFC 6749 §2.3 has it."
        ),
        (
            [.secretWrong], "The client secret is wrong.",
            "Give the client its secret, or make a new one."
        ),
    ]

    private static let ofCertificates: [Row] = [
        (
            [.certificateMissing], "The client sent no certificate.",
            "Let it send its certificate, to a listener that asks for one."
        ),
        (
            [.certificateNotRegistered],
            "The certificate is none that is registered for the client.",
            "If it is the client's own, register it."
        ),
        (
            [.certificateNotYetValid], "The certificate is not valid yet.",
            "Wait until then, or check the clocks of the issuer and of the server."
        ),
        (
            [.certificateExpired], "The certificate has ended.",
            "Issue the client a new certificate, and register it."
        ),
        (
            [.subjectMismatch, .certificateMismatch, .certificateMalformed],
            "The certificate's name is not the registered one.",
            "Give the client a certificate for the registered name, or register the name that it"
                + " has."
        ),
        (
            [.svid], "The certificate is no X.509-SVID of a workload.",
            "Give the client one: a URI that is a SPIFFE ID, digitalSignature, and no CA."
        ),
        (
            [.spiffeIDMismatch], "The certificate's SPIFFE ID is not one of the client's.",
            "Let the workload use the client that is registered for its ID, or register the ID."
        ),
        (
            [.bundleStale], "The SPIFFE bundle of the trust domain is too old.",
            "Make the bundle's source answer again: the log has the reason."
        ),
        (
            [.trustMissing], "No CA is registered for the client.",
            "Give the client a trust set, or CAs of its own."
        ),
        (
            [.chainRefused], "The certificate does not lead to a CA of the client.",
            "Verify the certificate: the check that failed says what to change."
        ),
        (
            [.certificateRevoked], "The certificate is revoked.",
            "Issue the client another certificate."
        ),
        (
            [.revocationUnknown], "Whether the certificate is revoked cannot be known.",
            "Give the trust set a current revocation list of each CA on the path."
        ),
        (
            [.proxyUnknown, .proxyObjection, .proxyHeader, .forwardedCertificate],
            "A proxy did not prove itself, or forwarded a certificate that cannot be used.",
            "Compare the proxy's settings with listeners.*.forwarded_certificate and proxies."
        ),
    ]

    private static let ofAssertions: [Row] = [
        (
            [.assertionMissing, .assertionType, .assertionNotRegistered],
            "The client sent no assertion, or has no key for one.",
            "Let it send a client_assertion, and register its key (jwks or jwks_uri)."
        ),
        (
            [.keysNotFetched], "The client's jwks_uri has given no keys yet.",
            "Let the server reach it; the log says why it could not."
        ),
        (
            [
                .assertionSize, .assertionParts, .assertionBase64URL, .assertionHeader,
                .assertionCrit, .assertionClaims,
            ],
            "The assertion is no JWS of the accepted form.",
            "Let the client send a compact JWS with JSON claims (RFC 7523)."
        ),
        (
            [
                .assertionAlg, .assertionAlgMissing, .assertionTyp, .assertionKid,
                .assertionKidAmbiguous, .assertionSecretShort, .assertionSignature,
            ],
            "The assertion is not signed by a key of the client, or of the trusted issuer.",
            "Compare its alg, typ and kid with the registered keys."
        ),
        (
            [.assertionIss, .assertionSub, .assertionAud, .assertionJti],
            "A claim of the assertion is not as it has to be.",
            "iss and sub are the client_id, aud is the issuer, jti is new each time. A trusted"
                + " issuer's has its own iss and sub, and the audience that is registered for it."
        ),
        (
            [
                .assertionExpMissing, .assertionExpFar, .assertionExpired, .assertionEarly,
                .assertionRepeated,
            ],
            "The assertion's time is over, not yet come, or too long, or it was used before.",
            "Let the client make one for each request, and check its clock."
        ),
    ]

    private static let ofIssuers: [Row] = [
        (
            [.issuerUnknown], "The assertion is of no trusted issuer.",
            "Compare its iss with those of the trusted issuers, byte for byte."
        ),
        (
            [.issuerClient], "The client may not present assertions of this issuer.",
            "Add the client to the issuer's clients, if it may."
        ),
        (
            [.issuerSubject], "The assertion's sub is none that the issuer may speak for.",
            "Widen the issuer's pattern of subjects, if it may."
        ),
        (
            [.issuerKeys], "The issuer's keys could not be fetched for a day.",
            "Let the server reach the issuer's jwks_uri; the log says why it could not."
        ),
        (
            [.issuerDelegation, .issuerBinding],
            "The assertion is for another use: it names an actor, or is bound to another key.",
            "Let the issuer make one for this client, without act, may_act and a foreign cnf."
        ),
    ]

    private static let ofRequests: [Row] = [
        (
            [.contentType, .contentCoding, .query, .formEncoding, .formDuplicate, .formSize],
            "The request is no form, or a bad one.",
            "Let the client post application/x-www-form-urlencoded, each parameter once."
        ),
        (
            [.grantType], "The grant type is missing, unknown, or not the client's.",
            "Let the client send a grant_type that the server has; if it may use that grant, add it"
                + " to the client's grant_types."
        ),
        (
            [.scope, .resource], "The client asks for what it is not registered for.",
            "Add the scope or the audience to the client, if it may have it."
        ),
        (
            [.binding], "The client gets bound tokens only, and showed no certificate.",
            "Let it use a listener that asks for certificates."
        ),
        (
            [.tokenAlgorithm], "The listener's profile does not allow the client's algorithm.",
            "Register another access token algorithm for the client, or let it use another"
                + " listener."
        ),
        ([.token], "No token was sent to be introspected.", "Let the caller send token."),
    ]

    private static let ofGrants: [Row] = [
        (
            [.code, .codeVerifier, .redirectURI], "The authorization code or its proof is wrong.",
            "A code is used once, soon, with the verifier and redirect URI of its request."
        ),
        (
            [.responseType, .codeChallenge, .pushedRequest],
            "The authorization request cannot be carried out.",
            "Let the application send response_type=code with a code_challenge by S256."
        ),
        (
            [.consent, .formToken], "The user did not allow it, or the form was too old.",
            "Nothing: the user may begin again."
        ),
        (
            [.refreshToken], "The refresh token is unknown, ended, or was used before.",
            "Let the client keep the newest one; otherwise its user signs in again."
        ),
        (
            [.password, .passwordParameters, .passwordFailures],
            "The user's name or password is wrong, or was guessed too often.",
            "Set the user's password, if it is forgotten."
        ),
        (
            [.userSubject], "The user has the name of a client.",
            "Rename one of them, or set tokens.user_subject to another value."
        ),
    ]

    private static let ofExchange: [Row] = [
        (
            [.exchangeParameters], "A parameter of the token exchange is missing or not supported.",
            "Let the client send subject_token with its type; see"
                + " Documentation/token-exchange.md."
        ),
        (
            [.subjectToken, .actorToken],
            "A token to be exchanged is none of this server's, has expired, or is not acceptable.",
            "Let the client exchange a token that introspection calls active."
        ),
        (
            [.subjectTokenRevoked], "The token to be exchanged was revoked.",
            "Nothing: its user or client gets a new one."
        ),
        (
            [.subjectTokenParty],
            "The user or a client of the token to be exchanged is gone, disabled, or had its tokens"
                + " taken back.",
            "Enable it again, if it should be; it needs a new token then."
        ),
        (
            [.subjectTokenAudience], "The token to be exchanged is not for this client.",
            "Register one of the token's audiences as the client's own, if it is the client."
        ),
        (
            [.subjectTokenBinding], "The token is bound to a certificate that the client has not.",
            "Register the client with exchange_bound_tokens, if it may exchange tokens of others."
        ),
        (
            [.mayAct], "The token names another party that may act for its subject.",
            "Nothing: the issuer of the token has decided that."
        ),
        (
            [.actorChain], "The token was handed on as often as it may be.",
            "Let the client exchange an earlier one."
        ),
    ]

    private static let ofRates: [Row] = [
        (
            [.clientRate], "The client asks more often than its rate allows.",
            "Let the client keep a token until it ends, or raise its rate; a reuse window hands out"
                + " the same token again."
        ),
        (
            [.addressRate],
            "The address has had too many requests that failed client authentication.",
            "Look which client there has a wrong secret or certificate: the refusals before say"
                + " why. Others at the address are served."
        ),
    ]

    private static let ofServer: [Row] = [
        (
            [
                .workers, .assertionQueue, .grantQueue, .grantsFull, .revocationsFull, .tokenKeys,
            ],
            "The server had no room for it at that moment.",
            "Nothing, if it is seldom; otherwise see the capacities in Documentation/operating.md."
        ),
        (
            [.grantNotKept, .assertionNotKept], "The store could not keep it.",
            "Look at the disk of the data directory, and at the log."
        ),
        (
            [.storeStale], "The node had no news of its store for too long.",
            "See that the node reaches the database; Documentation/fleet.md says for how long it"
                + " goes on without."
        ),
        ([.answerMismatch], fault.meaning, fault.remedy),
        (
            [.administrationCredential], "A caller of the administrative listener had no token.",
            "Give the caller the token, if it may administer."
        ),
    ]
}
