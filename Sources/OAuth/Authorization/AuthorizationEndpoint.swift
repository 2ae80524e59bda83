// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Storage
internal import Text

/// The authorization endpoint (RFC 6749 §3.1): a browser's request goes in, a page, a redirection
/// or a need comes out.
///
/// Without socket, file, clock and markup. Each request is validated anew, those that send a form
/// included: nothing is kept between two of them but the cookies.
public struct AuthorizationEndpoint: Sendable {
    private var settings: IssuerSettings
    private var keys: SealingKeys
    private var dummyHash: String
    private let revocations: any TokenRevocations

    private var answers: PageAnswers { PageAnswers(issuer: settings.issuer) }

    /// `dummyPasswordHash` is a password hash that no password has.
    public init(
        _ settings: IssuerSettings,
        keys: TokenKeys,
        dummyPasswordHash: String,
        revocations: any TokenRevocations
    ) {
        self.settings = settings
        self.keys = keys.sealing
        dummyHash = dummyPasswordHash
        self.revocations = revocations
    }

    /// Replaces the keys.
    public mutating func use(_ keys: TokenKeys) {
        self.keys = keys.sealing
    }

    /// Replaces the settings.
    public mutating func use(_ settings: IssuerSettings, dummyPasswordHash: String) {
        self.settings = settings
        dummyHash = dummyPasswordHash
    }

    // MARK: requests

    /// Decides about a request to authorize a client.
    public func respond(to visit: BrowserVisit, _ context: DecisionContext) -> PageDecision {
        guard Self.client(visit, context) != nil else { return answers.unknownClient(visit) }
        guard let uri = visit.parameters.requestURI else {
            return proceed(visit, visit.parameters, pushed: nil, context)
        }
        guard let reference = PushedReference(uri) else { return answers.expired(visit) }
        return .needs(
            .stored(.pushedRequest(reference.digest)),
            PageContinuation(visit: visit, step: .pushed(digest: reference.digest))
        )
    }

    /// Continues when a need was met, against the current registry.
    public func resume(
        _ continuation: PageContinuation,
        with met: Met,
        _ context: DecisionContext
    ) -> PageDecision {
        let visit = continuation.visit
        switch (continuation.step, met) {
        case (.password(let page, let username, _), .refused(let error, let seconds))
        where error.code == .slowDown:
            let notice = Page.Notice.throttled(seconds: seconds)
            return answers.signIn(visit, page, username, notice, 429, seconds, error)
        case (.signOut, .refused(let error, let seconds)):
            return notSignedOut(visit, error, seconds)
        case (_, .refused(let error, let seconds)):
            return answers.unavailable(visit, error, seconds)
        case (.pushed(let digest), .stored(let record)):
            return resume(visit, digest, record, context)
        case (.password(let page, let username, let user), .password(let matches)):
            return begin(visit, page, username, matches ? user : nil, context)
        case (.code(let page, let code), .grant(.done)):
            let location = page.request.target(issuer: settings.issuer).location(code: code.text)
            return .answer(PageAnswer(status: 303, content: .redirect(location)))
        case (.code, .grant(.full)):
            return answers.unavailable(visit, .grantsFull, OAuthError.fullRetrySeconds)
        case (.code, .grant): return answers.expired(visit)
        case (.signOut(let isAuthorizing), .grant(let result)):
            guard result != .full else {
                return notSignedOut(visit, .revocationsFull, OAuthError.fullRetrySeconds)
            }
            return answers.signedOut(visit, isAuthorizing: isAuthorizing)
        default:
            let error = OAuthError(
                .serverError,
                "the request could not be finished",
                check: .answerMismatch
            )
            return answers.unavailable(visit, error, nil)
        }
    }

