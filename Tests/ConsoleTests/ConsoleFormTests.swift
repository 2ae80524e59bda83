// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Administration
@testable import Console

/// Forms: who may send them, and how their content is read.
struct ConsoleFormTests {
    private static let done: @Sendable (AskedConsole.Asked) -> ReceivedAnswer = { _ in
        ReceivedAnswer(status: 204, content: [])
    }

    @Test func `a form with the session's token is carried out`() throws {
        let console = try AskedConsole(answer: Self.done).opened()
        let answer = try console.send("/clients/a%20b/disable", [])
        #expect(answer.status == 303)
        #expect(answer.field("Location") == "/clients/a%20b")
        #expect(console.questions.map(\.path) == ["/clients/a%20b/disable"])
        #expect(console.questions.first?.method == "POST")
    }

    @Test func `a form without the token, with another or by GET changes nothing`() throws {
        let console = try AskedConsole(answer: Self.done).opened()
        let type = ["Content-Type: application/x-www-form-urlencoded"]
        let path = "/clients/a/disable"
        #expect(try console.ask("POST", path, type).status == 403)
        let foreign = Array("form_token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".utf8)
        #expect(try console.ask("POST", path, type, content: foreign).status == 403)
        let other = try console.ask("GET", path)
        #expect(other.status == 405 && other.field("Allow") == "POST")
        #expect(console.questions.isEmpty)
    }

    @Test(arguments: ["application/json", "text/plain", "multipart/form-data", ""])
    func `content of another type is no form`(type: String) throws {
        let console = try AskedConsole(answer: Self.done).opened()
        let token = try #require(console.ticket.opened?.formToken)
        let fields = type.isEmpty ? [] : ["Content-Type: \(type)"]
        let content = Array("form_token=\(token)".utf8)
        let answer = try console.ask("POST", "/clients/a/disable", fields, content: content)
        #expect(answer.status == 400)
        #expect(console.questions.isEmpty)
    }

    @Test func `a form of a page elsewhere is refused before its content is read`() throws {
        let console = try AskedConsole(answer: Self.done).opened()
        let token = try #require(console.ticket.opened?.formToken)
        let content = Array("form_token=\(token)".utf8)
        let type = "Content-Type: application/x-www-form-urlencoded"
        for field in ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"]
        {
            let fields = [type, field]
            let answer = try console.ask("POST", "/clients/a/enable", fields, content: content)
            #expect(answer.status == 403, "\(field)")
        }
        #expect(console.questions.isEmpty)
    }

    @Test func `values are decoded, and line breaks are line feeds`() throws {
        let form = try #require(FieldValues(urlencoded: Array("a=1%262+3&b=x%0D%0Ay%0Az&a=4".utf8)))
        #expect(form["a"] == "1&2 3")
        #expect(form.all("a") == ["1&2 3", "4"])
        #expect(form["b"] == "x\ny\nz")
        #expect(form["c"] == nil)
        #expect(form.trimmed("c").isEmpty)
    }

    @Test(arguments: ["a=%0", "a=%ff", "a=%00", "%=1", "a=%1b"])
    func `a form that is not well-formed is none`(text: String) {
        #expect(FieldValues(urlencoded: Array(text.utf8)) == nil)
    }

    @Test func `a form has a bounded number of fields`() {
        func form(_ count: Int) -> FieldValues? {
            let text = (0..<count).map { "f\($0)=1" }.joined(separator: "&")
            return FieldValues(urlencoded: Array(text.utf8))
        }
        #expect(form(FieldValues.countMax) != nil)
        #expect(form(FieldValues.countMax + 1) == nil)
    }

    @Test func `notices wait for the next page, a few at most`() throws {
        let console = try AskedConsole().opened()
        let session = try #require(console.ticket.opened)
        for number in 0..<20 { session.note(Notice(.done, "<p>\(number)</p>")) }
        #expect(session.takeNotices().count == 8)
        #expect(session.takeNotices().isEmpty)
    }

    @Test func `a secret is taken out once`() throws {
        let console = try AskedConsole().opened()
        let session = try #require(console.ticket.opened)
        let key = session.keep(KeptSecret(client: "a", secret: "s"))
        #expect(session.take("other") == nil)
        #expect(session.take(key)?.secret == "s")
        #expect(session.take(key) == nil)
    }
}
