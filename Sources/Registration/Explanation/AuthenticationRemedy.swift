// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Storage

/// Words about what to change, by the check that decided.
///
/// The `switch` is without `default`: a check without words does not compile.
struct AuthenticationRemedy {
    let facts: AuthenticationFacts

    /// The remedy for a refusal by this check.
    func text(_ check: Check) -> String {
        switch check {
        case .clientUnknown: unknown
        case .clientDisabled: "Enable it again, with `handfast client enable \(facts.id)`."
        case .methodNotRegistered:
            "Let the client authenticate as it is registered, or register its certificate, with "
                + "`handfast client update \(facts.id) --auth-method self_signed_tls_client_auth "
                + "--certificate FILE`."
        case .certificateNotRegistered: notRegistered
        case .certificateNotYetValid:
            "Wait until then, or check the clocks of the issuer and of the server."
        case .certificateExpired: "Issue the client a new certificate, and \(register)."
        case .trustMissing: trustMissing
        case .subjectMismatch, .certificateMalformed, .certificateMismatch:
            "Give the client a certificate for the registered name, or register the name that "
                + "its certificate has; `handfast certificate inspect` shows all of them."
        case .svid: Self.noSVID
        case .spiffeIDMismatch: otherSPIFFEID
        case .bundleStale: staleBundle
        case .chainRefused, .certificateRevoked, .revocationUnknown: chain
        case .certificateMissing:
            "Let the client send its certificate, to a listener that asks for one."
        case .proxyUnknown, .proxyObjection, .proxyHeader, .forwardedCertificate:
            "Let the proxy before the server accept the certificate and hand it on."
        case .methodSwitchedOff:
            "Let the client use a listener that takes its method."
        case .contentType, .contentCoding, .query, .formEncoding, .formDuplicate, .formSize,
            .grantType, .scope, .resource, .binding, .tokenAlgorithm, .token, .clientIDMissing,
            .clientIDMismatch, .clientChanged, .publicClient, .authenticationMechanisms,
            .authorizationRepeated, .authorizationScheme, .basicSyntax, .secretWrong:
            Self.elsewhere
        case .assertionMissing, .assertionType, .assertionNotRegistered, .keysNotFetched,
            .assertionSize, .assertionParts, .assertionBase64URL, .assertionHeader,
            .assertionAlgMissing, .assertionCrit, .assertionClaims, .assertionAlg, .assertionTyp,
            .assertionKid, .assertionKidAmbiguous, .assertionSecretShort, .assertionSignature,
            .assertionIss, .assertionSub, .assertionAud, .assertionJti, .assertionExpMissing,
            .assertionExpFar, .assertionExpired, .assertionEarly, .assertionRepeated,
            .assertionQueue, .assertionNotKept, .issuerUnknown, .issuerClient, .issuerSubject,
            .issuerKeys, .issuerDelegation, .issuerBinding:
            Self.elsewhere
        case .code, .codeVerifier, .redirectURI, .refreshToken, .grantQueue, .grantNotKept,
            .grantsFull, .revocationsFull, .responseType, .codeChallenge, .pushedRequest, .consent,
            .formToken, .clientRate, .addressRate, .exchangeParameters, .subjectToken,
            .subjectTokenRevoked, .subjectTokenParty, .subjectTokenAudience, .subjectTokenBinding,
            .actorToken, .mayAct, .actorChain, .password, .passwordParameters, .passwordFailures,
            .userSubject, .workers, .storeStale, .tokenKeys, .answerMismatch,
            .administrationCredential:
            Self.elsewhere
        }
    }

    private var trustMissing: String {
        let log = "See `handfast trust-set show`; the server's log has the reason."
        guard facts.method != .spiffeX509, facts.client?.trust == nil else { return log }
        return "Register one, with `handfast client update \(facts.id) --subject-dn DN`."
    }

    private static let noSVID =
        "Give the client an X.509-SVID of a workload: one URI, which is its SPIFFE ID,"
        + " digitalSignature, and no CA."

    private var otherSPIFFEID: String {
        "Let the workload use the client that is registered for its SPIFFE ID, or register the ID"
            + " with `handfast client update \(facts.id) --spiffe-id ID`."
    }

    private var staleBundle: String {
        "Make its source answer again; `handfast trust-set show"
            + " \(facts.trustSet?.name ?? "NAME")` has the last look, and the server's log the"
            + " reason."
    }

    private static let elsewhere =
        "The certificate is not what decides: see the checks in Documentation/metrics-and-log.md."

    private var unknown: String {
        facts.reasonUnusable == nil
            ? "Look for it with `handfast client list`, or register it with `handfast client add`."
            : "The server does not load such a client. Correct it with `handfast client update "
                + "\(facts.id)`, or remove it and register it again."
    }

    private var register: String {
        facts.record?.jwksURI.map {
            "let \($0) have it as the x5c of a key; the server fetches it"
        } ?? "register it, with `handfast client certificate add \(facts.id) FILE`"
    }

    private var notRegistered: String {
        let subject = facts.leaf.subject.canonical
        let hasNamesake = facts.record?.certificates.contains { $0.subject == subject } ?? false
        let beginning =
            hasNamesake
            ? "A certificate of the same subject is registered, but the certificate itself "
                + "counts. If it was renewed, "
            : "If it is the client's own, "
        return beginning + register + "."
    }

    private var chain: String {
        if let remedy = facts.serverAuth?.remedy { return remedy }
        guard let check = facts.verification?.refusedBy else { return "" }
        return facts.chain?.remedy(check, registering: registerCA, now: facts.now) ?? ""
    }

    /// The command that makes another CA count for the client.
    private var registerCA: String {
        if let spiffe = facts.trustSet?.spiffe {
            return "a newer bundle at \(spiffe.source)"
        }
        return facts.trustSet.map {
            "`handfast trust-set update \($0.name) --ca-certificate FILE`, with those that the set "
                + "has, too"
        } ?? "`handfast client certificate add \(facts.id) FILE --ca`"
    }
}
