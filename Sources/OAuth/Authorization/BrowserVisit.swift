// SPDX-License-Identifier: Apache-2.0
public import HTTP
internal import Text

/// A browser's request to the authorization endpoint: what it asks for, and what it brings along.
public struct BrowserVisit: Sendable {
    /// A form that the user has sent.
    enum Submission: Sendable {
        case signIn(username: String, password: [UInt8])
        case allow
        case deny
        case signOut
        /// A form without a known button.
        case unknown
    }

    /// The query as it was sent, with which the same page is asked for again.
    let query: String
    /// The request's parameters, of its query.
    let parameters: AuthorizationParameters
    /// The value of the session's cookie; nil without one.
    let sessionCookie: [UInt8]?
    /// The value of the forms' cookie; nil without one.
    let formCookie: [UInt8]?
    /// nil for a request that only shows a page.
    let submission: Submission?
    /// The token of the form; nil without one.
    let formToken: [UInt8]?
    /// The question that the form answers; nil without one.
    let question: String?
    /// A reference to the same page, relative to it.
    var location: String { "?" + query }

    /// Whether the browser says that the form came from a page of this server, or nothing.
    let isSameOrigin: Bool

    /// Cookies of a request, as their values.
    public struct Cookies: Sendable {
        /// The session's.
        public var session: [UInt8]?
        /// The forms'.
        public var form: [UInt8]?

        /// No cookies.
        public init() {}

        /// Reads the value of a Cookie field (RFC 6265 §4.2.1); of two with one name neither
        /// counts, because one of them is somebody else's.
        public init(_ field: Span<UInt8>) {
            var start = 0
            var seen: [String: [UInt8]?] = [:]
            for index in 0...field.count
            where index == field.count || field[index] == UInt8(ascii: ";") {
                var pair = [UInt8](copying: field.extracting(start..<index))[...]
                start = index + 1
                pair = pair.drop { $0 == UInt8(ascii: " ") }
                guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
                let name = String(decoding: pair[..<equals], as: UTF8.self)
                let value = Array(pair[(equals + 1)...])
                seen[name] = seen[name] == nil ? .some(value) : .some(nil)
            }
            session = seen[PageCookie.sessionName] ?? nil
            form = seen[PageCookie.formName] ?? nil
        }
    }

    /// A request that only shows a page.
    public init(
        showing parameters: borrowing FormFields,
        of query: Span<UInt8>,
        _ cookies: Cookies
    ) {
        self.query = String(decoding: [UInt8](copying: query), as: UTF8.self)
        self.parameters = AuthorizationParameters(parameters)
        sessionCookie = cookies.session
        formCookie = cookies.form
        submission = nil
        formToken = nil
        question = nil
        isSameOrigin = true
    }

    /// A form that was sent; its button is the parameter `action`.
    public init(
        submitting form: borrowing FormFields,
        to parameters: borrowing FormFields,
        of query: Span<UInt8>,
        _ cookies: Cookies,
        isSameOrigin: Bool
    ) {
        self.query = String(decoding: [UInt8](copying: query), as: UTF8.self)
        self.parameters = AuthorizationParameters(parameters)
        sessionCookie = cookies.session
        formCookie = cookies.form
        self.isSameOrigin = isSameOrigin
        formToken = form.range(named: "form_token").map { Array(form.bytes[$0]) }
        func text(_ name: String) -> String? {
            form.range(named: name).map { String(decoding: form.bytes[$0], as: UTF8.self) }
        }
        question = text("question")
        let action = text("action")
        switch action {
        case "sign-in":
            submission = .signIn(
                username: form.range(of: .username).map {
                    String(decoding: form.bytes[$0], as: UTF8.self)
                } ?? "",
                password: form.range(of: .password).map { Array(form.bytes[$0]) } ?? []
            )
        case "allow": submission = .allow
        case "deny": submission = .deny
        case "sign-out": submission = .signOut
        default: submission = .unknown
        }
    }
}

/// A cookie that an answer sets.
///
/// The prefix `__Host-` binds it to this host, over TLS alone (RFC 6265bis §4.1.3.2).
public struct PageCookie: Sendable, Equatable {
    static let sessionName = "__Host-handfast-session"
    static let formName = "__Host-handfast-form"

    let name: String
    /// nil removes the cookie.
    let value: String?

    /// The value of Set-Cookie.
    public var field: String {
        // Lax: the client's redirection must find the session, other sites' forms must not.
        let attributes = "; Path=/; Secure; HttpOnly; SameSite=Lax"
        guard let value else { return "\(name)=; Max-Age=0" + attributes }
        return "\(name)=\(value)" + attributes
    }
}
