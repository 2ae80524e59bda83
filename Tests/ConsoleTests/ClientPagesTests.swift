// SPDX-License-Identifier: Apache-2.0
import HTTP
import Reactor
import Testing

@testable import Administration
@testable import Console

/// The pages about clients, in front of a server that is played.
struct ClientPagesTests {
    private static let evil = "\"><script>alert(1)</script>"
    private static let evilJSON = #"\"><script>alert(1)</script>"#

    private static let client = #"""
        {
          "client_id": "c1", "client_name": "\#(evilJSON)", "enabled": true,
          "scope": "\#(evilJSON)",
          "token_endpoint_auth_method": "self_signed_tls_client_auth",
          "grant_types": ["client_credentials", "\#(evilJSON)"],
          "redirect_uris": ["javascript:alert(1)", "\#(evilJSON)"], "audiences": ["\#(evilJSON)"],
          "labels": {"team": "\#(evilJSON)", "\#(evilJSON)": "x"}, "client_id_issued_at": 1
        }
        """#
    private static let certificates = #"""
        {"keys": [{
          "x5t#S256": "\#(evilJSON)", "not_after": "\#(evilJSON)", "days_left": 1, "expired": false,
          "first_seen": null, "last_seen": "\#(evilJSON)"
        }]}
        """#
    private static let audit = #"""
        {"entries": [{
          "sequence": 1, "time": 1, "author": "\#(evilJSON)", "kind": "client", "id": "c1",
          "action": "\#(evilJSON)", "before": {"\#(evilJSON)": "\#(evilJSON)"}, "after": {"b": 1}
        }]}
        """#

    /// A server with one client, whose every text is hostile.
    private static let server: @Sendable (AskedConsole.Asked) -> ReceivedAnswer = { asked in
        switch (asked.method, asked.path) {
        case ("GET", "/clients"):
            ReceivedAnswer(200, "{\"clients\": [\(client)], \"next\": \"\(evilJSON)\"}")
        case ("GET", "/clients/c1"): ReceivedAnswer(200, client, tag: "\"1\"")
        case ("GET", "/clients/c1/certificates"): ReceivedAnswer(200, certificates)
        case ("GET", "/audit"): ReceivedAnswer(200, audit)
        case ("PATCH", "/clients/c1"):
            ReceivedAnswer(asked.fields["If-Match"] == "\"1\"" ? 200 : 412, client)
        case ("POST", "/clients"):
            ReceivedAnswer(201, #"{"client_id": "c1", "client_secret": "s3cret"}"#)
        case ("POST", "/clients/c1/secret"):
            ReceivedAnswer(200, #"{"client_id": "c1", "client_secret": "other"}"#)
        case ("DELETE", "/clients/c1"):
            ReceivedAnswer(asked.fields["If-Match"] == "\"1\"" ? 204 : 412, "")
        default: ReceivedAnswer(404, #"{"detail": "\#(evilJSON)"}"#)
        }
    }

    @Test(arguments: [
        "/", "/clients?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&label=%22%3E%3Cscript%3E",
        "/clients/c1", "/clients/c1/edit", "/clients/c1/certificates", "/clients/c1/remove",
        "/clients/c1/secret", "/clients/nobody",
        "/clients/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/clients/add?client_name=%22%3E%3Cscript%3E&certificate=%3C/textarea%3E%3Cscript%3E",
    ])
    func `no text of the server or of the address becomes markup`(target: String) throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let page = try console.ask("GET", target).text
        #expect(page.contains("<h1>"))
        let scripts = page.components(of: "<script")
        #expect(scripts == 1, "the console's own script alone: \(target)")
        #expect(page.components(of: "</textarea><script") == 0)
        #expect(page.components(of: "href=\"javascript:") == 0)
    }

    @Test(arguments: ["/", "/clients/c1", "/clients/c1/edit", "/clients/add", "/nothing"])
    func `a page has one heading, one main part and its language`(target: String) throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let page = try console.ask("GET", target).text
        for part in ["<h1>", "<main ", "<html lang=\"en\">", "<title>", "class=\"skip\""] {
            #expect(page.components(of: part) == 1, "\(part)")
        }
        #expect(page.components(of: " style=") == 0 && page.components(of: " onclick") == 0)
    }

    @Test func `the list asks for one page, and keeps its search in the next address`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let page = try console.ask("GET", "/clients?q=a%26b&enabled=true&expires_before=2027-01-31")
        let asked = try #require(console.questions.first)
        #expect(asked.query["limit"] == "50")
        #expect(asked.query["q"] == "a&b")
        #expect(asked.query["enabled"] == "true")
        #expect(asked.query["expires_before"] == "2027-01-31T00:00:00Z")
        #expect(asked.query["label"] == nil)
        let kept = "q=a%26b&amp;enabled=true&amp;expires_before=2027-01-31&amp;after="
        #expect(page.text.contains(kept))
    }

    @Test func `a client is added once, however often its form is sent`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let form = [
            ("client_name", "new"), ("token_endpoint_auth_method", "client_secret_basic"),
            ("grant_types", "client_credentials"), ("action", "register"), ("form_key", "k1"),
        ]
        let first = try console.send("/clients/add", form)
        let shown = try #require(first.field("Location"))
        #expect(first.status == 303 && shown.hasPrefix("/clients/shown-once/"))
        // The first answer may have been lost: until it is looked at, the form leads to it.
        let second = try console.send("/clients/add", form)
        #expect(second.status == 303 && second.field("Location") == shown)
        let page = try console.ask("GET", shown)
        #expect(page.status == 200 && page.text.contains("s3cret"))
        let third = try console.send("/clients/add", form)
        #expect(third.field("Location") == "/clients/c1")
        #expect(console.questions.filter { $0.method == "POST" }.count == 1)
        let again = try console.ask("GET", shown)
        #expect(again.status == 410 && !again.text.contains("s3cret"))
    }

    @Test func `HEAD does not use up what is shown once`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let session = try #require(console.ticket.opened)
        let key = session.keep(KeptSecret(client: "c1", secret: "s3cret"))
        #expect(try console.ask("HEAD", "/clients/shown-once/\(key)").status == 405)
        #expect(try console.ask("GET", "/clients/shown-once/\(key)").text.contains("s3cret"))
    }

    @Test func `a client whose name is that of a page, or no segment of a path, has its pages`()
        throws
    {
        let console = try AskedConsole { asked in
            ReceivedAnswer(200, #"{"client_id": "..", "client_name": "dots", "enabled": true}"#)
        }.opened()
        for name in [".", "..", "add", "shown-once", "~"] {
            let page = try console.ask("GET", "/clients/~\(name)")
            #expect(
                page.status == 200 && console.questions.contains { $0.path == "/clients/\(name)" }
            )
            #expect(page.text.contains("href=\"/clients/~../edit\""))
            #expect(page.text.contains("action=\"/clients/~../disable\""))
            let edit = try console.ask("GET", "/clients/~\(name)/edit")
            #expect(edit.status == 200 && console.questions.last?.path == "/clients/\(name)")
        }
        // The pages of these names are what they were.
        #expect(try console.ask("GET", "/clients/add").text.contains("<h1>Add a client</h1>"))
        #expect(try console.ask("GET", "/clients/shown-once/edit").status == 410)
    }

    @Test func `a private key that is pasted is refused and does not come back`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let key =
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHNlY3JldHNlY3JldHNlY3Jl"
            + "dHNlY3JldHNlY3JldA==\n-----END PRIVATE KEY-----\n"
        let form = [
            ("client_name", "kept name"), ("certificate", key), ("action", "register"),
        ]
        let page = try console.send("/clients/add", form)
        #expect(page.status == 400)
        #expect(page.text.contains("private key"))
        #expect(page.text.contains("kept name"))
        #expect(!page.text.contains("BEGIN PRIVATE KEY"))
        #expect(!page.text.contains("MC4CAQAw"))
        #expect(console.questions.isEmpty)
    }

    @Test func `text that is no certificate is kept, with what is wrong at its field`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let form = [("certificate", "no certificate"), ("action", "check")]
        let page = try console.send("/clients/add", form)
        #expect(page.status == 400)
        #expect(page.text.contains("no certificate</textarea>"))
        #expect(page.text.contains("id=\"certificate-problem\""))
        #expect(page.text.contains("aria-invalid=\"true\""))
    }

    @Test func `a refusal of the server stands at its field, and the form may be sent again`()
        throws
    {
        let console = try AskedConsole { _ in
            ReceivedAnswer(
                400,
                #"""
                {"detail": "The registration is refused.", "errors": [
                  {"member": "scope", "problem": "A bad scope.", "remedy": "Give another."},
                  {"member": "audiences", "problem": "Bad."}, {"problem": "All of it."}
                ]}
                """#
            )
        }.opened()
        let form = [
            ("client_name", "n"), ("scope", "kept scope"), ("action", "register"),
            ("form_key", "k"),
        ]
        for _ in 0..<2 {
            let page = try console.send("/clients/add", form)
            #expect(page.status == 400)
            #expect(page.text.contains("id=\"scope-problem\">A bad scope. Give another.</p>"))
            #expect(page.text.contains("<li>All of it.</li>"))
            #expect(page.text.contains("value=\"kept scope\""))
        }
        #expect(console.questions.count == 2)
    }

    @Test func `changes are sent with the tag of what was read, and take away labels`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let form = [
            ("tag", "\"1\""), ("client_name", "n"), ("redirect_uris", "https://a/\n\n https://b/ "),
            ("grant_types", "client_credentials"), ("labels", "stage=test"),
        ]
        let answer = try console.send("/clients/c1/edit", form)
        #expect(answer.status == 303 && answer.field("Location") == "/clients/c1")
        let patch = try #require(console.questions.last)
        #expect(patch.fields["If-Match"] == "\"1\"")
        #expect(patch.fields["Content-Type"] == "application/merge-patch+json")
        #expect(patch.content.contains(#""redirect_uris":["https://a/","https://b/"]"#))
        #expect(patch.content.contains(#""stage":"test","team":null"#))
    }

    @Test func `of a client under a CA the trust set and the subject can be changed`() throws {
        let console = try AskedConsole { _ in
            ReceivedAnswer(
                200,
                #"""
                {"client_id": "c1", "client_name": "n", "trust_set": "old",
                 "token_endpoint_auth_method": "tls_client_auth"}
                """#,
                tag: "\"1\""
            )
        }.opened()
        let page = try console.ask("GET", "/clients/c1/edit").text
        #expect(page.contains("name=\"trust_set\"") && page.contains("value=\"old\""))
        let form = [
            ("tag", "\"1\""), ("client_name", "n"), ("trust_set", "new"),
            ("token_endpoint_auth_method", "tls_client_auth"), ("tls_client_auth_subject_dn", ""),
        ]
        #expect(try console.send("/clients/c1/edit", form).status == 303)
        let patch = try #require(console.questions.last).content
        #expect(patch.contains(#""trust_set":"new""#))
        #expect(patch.contains(#""tls_client_auth_subject_dn":null"#))
    }

    @Test func `exchange and rate are sent as they were entered, or taken away`() throws {
        let console = try AskedConsole { _ in
            ReceivedAnswer(
                200,
                #"""
                {"client_id": "c1", "client_name": "n", "rate": "7/60",
                 "token_endpoint_auth_method": "client_secret_basic",
                 "own_audiences": ["https://a", "https://b"], "exchange_mode": "impersonate",
                 "exchange_bound_tokens": true}
                """#,
                tag: "\"1\""
            )
        }.opened()
        let page = try console.ask("GET", "/clients/c1/edit").text
        #expect(page.contains(">\nhttps://a\nhttps://b</textarea>"))
        #expect(page.contains("value=\"7/60\"") && page.contains("value=\"impersonate\" selected"))
        #expect(page.contains("name=\"exchange_bound_tokens\" value=\"true\" checked"))
        let beginning = [("tag", "\"1\""), ("client_name", "n")]
        let entered = [
            ("own_audiences", " https://c \n"), ("exchange_mode", "delegate"),
            ("exchange_bound_tokens", "true"), ("rate", " 1/2 "),
        ]
        #expect(try console.send("/clients/c1/edit", beginning + entered).status == 303)
        let patch = try #require(console.questions.last).content
        for part in [
            #""own_audiences":["https://c"]"#, #""exchange_mode":"delegate""#,
            #""exchange_bound_tokens":true"#, #""rate":"1/2""#,
        ] {
            #expect(patch.contains(part), "\(part)")
        }
        // A box that is not ticked sends nothing, and an empty field takes away.
        let emptied = [("own_audiences", ""), ("rate", "")]
        #expect(try console.send("/clients/c1/edit", beginning + emptied).status == 303)
        let other = try #require(console.questions.last).content
        #expect(other.contains(#""own_audiences":[]"#) && other.contains(#""rate":null"#))
        #expect(other.contains(#""exchange_bound_tokens":false"#))
        #expect(!other.contains("exchange_mode"))
        // Members without a field stay, and no other value is a ticked box.
        #expect(try console.send("/clients/c1/edit", beginning).status == 303)
        let less = try #require(console.questions.last).content
        #expect(!less.contains("rate") && !less.contains("exchange") && !less.contains("own_aud"))
        let unticked = beginning + [("own_audiences", ""), ("exchange_bound_tokens", "false")]
        #expect(try console.send("/clients/c1/edit", unticked).status == 303)
        let bound = #""exchange_bound_tokens":false"#
        #expect(try #require(console.questions.last).content.contains(bound))
    }

    @Test func `of another client neither trust set nor subject is sent`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        #expect(try !console.ask("GET", "/clients/c1/edit").text.contains("name=\"trust_set\""))
        let form = [
            ("tag", "\"1\""), ("client_name", "n"), ("trust_set", "new"),
            ("token_endpoint_auth_method", "tls_client_auth"),
        ]
        #expect(try console.send("/clients/c1/edit", form).status == 303)
        #expect(try !#require(console.questions.last).content.contains("trust_set"))
    }

    @Test func `changes of what somebody else has changed are not written`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let form = [("tag", "\"0\""), ("client_name", "mine")]
        let page = try console.send("/clients/c1/edit", form)
        #expect(page.status == 412)
        #expect(page.text.contains("Somebody else has changed this client"))
        #expect(page.text.contains("value=\"mine\""))
        #expect(page.text.contains("name=\"tag\" value=\"&quot;1&quot;\""))
        #expect(!console.questions.contains { $0.method == "PATCH" })
    }

    @Test func `a client is removed by the tag of the page that was read`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let stale = try console.send("/clients/c1/remove", [("tag", "\"0\"")])
        #expect(stale.status == 412)
        let done = try console.send("/clients/c1/remove", [("tag", "\"1\"")])
        #expect(done.status == 303 && done.field("Location") == "/clients")
    }

    @Test func `a tag with a line break is no field of the request to the server`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let page = try console.send("/clients/c1/remove", [("tag", "\"1\"\r\nX: y")])
        #expect(page.status == 400)
        #expect(!console.questions.contains { $0.method == "DELETE" })
    }

    @Test func `a new secret is made once and shown once`() throws {
        let console = try AskedConsole(answer: Self.server).opened()
        let first = try console.send("/clients/c1/secret", [("form_key", "k")])
        let shown = try #require(first.field("Location"))
        let second = try console.send("/clients/c1/secret", [("form_key", "k")])
        #expect(second.field("Location") == shown)
        #expect(try console.ask("GET", shown).text.contains("other"))
        let third = try console.send("/clients/c1/secret", [("form_key", "k")])
        #expect(third.field("Location") == "/clients/c1")
        #expect(console.questions.filter { $0.path == "/clients/c1/secret" }.count == 1)
    }

    @Test func `a server that is not there, or refuses the token, is said in words`() throws {
        let away = try AskedConsole { _ throws(AdministrationClientError) in
            throw .noServer("unix:/x")
        }.opened()
        let page = try away.ask("GET", "/")
        #expect(page.status == 503)
        #expect(page.text.contains("No server listens at unix:/x."))
        let refused = try AskedConsole { _ in ReceivedAnswer(401, "") }.opened()
        let words = try refused.ask("GET", "/clients/c1")
        #expect(words.status == 503)
        #expect(words.text.contains("has refused the token"))
        let other = try AskedConsole { _ in ReceivedAnswer(200, "no JSON") }.opened()
        #expect(try other.ask("GET", "/").status == 502)
    }
}

extension String {
    /// How often `part` stands in it.
    fileprivate func components(of part: String) -> Int {
        var count = 0
        var rest = self[...]
        while let found = rest.firstRange(of: part) {
            count += 1
            rest = rest[found.upperBound...]
        }
        return count
    }
}
