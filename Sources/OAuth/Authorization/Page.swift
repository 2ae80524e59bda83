// SPDX-License-Identifier: Apache-2.0
/// A page that the authorization endpoint shows, without its markup.
public enum Page: Sendable, Equatable {
    /// A form for name and password; `username` is what the user has entered before.
    case signIn(PageForm, username: String, notice: Notice?)
    /// A question: may the client have this access?
    case consent(PageForm, user: String, scopes: [String])
    /// A form that signs the user out; without one nobody is signed in.
    case signOut(PageForm, user: String)
    /// The user is signed out.
    case signedOut
    /// A request with which the user can be sent nowhere.
    case failure(ErrorReason)

    /// A remark above a form.
    public enum Notice: Sendable, Equatable {
        /// Name or password is wrong.
        case wrongCredentials
        /// Too many attempts; seconds until the next.
        case throttled(seconds: Int)
    }

    /// Why a request cannot go on.
    public enum ErrorReason: Sendable, Equatable {
        /// The client or its redirect URI is not known, or the request is malformed.
        case request(OAuthError)
        /// The pushed request has ended.
        case expired
        /// The form is not one of this browser's, or too old.
        case form
        /// The server cannot do it now.
        case unavailable
    }
}

/// The parts of a page's form that depend on the request.
public struct PageForm: Sendable, Equatable {
    /// The client as its administrator calls it; its id where it has no name.
    public let clientName: String
    /// The hidden field against other sites' forms.
    public let token: String
    /// The digest of the question that a form of consent answers; nil in other forms.
    public let question: String?
    /// A source of the Content Security Policy for `form-action`, beside the server itself; nil for
    /// none.
    public let redirectSource: String?
}

/// The answer of the authorization endpoint to a browser.
public struct PageAnswer: Sendable {
    /// The content.
    public enum Content: Sendable {
        /// A page.
        case page(Page)
        /// A redirection to the client, or to the same page again.
        case redirect(String)
    }

    /// The HTTP status.
    public var status: Int
    /// The content.
    public var content: Content
    /// The cookies to set.
    public var cookies: [PageCookie] = []
    /// The refusal, for log and metrics; nil for an answer as expected.
    public var refused: RefusedRequest?
    /// Seconds for Retry-After.
    public var retryAfter: Int?

    /// The refusal of a request that could not be read.
    public static func refusal(_ error: OAuthError) -> PageAnswer {
        PageAnswer(
            status: error.status,
            content: .page(.failure(.request(error))),
            refused: RefusedRequest(error, of: .inForm)
        )
    }
}

/// The result of a browser's request.
public enum PageDecision: Sendable {
    /// The answer.
    case answer(PageAnswer)
    /// Another thread must find something out or write it; then `AuthorizationEndpoint.resume`.
    case needs(Need, PageContinuation)
}

/// How a browser's request continues when its need is met.
public struct PageContinuation: Sendable {
    /// The need, with what the answer to it goes on with.
    enum Step: Sendable {
        /// The pushed request.
        case pushed(digest: [UInt8])
        /// The password of this user.
        case password(PageRequest, username: String, User?)
        /// The code's row.
        case code(PageRequest, AuthorizationCode)
        /// The end of the session.
        case signOut(isAuthorizing: Bool)
    }

    let visit: BrowserVisit
    let step: Step

    /// The key by which wrong passwords are counted; nil where no password is checked.
    var throttleKey: PasswordThrottleKey? {
        if case .password(_, let username, _) = step { .signIn(username: username) } else { nil }
    }

    /// Whether a password was to be checked.
    public var checksPassword: Bool { throttleKey != nil }

    /// The client that a refusal names.
    var client: NamedClient {
        visit.parameters.clientID.map { .id(Array($0.utf8)) } ?? .inForm
    }
}

/// A validated authorization request with the reference that it came by, if it was pushed.
struct PageRequest: Sendable {
    let request: AuthorizationRequest
    /// The key of the pushed request's row.
    let pushed: [UInt8]?
}