    /// Decides about a request to sign the user out.
    public func signOut(_ visit: BrowserVisit, _ context: DecisionContext) -> PageDecision {
        // The session's cookie does not come with other sites' forms, so that a token of the form
        // is not needed.
        guard visit.isSameOrigin else { return answers.foreignForm(visit) }
        guard let session = session(visit, context) else {
            // An answer to a form that came without the cookie must not remove it: another site
            // could sign the user out.
            let clear = PageCookie(name: PageCookie.sessionName, value: nil)
            let cookies = visit.sessionCookie == nil ? [] : [clear]
            return .answer(PageAnswer(status: 200, content: .page(.signedOut), cookies: cookies))
        }
        guard visit.submission != nil else {
            let (form, cookies) = answers.form(visit, nil)
            let page = Page.signOut(form, user: session.user)
            return .answer(PageAnswer(status: 200, content: .page(page), cookies: cookies))
        }
        return end(session, visit, isAuthorizing: false)
    }

    // MARK: steps

    /// A session for the user whose password matched; nil where none did.
    private func begin(
        _ visit: BrowserVisit,
        _ page: PageRequest,
        _ username: String,
        _ user: User?,
        _ context: DecisionContext
    ) -> PageDecision {
        guard let user, ProvenUser(name: username, user: user).isCurrent(in: context.registry)
        else {
            let error = PasswordGrant.error
            return answers.signIn(visit, page, username, .wrongCredentials, 403, nil, error)
        }
        guard let session = try? LoginSession(user: username, now: context.now),
            let cookie = try? session.sealed(keys, issuer: settings.issuer, now: context.now)
        else {
            let error = OAuthError(
                .serverError,
                "the session could not be made",
                check: .tokenKeys
            )
            return answers.unavailable(visit, error, nil)
        }
        // In the second of a change of the password, or where the clock was ahead then.
        guard session.currentUser(context.registry, revocations, now: context.now) != nil else {
            return answers.unavailable(visit, .grantNotKept, 1)
        }
        let set = PageCookie(name: PageCookie.sessionName, value: cookie)
        return .answer(
            PageAnswer(status: 303, content: .redirect(visit.location), cookies: [set])
        )
    }

    private func resume(
        _ visit: BrowserVisit,
        _ digest: [UInt8],
        _ record: GrantRecord?,
        _ context: DecisionContext
    ) -> PageDecision {
        // RFC 9126 §4: a reference is its client's alone.
        guard case .pushedRequest(let row)? = record, context.now < row.expiresAt,
            row.clientID == visit.parameters.clientID
        else { return answers.expired(visit) }
        var form = FormFields()
        do throws(FormError) {
            try form.parse(row.parameters.span)
        } catch {
            return answers.expired(visit)
        }
        return proceed(visit, AuthorizationParameters(form), pushed: digest, context)
    }

    private func proceed(
        _ visit: BrowserVisit,
        _ parameters: AuthorizationParameters,
        pushed: [UInt8]?,
        _ context: DecisionContext
    ) -> PageDecision {
        guard let client = Self.client(visit, context) else { return answers.unknownClient(visit) }
        let page: PageRequest
        do throws(AuthorizationRequest.RequestError) {
            let request = try AuthorizationRequest(
                parameters,
                of: client,
                context.profile,
                issuer: settings.issuer,
                standardAudience: settings.tokens.audience,
                isPushed: pushed != nil
            )
            page = PageRequest(request: request, pushed: pushed)
        } catch {
            guard let target = error.target else { return answers.failure(visit, error.error) }
            return answers.redirect(visit, target, error.error)
        }
        let session = session(visit, context)
        guard let submission = visit.submission else {
            guard let session else { return answers.signIn(visit, page, "", nil, 200, nil, nil) }
            return answers.consent(visit, page, session)
        }
        guard visit.isSameOrigin, let token = visit.formToken, let cookie = visit.formCookie,
            !cookie.isEmpty, SecretComparison.equal(token.span, cookie.span)
        else { return answers.foreignForm(visit) }
        return submit(submission, visit, page, session, context)
    }

