// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Disables a client, and enables it again, by one button each.
enum SwitchPages {
    static var pages: [ConsolePage] {
        [
            .post("/clients/{client_id}/disable") { request throws(ServerAPIError) in
                let path = ServerPath("clients", request.parameter, "disable")
                let answer = try request.api.post(path)
                return concluded(request, disabled(answer))
            },
            .post("/clients/{client_id}/enable") { request throws(ServerAPIError) in
                _ = try request.api.post(ServerPath("clients", request.parameter, "enable"))
                return concluded(request, Notice(.done, "<p>The client is enabled again.</p>"))
            },
        ]
    }

    /// 202: off in memory, and not yet written.
    private static func disabled(_ answer: ServerAPI.Document) -> Notice {
        guard answer.status == 202 else {
            return Notice(
                .done,
                "<p>The client is disabled: it gets no token from its next request on.</p>"
            )
        }
        let reason = answer.value["reason"]?.text ?? ""
        return Notice(
            .warning,
            """
            <p>The client is disabled in memory, but that is not written yet (\(reason)): a restart
            of the server would bring it back. The server goes on trying.</p>
            """
        )
    }

    private static func concluded(_ request: ConsoleRequest, _ notice: Notice) -> ConsoleAnswer {
        request.session.note(notice)
        return .redirect(ClientPage.address(request.parameter))
    }
}
