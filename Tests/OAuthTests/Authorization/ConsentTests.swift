// SPDX-License-Identifier: Apache-2.0
import HTTP
import OAuthTesting
import Storage
import Testing

@testable import OAuth

/// An answer counts for the question that its page has asked, and for no other.
struct ConsentTests {
    private typealias Fixture = AuthorizationFixture

    private static let ben = User(subject: "user:ben", passwordHash: "none", isEnabled: true)
    private static let ann = User(subject: "user:ann", passwordHash: "none", isEnabled: true)

    private func client(scopes: [String], name: String = "Shop") -> Client? {
        Client(
            id: "shop",
            policy: policy(grants: [.authorizationCode, .refreshToken], scopes: scopes),
            isEnabled: true,
            secret: nil,
            trust: nil,
            certificates: [certificate(1)],
            grantPolicy: GrantPolicy(name: name, redirectURIs: [Fixture.callback])
        )
    }

    @Test func `an answer without the question, or to another one, is asked for again`() throws {
        let fixture = try Fixture()
        let session = try fixture.session()
        let question = try #require(try fixture.question())
        for other in ["", "x", String(question.dropLast()), question + "A"] {
            let again = try fixture.send("action=allow", session: session, question: other)
            #expect(again.asksForConsent && again.code == nil && again.answer?.status == 200)
        }
        let right = try fixture.send("action=allow", session: session, question: question)
        #expect(right.code?.access.subject == "user:ann")
    }

    @Test func `another user who has signed in meanwhile is asked anew`() throws {
        let fixture = try Fixture()
        let registered = try #require(fixture.client)
        fixture.registry = registry(registered, users: ["ann": Self.ann, "ben": Self.ben])
        let question = try #require(try fixture.question(of: "ann"))
        let ben = try fixture.session("ben")
        let again = try fixture.send("action=allow", session: ben, question: question)
        guard case .consent(let form, "ben", _)? = again.page else {
            Issue.record("ben is not asked")
            return
        }
        let allowed = try fixture.send("action=allow", session: ben, question: form.question)
        #expect(allowed.code?.access.subject == "user:ben")
    }

    @Test func `a client that got other rights or another name meanwhile is shown again`() throws {
        let fixture = try Fixture()
        let session = try fixture.session()
        func register(_ scopes: [String], name: String = "Shop") throws {
            let new = try #require(client(scopes: scopes, name: name))
            fixture.registry = registry(new, users: ["ann": Self.ann])
        }
        try register(["read"])
        let question = try #require(try fixture.question())
        try register(["read", "write"])
        let wider = try fixture.send("action=allow", session: session, question: question)
        guard case .consent(_, _, ["read", "write"])? = wider.page else {
            Issue.record("the wider rights are not shown")
            return
        }
        try register(["read"], name: "Bank")
        #expect(
            try fixture.send("action=allow", session: session, question: question).asksForConsent
        )
        try register(["read"])
        #expect(
            try fixture.send("action=allow", session: session, question: question).code != nil
        )
    }

    @Test func `a question has other digests for other parts, however they are joined`() throws {
        func digest(_ scopes: [String], _ user: String = "ann") throws -> String? {
            let fixture = try Fixture()
            let new = try #require(client(scopes: scopes))
            fixture.registry = registry(new, users: [user: Self.ann])
            return try fixture.question(of: user)
        }
        let first = try digest(["ab", "c"])
        #expect(try first == digest(["ab", "c"]))
        #expect(try first != digest(["a", "bc"]))
        #expect(try first != digest(["ab"]))
        #expect(try first != digest(["ab", "c"], "anna"))
    }

    // MARK: signing out

    private func signOut(
        _ fixture: Fixture,
        session: String?,
        isForm: Bool = true,
        isSameOrigin: Bool = true
    ) throws -> PageDecision {
        var cookies = BrowserVisit.Cookies()
        cookies.session = session.map { Array($0.utf8) }
        let none = [UInt8]()
        let visit =
            isForm
            ? BrowserVisit(
                submitting: try form("action=sign-out"),
                to: try form(""),
                of: none.span,
                cookies,
                isSameOrigin: isSameOrigin
            ) : BrowserVisit(showing: try form(""), of: none.span, cookies)
        return fixture.endpoint.signOut(visit, fixture.context())
    }

    @Test func `a form without the session's cookie does not take it from the browser`() throws {
        let fixture = try Fixture()
        // A browser sends no such cookie with another site's form, but would obey the answer.
        for isForm in [true, false] {
            let answer = try signOut(fixture, session: nil, isForm: isForm).answer
            #expect(answer?.status == 200 && answer?.cookies.isEmpty == true)
        }
        for session in [nil, try fixture.session()] {
            let foreign = try signOut(fixture, session: session, isSameOrigin: false)
            #expect(foreign.check == .formToken && foreign.answer?.cookies.isEmpty == true)
        }
        // One that has ended is removed.
        let ended = try signOut(fixture, session: "ended").answer
        #expect(ended?.cookies.first?.field.contains("Max-Age=0") == true)
        #expect(try signOut(fixture, session: fixture.session()).need != nil)
        #expect(try signOut(fixture, session: fixture.session(), isForm: false).need == nil)
    }
}
