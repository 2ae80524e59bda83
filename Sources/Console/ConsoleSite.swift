// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import HTTP
internal import Reactor

/// Answers the requests of a session: reads forms, asks pages, and shows failures in words.
struct ConsoleSite: Sendable {
    let api: ServerAPI
    let facts: ConsoleFacts
    let clock: WallClock

    /// The answer of a page; blocks.
    func answer(
        _ page: ConsolePage,
        parameters: [String],
        to received: LocalRequest,
        contentType: [UInt8]?,
        of session: ConsoleSession
    ) -> Response {
        guard let query = FieldValues(urlencoded: received.query) else {
            return ClosedPages.refusal(status: 400, "The address cannot be read.")
        }
        var form = FieldValues()
        if page.method == .post {
            guard let read = Self.form(received, contentType) else {
                return ClosedPages.unreadableForm
            }
            guard let token = read[ConsoleSession.tokenField], session.admits(token) else {
                return ClosedPages.foreignForm
            }
            form = read
        }
        let request = ConsoleRequest(
            parameters: parameters.map(AddressName.name),
            query: query,
            form: form,
            session: session,
            api: api,
            facts: facts,
            now: clock.seconds
        )
        let answer: ConsoleAnswer
        do throws(ServerAPIError) {
            answer = try page.answer(request)
        } catch {
            answer = .page(ErrorPages.page(error, facts))
        }
        return ConsoleResponse.response(answer, of: session, facts)
    }

    /// The answer for a path that leads nowhere.
    func nothing(for session: ConsoleSession) -> Response {
        ConsoleResponse.response(.page(ErrorPages.nothing), of: session, facts)
    }

    /// The values of a form; nil for any other content, and for one that is not well-formed.
    private static func form(_ received: LocalRequest, _ contentType: [UInt8]?) -> FieldValues? {
        switch received.mediaType {
        case "application/x-www-form-urlencoded": FieldValues(urlencoded: received.content)
        case "multipart/form-data":
            contentType.flatMap { MultipartContent.values(of: received.content, type: $0) }
        default: nil
        }
    }
}