    private func submit(
        _ submission: BrowserVisit.Submission,
        _ visit: BrowserVisit,
        _ page: PageRequest,
        _ session: LoginSession?,
        _ context: DecisionContext
    ) -> PageDecision {
        switch submission {
        case .signIn(let username, let password):
            guard !username.isEmpty, !password.isEmpty,
                password.count <= PasswordCheck.passwordBytesMax
            else {
                let error = PasswordGrant.error
                return answers.signIn(visit, page, username, .wrongCredentials, 403, nil, error)
            }
            let user = context.registry.users[username]
            let check = PasswordCheck(password, of: user, dummyHash: dummyHash)
            return .needs(
                .password(check),
                PageContinuation(visit: visit, step: .password(page, username: username, user))
            )
        case .allow:
            guard let session else { return answers.signIn(visit, page, "", nil, 200, nil, nil) }
            // Another user may have signed in since, or the client may have other rights: asked
            // again, since nobody has consented to that.
            guard visit.question == ConsentQuestion(page, user: session.user).digest else {
                return answers.consent(visit, page, session)
            }
            return issue(visit, page, session, context)
        case .deny:
            let error = OAuthError(.accessDenied, "the user has refused", check: .consent)
            return answers.redirect(visit, page.request.target(issuer: settings.issuer), error)
        case .signOut:
            guard let session else {
                return .answer(PageAnswer(status: 303, content: .redirect(visit.location)))
            }
            return end(session, visit, isAuthorizing: true)
        case .unknown: return answers.foreignForm(visit)
        }
    }

    /// A code, whose row is written before the user is sent back with it.
    private func issue(
        _ visit: BrowserVisit,
        _ page: PageRequest,
        _ session: LoginSession,
        _ context: DecisionContext
    ) -> PageDecision {
        let request = page.request
        guard let code = try? AuthorizationCode(),
            let user = context.registry.users[session.user]
        else { return answers.unavailable(visit, .grantNotKept, nil) }
        let policy = request.client.policy
        let validFrom = max(user.tokensValidFrom, request.client.tokensValidFrom)
        let access = GrantedAccess(
            grantID: GrantSecret(of: code).id,
            clientID: String(decoding: request.client.id, as: UTF8.self),
            subject: user.subject,
            scopes: Scope.names(request.scope, of: policy.scopes),
            audiences: request.grantedAudiences,
            grantedAt: IssueMoment.of(validFrom, now: context.now),
            tokenLifetime: settings.tokens.lifetime(of: request.client)
        )
        let expiresAt = context.now + AuthorizationCode.lifetime
        let record = CodeRecord(
            digest: code.digest,
            access: access,
            redirectURI: request.redirectURI,
            namedRedirectURI: request.namedRedirectURI,
            challenge: request.challenge,
            expiresAt: expiresAt,
            // The store keeps a used one for longer.
            keptUntil: expiresAt
        )
        return .needs(
            .grant(.addCode(record, from: page.pushed)),
            PageContinuation(visit: visit, step: .code(page, code))
        )
    }

    private func end(
        _ session: LoginSession,
        _ visit: BrowserVisit,
        isAuthorizing: Bool
    ) -> PageDecision {
        let revoked = RevokedToken(id: session.revocationID, until: session.endsAt)
        return .needs(
            .grant(.revokeToken(revoked)),
            PageContinuation(visit: visit, step: .signOut(isAuthorizing: isAuthorizing))
        )
    }

    /// This browser is signed out all the same; a copy of its cookie is not.
    private func notSignedOut(
        _ visit: BrowserVisit,
        _ error: OAuthError,
        _ seconds: Int?
    ) -> PageDecision {
        let clear = PageCookie(name: PageCookie.sessionName, value: nil)
        return answers.unavailable(visit, error, seconds, [clear])
    }

    // MARK: parts

    private static func client(_ visit: BrowserVisit, _ context: DecisionContext) -> Client? {
        guard let id = visit.parameters.clientID,
            let client = context.registry.clients.client(Array(id.utf8).span), client.isEnabled
        else { return nil }
        return client
    }

    private func session(_ visit: BrowserVisit, _ context: DecisionContext) -> LoginSession? {
        guard let cookie = visit.sessionCookie,
            let session = LoginSession(cookie.span, keys, issuer: settings.issuer),
            session.currentUser(context.registry, revocations, now: context.now) != nil
        else { return nil }
        return session
    }
}
