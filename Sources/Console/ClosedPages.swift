// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// Answers to those who have no session, or whose request is no request of a page.
enum ClosedPages {
    private static let restart: HTML = """
        <p>Start <code>handfast console</code> again, and open the link that it prints.</p>
        """

    /// 401, the same for every path.
    static let noSession = ConsoleResponse.alone(
        PageAlone.document(
            "This console is not open here",
            """
            <p>The console answers the one browser in which its link was opened.</p>
            <p>Open the link that <code>handfast console</code> has printed. A link opens once, and
            within ten minutes; where it was used, end the console and start it again.</p>
            """
        ),
        status: 401
    )

    /// 403 for a ticket that does not open.
    static let badTicket = ConsoleResponse.alone(
        PageAlone.document(
            "This link does not open the console",
            """
            <p>The link was used already, is older than ten minutes, or is not whole.</p>
            \(restart)
            <p>If nobody here has used it, somebody else on this machine may have: end the console
            at once.</p>
            """
        ),
        status: 403
    )

    /// 200 of the link: the page from which the browser goes on by itself.
    ///
    /// A redirection would not do: where the link stood in another program's page, browsers count
    /// the whole chain of redirections as that page's, and leave out a cookie that is SameSite.
    static var opened: Response {
        ConsoleResponse.alone(
            PageAlone.document(
                "The console is open",
                "<p><a href=\"\(Address())\">Go on to the console</a></p>",
                goesOn: true
            ),
            status: 200
        )
    }

    /// 503 for a browser that looks ahead: a link that opens once is not for that.
    static let notAhead = refusal(status: 503, "The link is not opened ahead of time.")

    /// 503 where the server has not answered in time.
    static var late: Response {
        ConsoleResponse.alone(
            PageAlone.document(
                "The server has not answered yet",
                """
                <p>A change may still be carried out: look before you repeat it.</p>
                <p><a href="\(Address())">Go on to the clients</a></p>
                """
            ),
            status: 503
        )
    }

    /// A form whose token is not that of the session.
    static var foreignForm: Response {
        ConsoleResponse.alone(
            PageAlone.document(
                "This form was not sent from this console",
                """
                <p>Nothing was changed. The form is of an earlier console, or of a page
                elsewhere.</p>
                <p><a href="\(Address())">Go on to the console</a>, and fill in its form.</p>
                """
            ),
            status: 403
        )
    }

    /// A form that cannot be read.
    static var unreadableForm: Response {
        ConsoleResponse.alone(
            PageAlone.document(
                "This form cannot be read",
                """
                <p>Nothing was changed. Its content is not what a browser sends for the console's
                forms.</p>
                <p><a href="\(Address())">Go on to the console</a></p>
                """
            ),
            status: 400
        )
    }

    /// 405 with the methods that the path has.
    static func otherMethod(_ methods: [HTTPMethod]) -> Response {
        var response = refusal(status: 405, "This address is for another kind of request.")
        response.add("Allow", methods.map(\.name).joined(separator: ", "))
        return response
    }

    /// A refusal of the console itself.
    static func refusal(status: Int, _ reason: String) -> Response {
        ConsoleResponse.alone(
            PageAlone.document(
                "This does not work",
                "<p role=\"alert\">\(reason)</p>"
            ),
            status: status
        )
    }
}
