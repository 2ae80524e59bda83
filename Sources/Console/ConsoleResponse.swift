// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// Answers to the browser, with the fields that keep other sites out of them.
enum ConsoleResponse {
    /// Nothing but the console's own style, script and forms (CSP 3).
    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        + "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    /// The answer of a page.
    static func response(
        _ answer: ConsoleAnswer,
        of session: ConsoleSession,
        _ facts: ConsoleFacts
    ) -> Response {
        var response: Response
        switch answer {
        case .page(let page):
            let document = PageFrame.document(page, notices: session.takeNotices(), facts)
            response = Response(status: page.status, Array(document.text.utf8), .html)
        case .redirect(let address): response = .redirection(to: address.text)
        case .json(let content): response = Response(status: 200, content)
        }
        protect(&response, policy)
        return response
    }

    /// A document that stands alone, with its style in it.
    static func alone(_ document: HTML, status: Int) -> Response {
        var response = Response(status: status, Array(document.text.utf8), .html)
        protect(
            &response,
            "default-src 'none'; style-src '\(PageAlone.styleDigest)'; img-src data:; "
                + "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
        )
        return response
    }

    private static func protect(_ response: inout Response, _ policy: String) {
        response.add("Content-Security-Policy", policy)
        response.add("X-Frame-Options", "DENY")
        response.add("X-Content-Type-Options", "nosniff")
        // `no-referrer` would make browsers send `Origin: null` with the console's own forms.
        response.add("Referrer-Policy", "same-origin")
        response.add("Cross-Origin-Opener-Policy", "same-origin")
        response.add("Cross-Origin-Resource-Policy", "same-origin")
    }
}

/// Pages without the frame: for browsers that have no session.
///
/// Their style is in them, because without a session nothing is served.
enum PageAlone {
    /// Where a browser goes on by itself.
    private static var goesOn: HTML {
        "<meta http-equiv=\"refresh\" content=\"0; url=\(Address())\">\n"
    }

    /// The source of the pages' style, as a Content Security Policy names it.
    static let styleDigest: String = {
        let digest = Digest256.of(Array(ConsoleStyle.sheet.text.utf8)).bytes
        return "sha256-" + String(decoding: Base64.encode(digest.span), as: UTF8.self)
    }()

    /// A page with this heading and content.
    static func document(_ title: String, _ content: HTML, goesOn: Bool = false) -> HTML {
        """
        \(PageFrame.head(title, """
            \(goesOn ? Self.goesOn : nil)<style>\(ConsoleStyle.sheet)</style>

            """))
        <body>
        <main class="alone">
        <h1>\(title)</h1>
        \(content)
        </main>
        </body>
        </html>

        """
    }
}
