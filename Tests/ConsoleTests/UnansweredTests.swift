// SPDX-License-Identifier: Apache-2.0
import HTTP
import Reactor
import Testing

@testable import Administration
@testable import Console

/// Pages in front of a server that does not answer, or too late.
struct UnansweredTests {
    private static let silence = AdministrationClientError.failed(
        "unix:/x has not answered in 11000 milliseconds."
    )

    @Test func `a change without an answer may be carried out, and the page says so`() throws {
        let console = try AskedConsole { _ throws(AdministrationClientError) in
            throw Self.silence
        }.opened()
        let page = try console.send("/clients/c1/disable", [])
        #expect(page.status == 503)
        #expect(page.text.contains("may be carried out all the same: look before you repeat it"))
        #expect(page.text.contains("has not answered in 11000 milliseconds"))
    }

    @Test func `a question without an answer changes nothing, and a server away neither`() throws {
        let silent = try AskedConsole { _ throws(AdministrationClientError) in
            throw Self.silence
        }.opened()
        let away = try AskedConsole { _ throws(AdministrationClientError) in
            throw .noServer("unix:/x")
        }.opened()
        for page in [try silent.ask("GET", "/"), try away.send("/clients/c1/disable", [])] {
            #expect(page.status == 503 && page.text.contains("The server does not answer"))
            #expect(!page.text.contains("may be carried out"))
        }
    }

    @Test func `the console waits longer than the server, and its pages longer than that`() {
        #expect(Console.waitMilliseconds > LocalServiceLimits.lateMilliseconds)
        #expect(Console.lateMilliseconds > Console.waitMilliseconds)
    }

    // MARK: keys

    private static let rotation = [("kind", "ES256"), ("minutes", "5"), ("form_key", "k")]

    @Test func `a key is made once, however often its form is sent`() throws {
        let console = try AskedConsole { _ in ReceivedAnswer(201, #"{"kid": "k1"}"#) }.opened()
        let form = try console.ask("GET", "/keys/rotate?kind=ES256").text
        #expect(form.contains("name=\"form_key\""))
        for _ in 0..<3 {
            #expect(try console.send("/keys/rotate", Self.rotation).field("Location") == "/keys")
        }
        #expect(console.questions.count == 1)
        let other = Self.rotation.dropLast() + [("form_key", "k2")]
        #expect(try console.send("/keys/rotate", Array(other)).status == 303)
        #expect(console.questions.count == 2)
    }

    @Test(arguments: [400, 403, 409])
    func `a key that was refused may be asked for again`(status: Int) throws {
        let console = try AskedConsole { _ in
            ReceivedAnswer(status, #"{"detail": "No."}"#)
        }.opened()
        for _ in 0..<2 {
            #expect(try console.send("/keys/rotate", Self.rotation).status == status)
        }
        #expect(console.questions.count == 2)
    }

    @Test func `a key whose answer is missing is not asked for again by the same form`() throws {
        let console = try AskedConsole { asked throws(AdministrationClientError) in
            if asked.method == "POST" { throw Self.silence }
            return ReceivedAnswer(200, #"{"keys": []}"#)
        }.opened()
        #expect(try console.send("/keys/rotate", Self.rotation).status == 503)
        #expect(try console.send("/keys/rotate", Self.rotation).field("Location") == "/keys")
        #expect(try console.ask("GET", "/keys").text.contains("look for the key"))
        #expect(console.questions.filter { $0.method == "POST" }.count == 1)
    }

    // MARK: secrets

    @Test func `a secret stays until the page that shows it is whole`() throws {
        let isAway = Lock(true)
        let console = try AskedConsole { asked throws(AdministrationClientError) in
            if isAway.withLock({ $0 }) { throw Self.silence }
            return asked.path == "/clients/c1"
                ? ReceivedAnswer(200, #"{"client_id": "c1"}"#) : ReceivedAnswer(404, "")
        }.opened()
        let session = try #require(console.ticket.opened)
        let shown = "/clients/shown-once/\(session.keep(KeptSecret(client: "c1", secret: "s3")))"
        #expect(try console.ask("GET", shown).status == 503)
        isAway.withLock { $0 = false }
        let page = try console.ask("GET", shown)
        #expect(page.status == 200 && page.text.contains("s3"))
        #expect(try console.ask("GET", shown).status == 410)
    }

    // MARK: certificates that were refused

    private static let refusal = #"{"refusals": [{"certificate": "PEM", "client_id": "c1"}]}"#

    @Test(arguments: [(400, true), (404, true), (409, true), (503, false), (500, false)])
    func `only a refusal says that a certificate was not registered`(
        status: Int,
        isRefusal: Bool
    ) throws {
        let console = try AskedConsole { asked in
            asked.method == "GET"
                ? ReceivedAnswer(200, Self.refusal)
                : ReceivedAnswer(status, #"{"detail": "Too late."}"#)
        }.opened()
        let form = [("client", "c1"), ("thumbprint", "t1")]
        let answer = try console.send("/refusals/register", form)
        #expect(answer.status == (isRefusal ? 303 : status))
        #expect(answer.text.contains("Too late.") == !isRefusal)
        let next = try console.ask("GET", "/refusals").text
        #expect(next.contains("The certificate was not registered. Too late.") == isRefusal)
    }
}
