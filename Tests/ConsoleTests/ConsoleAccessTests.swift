// SPDX-License-Identifier: Apache-2.0
import HTTP
import Reactor
import Testing

@testable import Administration
@testable import Console

/// The one way into the console, and the locks on all others.
struct ConsoleAccessTests {
    private static let empty: @Sendable (AskedConsole.Asked) -> ReceivedAnswer = { _ in
        ReceivedAnswer(200, #"{"clients":[]}"#)
    }

    @Test func `the link opens the console once`() throws {
        let console = try AskedConsole(answer: Self.empty)
        let link = "/open?ticket=\(console.ticket.text)"
        let first = try console.ask("GET", link)
        #expect(first.status == 200)
        let cookie = try #require(first.field("Set-Cookie"))
        #expect(cookie.hasPrefix("handfast_console_9445="))
        #expect(cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Strict"))
        #expect(first.text.contains("http-equiv=\"refresh\""))
        let second = try console.ask("GET", link)
        #expect(second.status == 403)
        #expect(second.field("Set-Cookie") == nil)
    }

    @Test func `a ticket that is wrong, cut short or missing opens nothing, and uses nothing up`()
        throws
    {
        let console = try AskedConsole(answer: Self.empty)
        let right = console.ticket.text
        let changed = String(right.dropLast()) + (right.last == "A" ? "B" : "A")
        for query in ["", "?ticket=", "?ticket=\(changed)", "?ticket=\(right.dropLast())", "?%zz"] {
            let answer = try console.ask("GET", "/open\(query)")
            #expect(answer.status == 403, "\(query)")
            #expect(answer.field("Set-Cookie") == nil)
        }
        #expect(try console.ask("GET", "/open?ticket=\(right)").status == 200)
    }

    @Test func `a ticket is valid for its time`() throws {
        let ticket = try OpeningTicket(now: 1_000, validFor: 500)
        #expect(try ticket.open(ticket.text, now: 1_500) == nil)
        #expect(!ticket.isUsed)
        #expect(try ticket.open(ticket.text, now: 1_499) != nil)
        #expect(ticket.isUsed)
    }

    @Test func `a cookie that was there before is not taken over`() throws {
        let console = try AskedConsole(answer: Self.empty)
        console.cookie = "handfast_console_9445=planted"
        let answer = try console.ask("GET", "/open?ticket=\(console.ticket.text)")
        #expect(answer.field("Set-Cookie")?.contains("planted") == false)
        #expect(try console.ask("GET", "/").status == 401)
    }

    @Test func `without a session every path has the same answer`() throws {
        let console = try AskedConsole(answer: Self.empty)
        let first = try console.ask("GET", "/")
        #expect(first.status == 401)
        for path in ["/clients", "/nothing", "/console.css", "/clients/../open", "/open/x"] {
            #expect(try console.ask("GET", path) == first, "\(path)")
        }
        #expect(try console.ask("POST", "/open?ticket=\(console.ticket.text)") == first)
        for cookie in ["handfast_console_9445=", "handfast_console_1=x", "x"] {
            console.cookie = cookie
            #expect(try console.ask("GET", "/clients") == first, "\(cookie)")
        }
        #expect(console.questions.isEmpty)
    }

    @Test func `the browser that has opened the link gets pages, style and script`() throws {
        let console = try AskedConsole(answer: Self.empty).opened()
        let page = try console.ask("GET", "/")
        #expect(page.status == 200)
        #expect(page.caching == .noStore)
        for name in ["/console.css", "/console.js"] {
            #expect(page.text.contains(name))
            #expect(try console.ask("GET", name).caching == .immutable)
        }
        #expect(try console.ask("GET", "/nothing").status == 404)
        #expect(console.questions.first?.fields["Handfast-Console-User"] == "alice")
    }

    @Test func `all that a session sees is below a path that no other port is told`() throws {
        let base = try ConsoleBase.fresh()
        #expect(base.utf8.count == 23)
        #expect(try base != ConsoleBase.fresh())
        let console = try AskedConsole(base: base)
        let opened = try console.ask("GET", "/open?ticket=\(console.ticket.text)")
        let cookie = try #require(opened.field("Set-Cookie"))
        #expect(cookie.contains("; Path=\(base)/; "))
        #expect(opened.text.contains("url=\(base)/\""))
        console.cookie = String(cookie.prefix { $0 != ";" })
        let page = try console.ask("GET", "\(base)/clients/add").text
        let places = page.split(separator: "\"").filter { $0.hasPrefix("/") && $0.count > 1 }
        #expect(places.count > 8)
        #expect(places.allSatisfy { $0.hasPrefix("\(base)/") })
        #expect(try console.ask("GET", "\(base)/nothing").text.contains("\(base)/"))
        #expect(try console.ask("GET", "/clients/add").status == 404)
    }

    @Test func `without a session no answer tells the path`() throws {
        let base = try ConsoleBase.fresh()
        let console = try AskedConsole(base: base)
        let style = "\(base)/console.css"
        for target in ["/", "/clients", "\(base)/clients", "/open?ticket=x", style] {
            let answer = try console.ask("GET", target)
            #expect(!answer.text.contains(base))
            #expect(answer.status == 401 || answer.status == 403)
        }
    }

    @Test func `two cookies of the name are none`() throws {
        let console = try AskedConsole(answer: Self.empty).opened()
        let own = try #require(console.cookie)
        console.cookie = "\(own); handfast_console_9445=other"
        #expect(try console.ask("GET", "/").status == 401)
    }

    @Test(arguments: ["evil.example:9445", "127.0.0.1:9446", "localhost.evil.example"])
    func `a name that is not this machine's is refused`(host: String) throws {
        let console = try AskedConsole(answer: Self.empty)
        let link = "/open?ticket=\(console.ticket.text)"
        #expect(try console.ask("GET", link, host: host).status == 403)
        let opened = try console.opened()
        #expect(try opened.ask("GET", "/", host: host).status == 403)
        #expect(try opened.ask("GET", "/", host: "localhost:9445").status == 200)
    }

    @Test func `a page elsewhere may have the link, and reaches nothing else`() throws {
        let console = try AskedConsole(answer: Self.empty)
        let elsewhere = ["Sec-Fetch-Site: cross-site"]
        let link = "/open?ticket=\(console.ticket.text)"
        let ahead = elsewhere + ["Sec-Purpose: prefetch;prerender"]
        #expect(try console.ask("GET", link, ahead).status == 503)
        let answer = try console.ask("GET", link, elsewhere)
        #expect(answer.status == 200)
        let field = try #require(answer.field("Set-Cookie"))
        console.cookie = String(field.prefix { $0 != ";" })
        #expect(try console.ask("GET", "/", elsewhere).status == 403)
        #expect(try console.ask("GET", "/", ["Sec-Fetch-Site: same-site"]).status == 403)
        #expect(try console.ask("GET", "/", ["Origin: https://evil.example"]).status == 403)
        #expect(try console.ask("GET", "/", ["Sec-Fetch-Site: same-origin"]).status == 200)
    }

    @Test func `every answer keeps frames, sniffing and foreign content out`() throws {
        let console = try AskedConsole(answer: Self.empty)
        var answers = [try console.ask("GET", "/"), try console.ask("GET", "/open?ticket=x")]
        answers.append(try console.ask("GET", "/", host: "evil.example"))
        let opened = try console.opened()
        answers += [try opened.ask("GET", "/"), try opened.ask("GET", "/nothing")]
        answers.append(try opened.send("/clients/a/disable", [(ConsoleSession.tokenField, "x")]))
        for answer in answers {
            let policy = try #require(answer.field("Content-Security-Policy"))
            #expect(policy.hasPrefix("default-src 'none'; "))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe"))
            #expect(answer.field("X-Frame-Options") == "DENY")
            #expect(answer.field("X-Content-Type-Options") == "nosniff")
            #expect(answer.field("Referrer-Policy") == "same-origin")
            #expect(answer.field("Cross-Origin-Opener-Policy") == "same-origin")
            #expect(answer.caching == .noStore)
        }
    }

    @Test func `a request by a page itself is no use`() throws {
        let live = ConsolePage.get("/live.json", isUse: false) { _ throws(ServerAPIError) in
            .json([])
        }
        let console = try AskedConsole(pages: [live] + ConsolePage.all, answer: Self.empty).opened()
        let session = try #require(console.ticket.opened)
        session.use(now: 1)
        #expect(try console.ask("GET", "/live.json").status == 200)
        #expect(session.lastUse == 1)
        #expect(try console.ask("GET", "/clients").status == 200)
        #expect(session.lastUse > 1)
    }
}
