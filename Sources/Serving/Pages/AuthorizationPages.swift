// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth
internal import Reactor

/// The pages for users: signing in, consent, and signing out.
///
/// `AuthorizationEndpoint` decides, `PageMarkup` writes; here stand the requests as HTTP.
final class AuthorizationPages {
    private let clock: WallClock
    private let needs: Needs
    private let decisions: DecisionLog
    private let forwarded: ForwardedCertificates
    private let staleness: StoreStaleness?
    private var settings: ReactorSettings
    private var registry: Registry
    private var endpoint: AuthorizationEndpoint

    init(_ start: ReactorStart) {
        clock = start.clock
        needs = Needs(start)
        decisions = DecisionLog(start)
        forwarded = ForwardedCertificates(start.log)
        staleness = start.staleness
        settings = start.settings
        registry = start.registry
        endpoint = AuthorizationEndpoint(
            start.settings.issuer,
            keys: start.keys,
            dummyPasswordHash: start.settings.dummyPasswordHash,
            revocations: start.revocations
        )
    }

    // MARK: updates

    /// Sets the registry for the next requests.
    func update(_ registry: Registry) {
        self.registry = registry
    }

    /// Sets the keys of tokens, which protect sessions too.
    func update(_ keys: TokenKeys) {
        endpoint.use(keys)
    }

    /// Applies reloaded settings.
    func update(_ settings: ReactorSettings) {
        self.settings = settings
        endpoint.use(settings.issuer, dummyPasswordHash: settings.dummyPasswordHash)
    }

    // MARK: requests

    /// The authorization endpoint (RFC 6749 §3.1).
    func authorize(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ session: HTTP1Session
    ) -> Answer {
        switch read(request, bytes, session) {
        case .visit(let visit):
            conclude(endpoint.respond(to: visit, context(session)), session)
        case .refused(let answer): answer
        }
    }

    /// Signs a user out: a page with a button, and the form that it sends.
    func signOut(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ session: HTTP1Session
    ) -> Answer {
        switch read(request, bytes, session) {
        case .visit(let visit):
            conclude(endpoint.signOut(visit, context(session)), session)
        case .refused(let answer): answer
        }
    }

    /// Resumes a parked request with the answer to its need.
    func resume(
        _ continuation: PageContinuation,
        with met: Met,
        _ session: HTTP1Session
    ) -> Answer {
        conclude(endpoint.resume(continuation, with: met, context(session)), session)
    }

    // MARK: parts

    private enum Reading {
        case visit(BrowserVisit)
        case refused(Answer)
    }

    private func read(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ session: HTTP1Session
    ) -> Reading {
        if let staleness, staleness.isStale { return .refused(refuse(.storeStale, session)) }
        let proxy = settings.listeners[session.listener].trustedProxy
        if let error = forwarded.read(request, bytes, session, of: proxy) {
            return .refused(refuse(error, session))
        }
        let query = bytes.extracting(request.query)
        var parameters = FormFields()
        do throws(FormError) {
            try parameters.parse(query)
        } catch {
            return .refused(refuse(.form(error), session))
        }
        let field = request.only("cookie", in: bytes)
        let cookies = field.map { BrowserVisit.Cookies(bytes.extracting($0)) } ?? .init()
        guard request.method == .post else {
            return .visit(BrowserVisit(showing: parameters, of: query, cookies))
        }
        var form = FormFields()
        if let error = FormContent.read(request, bytes, into: &form, allowsQuery: true) {
            return .refused(refuse(error, session))
        }
        let visit = BrowserVisit(
            submitting: form,
            to: parameters,
            of: query,
            cookies,
            isSameOrigin: SameOrigin.holds(request, bytes)
        )
        return .visit(visit)
    }

    private func context(_ session: HTTP1Session) -> DecisionContext {
        DecisionContext(
            registry: registry,
            profile: settings.listeners[session.listener].profile,
            now: clock.seconds
        )
    }

    private func conclude(_ decision: PageDecision, _ session: HTTP1Session) -> Answer {
        switch decision {
        case .answer(let answer): return write(answer, session)
        case .needs(let need, let page):
            // No page is decided once more from its bytes.
            let none: [UInt8] = []
            let met = needs.meet(
                need,
                .page(page),
                none.span,
                session,
                passwordFailuresMax: settings.limits.passwordFailures
            )
            if let met { return resume(page, with: met, session) }
            return .parked
        }
    }

    private func refuse(_ error: OAuthError, _ session: HTTP1Session) -> Answer {
        write(.refusal(error), session)
    }

    private func write(_ answer: PageAnswer, _ session: HTTP1Session) -> Answer {
        if let refused = answer.refused {
            let client: [UInt8]? = if case .id(let id) = refused.client { id } else { nil }
            decisions.record(refused, of: client, session, registry)
        }
        var response: Response
        switch answer.content {
        case .redirect(let location):
            response = .redirection(to: location, status: answer.status)
            PageMarkup.protect(&response)
        case .page(let page): response = PageMarkup.response(page, status: answer.status)
        }
        for cookie in answer.cookies { response.add("Set-Cookie", cookie.field) }
        if let seconds = answer.retryAfter { response.addRetryAfter(seconds) }
        return .response(response)
    }
}

/// The origin of a form, as browsers tell it: a second line of defence behind the form's token.
private enum SameOrigin {
    /// False where the browser says that another site's page sent the form.
    ///
    /// `Origin: null` is another site's: with this server's Referrer-Policy its own forms name
    /// their origin.
    static func holds(_ request: borrowing Request, _ bytes: Span<UInt8>) -> Bool {
        if let site = request.only("sec-fetch-site", in: bytes) {
            return equals(bytes.extracting(site), "same-origin")
        }
        guard let origin = request.origin else { return true }
        guard let host = request.host else { return false }
        // Compared with Host, because a server may be reached by several names.
        let expected = Array("https://".utf8) + [UInt8](copying: bytes.extracting(host))
        return equals(bytes.extracting(origin), String(decoding: expected, as: UTF8.self))
    }

    private static func equals(_ bytes: Span<UInt8>, _ text: String) -> Bool {
        [UInt8](copying: bytes).elementsEqual(text.utf8)
    }
}
