// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import OAuth
internal import Text

/// The pages as HTML, with the fields that keep other sites out of them.
///
/// Without scripts, images and foreign fonts: all that a page needs is in it, and the Content
/// Security Policy allows nothing else.
enum PageMarkup {
    /// A page as a response.
    static func response(_ page: Page, status: Int) -> Response {
        var response = Response(status: status, Array(document(page).utf8), .html)
        protect(&response, formActions: formActions(page))
        return response
    }

    /// Adds the fields that every answer to a browser has.
    static func protect(_ response: inout Response, formActions: String = "'none'") {
        response.add(
            "Content-Security-Policy",
            "default-src 'none'; style-src '\(styleDigest)'; form-action \(formActions); "
                + "frame-ancestors 'none'; base-uri 'none'"
        )
        response.add("X-Frame-Options", "DENY")
        response.add("X-Content-Type-Options", "nosniff")
        // `no-referrer` would make browsers send `Origin: null` with this server's own forms.
        response.add("Referrer-Policy", "same-origin")
    }

    private static let styleDigest =
        "sha256-"
        + String(
            decoding: Base64.encode(Digest256.of(Array(PageStyle.sheet.utf8)).bytes.span),
            as: UTF8.self
        )

    /// The targets of a page's form: this server, and the client that the answer leads to.
    private static func formActions(_ page: Page) -> String {
        switch page {
        case .signIn(let form, _, _), .consent(let form, _, _), .signOut(let form, _):
            "'self'" + (form.redirectSource.map { " " + $0 } ?? "")
        case .signedOut, .failure: "'none'"
        }
    }

    // MARK: documents

    private static func document(_ page: Page) -> String {
        let (title, body) = parts(page)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="robots" content="noindex">
            <title>\(title)</title>
            <style>\(PageStyle.sheet)</style>
            </head>
            <body>
            <main>
            \(body)
            </main>
            </body>
            </html>

            """
    }

    private static func parts(_ page: Page) -> (title: String, body: String) {
        switch page {
        case .signIn(let form, let username, let notice):
            ("Sign in", signIn(form, username, notice))
        case .consent(let form, let user, let scopes):
            ("Allow access?", consent(form, user, scopes))
        case .signOut(let form, let user): ("Sign out", signOut(form, user))
        case .signedOut:
            (
                "Signed out",
                "<h1>You are signed out</h1>\n<p>You can close this page.</p>"
            )
        case .failure(let failure): ("This does not work", self.failure(failure))
        }
    }

    private static func signIn(
        _ form: PageForm,
        _ username: String,
        _ notice: Page.Notice?
    ) -> String {
        let remark = notice.map {
            "<p class=\"notice\" id=\"notice\" role=\"alert\">\(text($0))</p>\n"
        }
        let described = notice == nil ? "" : " aria-describedby=\"notice\""
        // Where there were too many attempts, nothing is wrong with what was entered.
        let invalid = notice == .wrongCredentials ? " aria-invalid=\"true\"" : ""
        let focus = username.isEmpty ? (" autofocus", "") : ("", " autofocus")
        return """
            <h1>Sign in</h1>
            <p>to go on to \(name(form.clientName))</p>
            \(remark ?? "")<form method="post">
            \(token(form))
            <label for="username">User name</label>
            <input id="username" name="username" value="\(escaped(username))" required\
             autocomplete="username" autocapitalize="none" spellcheck="false"\
             dir="auto"\(focus.0)\(described)\(invalid)>
            <label for="password">Password</label>
            <input id="password" name="password" type="password" required\
             autocomplete="current-password"\(focus.1)\(described)\(invalid)>
            <button name="action" value="sign-in">Sign in</button>
            </form>
            """
    }

    private static func text(_ notice: Page.Notice) -> String {
        switch notice {
        case .wrongCredentials: "The user name or the password is wrong."
        case .throttled(let seconds):
            "There were too many attempts. Try again in \(seconds)"
                + (seconds == 1 ? " second." : " seconds.")
        }
    }

    private static func consent(_ form: PageForm, _ user: String, _ scopes: [String]) -> String {
        let asked =
            scopes.isEmpty
            ? "<p>It asks to act for you, without any particular right.</p>"
            : "<p>It asks for these rights:</p>\n<ul>\n"
                + scopes.map { "<li dir=\"auto\">\(escaped($0))</li>\n" }.joined() + "</ul>"
        return """
            <h1>Allow access?</h1>
            <p>\(name(form.clientName)) wants to act for you, \(name(user)).</p>
            \(asked)
            <form method="post">
            \(token(form))
            <div class="choice">
            <button name="action" value="allow">Allow</button>
            <button class="second" name="action" value="deny">Do not allow</button>
            </div>
            <p class="small">Is this not you?
            <button class="link" name="action" value="sign-out">Use another account</button></p>
            </form>
            """
    }

    private static func signOut(_ form: PageForm, _ user: String) -> String {
        """
        <h1>Sign out</h1>
        <p>You are signed in as \(name(user)).</p>
        <form method="post">
        \(token(form))
        <button name="action" value="sign-out">Sign out</button>
        </form>
        """
    }

    private static func failure(_ failure: Page.ErrorReason) -> String {
        let (reason, remedy) =
            switch failure {
            case .request(let error):
                (
                    "The application has sent you here with a request that is not valid: "
                        + "\(error.description).",
                    "Tell those who run the application."
                )
            case .expired:
                (
                    "The request has ended, or was answered already.",
                    "Go back to the application and begin again."
                )
            case .form:
                (
                    "This form is too old, or was not sent from this page.",
                    "Go back to the application and begin again. Cookies must be allowed."
                )
            case .unavailable:
                ("This does not work at the moment.", "Try again in a minute.")
            }
        return """
            <h1>This does not work</h1>
            <p role="alert">\(escaped(reason))</p>
            <p>\(remedy)</p>
            """
    }

    private static func token(_ form: PageForm) -> String {
        let question = form.question.map { "\n" + hidden("question", $0) } ?? ""
        return hidden("form_token", form.token) + question
    }

    private static func hidden(_ name: String, _ value: String) -> String {
        "<input type=\"hidden\" name=\"\(name)\" value=\"\(escaped(value))\">"
    }

    /// A name within a sentence, set apart from it: a name that is written from right to left must
    /// not turn the words around it.
    private static func name(_ text: String) -> String {
        "<strong dir=\"auto\">\(escaped(text))</strong>"
    }

    /// Text for content and for quoted attributes.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { out, scalar in
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            // Control and formatting characters would let a name look like another one.
            case _ where scalar.properties.generalCategory == .control,
                _ where scalar.properties.generalCategory == .format:
                out += "\u{FFFD}"
            default: out.unicodeScalars.append(scalar)
            }
        }
    }
}
