// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// The answers of the authorization endpoint: pages with their forms, and redirections.
struct PageAnswers: Sendable {
    /// `iss` of answers to clients (RFC 9207).
    let issuer: String

    /// The form's parts, and the cookie that goes with a new token.
    func form(
        _ visit: BrowserVisit,
        _ page: PageRequest?,
        _ question: ConsentQuestion? = nil
    ) -> (PageForm, [PageCookie]) {
        var token = visit.formCookie.map { String(decoding: $0, as: UTF8.self) }
        var cookies: [PageCookie] = []
        if token.map({ !FormToken.isPossible($0) }) ?? true {
            let made = FormToken.make()
            token = made
            cookies = [PageCookie(name: PageCookie.formName, value: made)]
        }
        let client = page?.request.client
        let form = PageForm(
            clientName: client?.displayName ?? "",
            token: token ?? "",
            question: question?.digest,
            redirectSource: page?.request.target(issuer: issuer).policySource
        )
        return (form, cookies)
    }

    func signIn(
        _ visit: BrowserVisit,
        _ page: PageRequest,
        _ username: String,
        _ notice: Page.Notice?,
        _ status: Int,
        _ retryAfter: Int?,
        _ error: OAuthError?
    ) -> PageDecision {
        let (form, cookies) = form(visit, page)
        let shown = Page.signIn(form, username: username, notice: notice)
        return .answer(
            PageAnswer(
                status: status,
                content: .page(shown),
                cookies: cookies,
                refused: error.map { refused($0, visit) },
                retryAfter: retryAfter
            )
        )
    }

    func consent(
        _ visit: BrowserVisit,
        _ page: PageRequest,
        _ session: LoginSession
    ) -> PageDecision {
        let question = ConsentQuestion(page, user: session.user)
        let (form, cookies) = form(visit, page, question)
        let shown = Page.consent(form, user: question.user, scopes: question.scopes)
        return .answer(PageAnswer(status: 200, content: .page(shown), cookies: cookies))
    }

    func signedOut(_ visit: BrowserVisit, isAuthorizing: Bool) -> PageDecision {
        let clear = PageCookie(name: PageCookie.sessionName, value: nil)
        return .answer(
            PageAnswer(
                status: isAuthorizing ? 303 : 200,
                content: isAuthorizing ? .redirect(visit.location) : .page(.signedOut),
                cookies: [clear]
            )
        )
    }

    func redirect(
        _ visit: BrowserVisit,
        _ target: RedirectionTarget,
        _ error: OAuthError
    ) -> PageDecision {
        .answer(
            PageAnswer(
                status: 303,
                content: .redirect(target.location(error)),
                refused: refused(error, visit)
            )
        )
    }

    // MARK: failures

    func unknownClient(_ visit: BrowserVisit) -> PageDecision {
        guard visit.parameters.clientID != nil else {
            return failure(visit, .invalidRequest("client_id is missing", check: .clientIDMissing))
        }
        return failure(visit, .invalidRequest("the client is not known", check: .clientUnknown))
    }

    func failure(_ visit: BrowserVisit, _ error: OAuthError) -> PageDecision {
        failure(visit, .request(error), 400, error)
    }

    func expired(_ visit: BrowserVisit) -> PageDecision {
        let error = OAuthError.invalidRequest("the request has ended", check: .pushedRequest)
        return failure(visit, .expired, 400, error)
    }

    func foreignForm(_ visit: BrowserVisit) -> PageDecision {
        let error = OAuthError.invalidRequest("the form is not valid", check: .formToken)
        return failure(visit, .form, 403, error)
    }

    func unavailable(
        _ visit: BrowserVisit,
        _ error: OAuthError,
        _ seconds: Int?,
        _ cookies: [PageCookie] = []
    ) -> PageDecision {
        failure(visit, .unavailable, error.status, error, seconds, cookies)
    }

    func failure(
        _ visit: BrowserVisit,
        _ failure: Page.ErrorReason,
        _ status: Int,
        _ error: OAuthError,
        _ seconds: Int? = nil,
        _ cookies: [PageCookie] = []
    ) -> PageDecision {
        .answer(
            PageAnswer(
                status: status,
                content: .page(.failure(failure)),
                cookies: cookies,
                refused: refused(error, visit),
                retryAfter: seconds
            )
        )
    }

    func refused(_ error: OAuthError, _ visit: BrowserVisit) -> RefusedRequest {
        let id = visit.parameters.clientID.map { Array($0.utf8) }
        return RefusedRequest(error, of: id.map { .id($0) } ?? .inForm)
    }
}

/// The token that a form and its cookie share, against other sites' forms: a page of another site
/// can read neither, nor set a cookie with the prefix `__Host-`.
private enum FormToken {
    private static let byteCount = 16

    static func make() -> String {
        // Without random bytes there is no form that would be accepted: an empty token is refused.
        (try? RandomBytes.base64URL(byteCount)) ?? ""
    }

    static func isPossible(_ text: String) -> Bool {
        Base64URL.decode(Array(text.utf8).span)?.count == byteCount
    }
}
