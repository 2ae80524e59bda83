// SPDX-License-Identifier: Apache-2.0
/// A check that can refuse a request: the log's `check`, and a label of the refusals' metric.
///
/// Closed, and its raw values are an interface: programs that read logs and metrics go by them.
/// Documentation/metrics-and-log.md says of each one what it looks at.
public enum Check: String, Sendable, CaseIterable {
    // MARK: the request as HTTP, and its form
    case contentType = "content-type"
    case contentCoding = "content-coding"
    case query
    case formEncoding = "form-encoding"
    case formDuplicate = "form-duplicate"
    case formSize = "form-size"

    // MARK: what is asked for
    case grantType = "grant-type"
    case scope
    case resource
    case binding
    case tokenAlgorithm = "token-algorithm"
    case token

    // MARK: the client and its method
    case clientIDMissing = "client-id-missing"
    case clientIDMismatch = "client-id-mismatch"
    case clientUnknown = "client-unknown"
    case clientDisabled = "client-disabled"
    case clientChanged = "client-changed"
    case methodNotRegistered = "method-not-registered"
    case methodSwitchedOff = "method-switched-off"
    case publicClient = "public-client"
    case authenticationMechanisms = "authentication-mechanisms"
    case authorizationRepeated = "authorization-repeated"
    case authorizationScheme = "authorization-scheme"
    case basicSyntax = "basic-syntax"
    case secretWrong = "secret-wrong"

    // MARK: certificates
    case certificateMissing = "certificate-missing"
    case certificateNotRegistered = "certificate-not-registered"
    case certificateNotYetValid = "certificate-not-yet-valid"
    case certificateExpired = "certificate-expired"
    case certificateMalformed = "certificate-malformed"
    case certificateMismatch = "certificate-mismatch"
    case subjectMismatch = "subject-mismatch"
    case svid
    case spiffeIDMismatch = "spiffe-id-mismatch"
    case bundleStale = "bundle-stale"
    case trustMissing = "trust-missing"
    case chainRefused = "chain-refused"
    case certificateRevoked = "certificate-revoked"
    case revocationUnknown = "revocation-unknown"

    // MARK: proxies
    case proxyUnknown = "proxy-unknown"
    case forwardedCertificate = "forwarded-certificate"
    case proxyObjection = "proxy-objection"
    case proxyHeader = "proxy-header"

    // MARK: assertions
    case assertionMissing = "assertion-missing"
    case assertionType = "assertion-type"
    case assertionNotRegistered = "assertion-not-registered"
    case keysNotFetched = "keys-not-fetched"
    case assertionSize = "assertion-size"
    case assertionParts = "assertion-parts"
    case assertionBase64URL = "assertion-base64url"
    case assertionHeader = "assertion-header"
    case assertionAlgMissing = "assertion-alg-missing"
    case assertionCrit = "assertion-crit"
    case assertionClaims = "assertion-claims"
    case assertionAlg = "assertion-alg"
    case assertionTyp = "assertion-typ"
    case assertionKid = "assertion-kid"
    case assertionKidAmbiguous = "assertion-kid-ambiguous"
    case assertionSecretShort = "assertion-secret-short"
    case assertionSignature = "assertion-signature"
    case assertionIss = "assertion-iss"
    case assertionSub = "assertion-sub"
    case assertionAud = "assertion-aud"
    case assertionJti = "assertion-jti"
    case assertionExpMissing = "assertion-exp-missing"
    case assertionExpFar = "assertion-exp-far"
    case assertionExpired = "assertion-expired"
    case assertionEarly = "assertion-early"
    case assertionRepeated = "assertion-repeated"
    case assertionQueue = "assertion-queue"
    case assertionNotKept = "assertion-not-kept"

    // MARK: trusted issuers
    case issuerUnknown = "issuer-unknown"
    case issuerClient = "issuer-client"
    case issuerSubject = "issuer-subject"
    case issuerKeys = "issuer-keys"
    case issuerDelegation = "issuer-delegation"
    case issuerBinding = "issuer-binding"

    // MARK: grants that last
    case code
    case codeVerifier = "code-verifier"
    case redirectURI = "redirect-uri"
    case responseType = "response-type"
    case codeChallenge = "code-challenge"
    case pushedRequest = "pushed-request"
    case consent
    case formToken = "form-token"
    case refreshToken = "refresh-token"
    case grantQueue = "grant-queue"
    case grantNotKept = "grant-not-kept"
    case grantsFull = "grants-full"
    case revocationsFull = "revocations-full"

    // MARK: token exchange
    case exchangeParameters = "exchange-parameters"
    case subjectToken = "subject-token"
    case subjectTokenRevoked = "subject-token-revoked"
    case subjectTokenParty = "subject-token-party"
    case subjectTokenAudience = "subject-token-audience"
    case subjectTokenBinding = "subject-token-binding"
    case actorToken = "actor-token"
    case mayAct = "may-act"
    case actorChain = "actor-chain"

    // MARK: rates
    case clientRate = "client-rate"
    case addressRate = "address-rate"

    // MARK: passwords, and the server's own state
    case password
    case passwordParameters = "password-parameters"
    case passwordFailures = "password-failures"
    case userSubject = "user-subject"
    case workers
    case storeStale = "store-stale"
    case tokenKeys = "token-keys"
    /// A need was met with the answer to another one: a bug of the server.
    case answerMismatch = "answer-mismatch"
    case administrationCredential = "administration-credential"
}
