// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Console

/// Problems of the server, in words for people.
struct ServerProblemDetailsTests {
    private func problem(_ errors: String) -> ServerProblemDetails {
        let text = #"{"detail": "There is no client a.", "errors": [\#(errors)]}"#
        return ServerProblemDetails(status: 404, Array(text.utf8))
    }

    @Test func `requests of programs are no remedy for people`() {
        let remedy = #""remedy": "See GET /clients for those that there are.""#
        let said = problem(
            #"{"member": "client_id", "problem": "There is no client a.", \#(remedy)}"#
        )
        #expect(said.detail == "There is no client a." && said.findings.isEmpty)
        let more = problem(#"{"member": "client_id", "problem": "It is another.", \#(remedy)}"#)
        #expect(more.texts("client_id") == ["It is another."])
    }

    @Test func `another remedy follows its problem`() {
        let said = problem(
            #"{"member": "scope", "problem": "A bad scope.", "remedy": "Give another."}"#
        )
        #expect(said.texts("scope") == ["A bad scope. Give another."])
        #expect(problem(#"{"problem": "All of it."}"#).texts(besides: []) == ["All of it."])
    }
}
