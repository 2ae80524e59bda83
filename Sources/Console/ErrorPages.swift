// SPDX-License-Identifier: Apache-2.0
/// The pages for what the server has not done.
enum ErrorPages {
    /// The page for a failure.
    static func page(_ failure: ServerAPIError, _ facts: ConsoleFacts) -> Page {
        switch failure {
        case .absent(let reason), .unreachable(let reason):
            Page(
                "The server does not answer",
                in: nil,
                status: 503,
                """
                <p role="alert">\(reason)</p>
                <p>Is the server running? Start it with <code>handfast serve</code>, and load this
                page again. Where it has another <code>administration.address</code>, start the
                console with <code>--administration</code>.</p>
                """
            )
        case .unanswered(let reason):
            Page(
                "The server has not answered",
                in: nil,
                status: 503,
                """
                <p role="alert">\(reason)</p>
                <p>The change may be carried out all the same: look before you repeat it.</p>
                <p><a href="\(ClientListPage.address)">Go on to the clients</a></p>
                """
            )
        case .tokenRefused:
            Page(
                "The server does not take this console’s token",
                in: nil,
                status: 503,
                """
                <p role="alert">The server at <code>\(facts.server)</code> has refused the token in
                the data directory.</p>
                <p>Start the console with the <code>--data</code> that the server was started
                with.</p>
                """
            )
        case .unreadable:
            Page(
                "The server’s answer cannot be read",
                in: nil,
                status: 502,
                "<p role=\"alert\">Is the server of another version than this console?</p>"
            )
        case .problem(let problem): page(problem)
        }
    }

    private static func page(_ problem: ServerProblemDetails) -> Page {
        let findings = problem.texts(besides: [])
        let list: HTML? =
            findings.isEmpty
            ? nil : "<ul>\(findings.map { "<li>\($0)</li>\n" as HTML })</ul>"
        return Page(
            title(problem.status),
            in: nil,
            status: problem.status,
            "<p role=\"alert\">\(problem.detail)</p>\n\(list)"
        )
    }

    private static func title(_ status: Int) -> String {
        switch status {
        case 404: "There is nothing here"
        case 409: "This conflicts with what is registered"
        case 412: "Somebody else has changed this"
        case 500...: "The server could not do this"
        default: "The server has refused this"
        }
    }

    /// The page of a path that leads nowhere.
    static var nothing: Page {
        Page(
            "There is no such page",
            in: nil,
            status: 404,
            """
            <p>The address is not one of this console’s.
            <a href="\(Address())">Go on to the clients</a></p>
            """
        )
    }
}
