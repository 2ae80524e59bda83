// SPDX-License-Identifier: Apache-2.0
import Foundation
import OAuthTesting
import Testing

@testable import OAuth

struct ClientCredentialsTests {
    /// The client's id and what was presented, or why it was refused.
    private func read(
        _ body: String,
        _ authorization: AuthorizationHeader = .none
    ) throws -> Result<String, OAuthError> {
        let fields = try form(body)
        do throws(OAuthError) {
            let presented = try PresentedCredentials.read(fields, authorization)
            let id = String(decoding: presented.clientID, as: UTF8.self)
            switch presented.mechanism {
            case .none: return .success("\(id) alone")
            case .basic(let secret): return .success("\(id) basic \(text(secret))")
            case .body(let secret): return .success("\(id) body \(text(secret))")
            case .assertion: return .success("\(id) assertion")
            }
        } catch {
            return .failure(error)
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func header(_ value: String) -> AuthorizationHeader { .one(Array(value.utf8)) }

    /// A header whose credentials are these, as they are.
    private func encoded(_ plain: String) -> AuthorizationHeader {
        header("Basic \(Data(plain.utf8).base64EncodedString())")
    }

    @Test func `each mechanism is recognised on its own`() throws {
        #expect(try read("client_id=app") == .success("app alone"))
        #expect(try read("", basic("app", "pw")) == .success("app basic pw"))
        #expect(try read("client_id=app&client_secret=pw") == .success("app body pw"))
        #expect(try read(Self.assertion) == .success("app assertion"))
        #expect(try read("client_id=app&" + Self.assertion) == .success("app assertion"))
    }

    /// Header `{"alg":"ES256"}`, claims `{"iss":"app","sub":"app"}`, and a signature of nobody.
    private static let assertion =
        "client_assertion=eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhcHAiLCJzdWIiOiJhcHAifQ.AAAA"
        + "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    @Test func `half an assertion is refused`() throws {
        let half = try read("client_id=app&client_assertion=x")
        #expect(half == .failure(.invalidClient(.assertionType)))
        let type = try read("client_id=app&client_assertion_type=x")
        #expect(type == .failure(.invalidRequest("", check: .assertionMissing)))
        let other = try read("client_id=other&" + Self.assertion)
        #expect(other == .failure(.invalidClient(.clientIDMismatch)))
    }

    @Test(arguments: [
        "client_id=app&client_secret=pw", "client_secret=pw", "client_assertion=x",
        "client_assertion_type=y", "client_secret=pw&client_assertion=x",
    ])
    func `a header together with anything in the body is refused`(body: String) throws {
        let refused = try read(body, basic("app", "pw"))
        #expect(refused == .failure(.invalidRequest("", check: .authenticationMechanisms)))
    }

    @Test(arguments: ["client_assertion=x", "client_assertion_type=y"])
    func `a secret together with an assertion is refused`(assertion: String) throws {
        let refused = try read("client_id=app&client_secret=pw&\(assertion)")
        #expect(refused == .failure(.invalidRequest("", check: .authenticationMechanisms)))
    }

    @Test func `several headers are refused, even without anything else`() throws {
        let refused = try read("client_id=app", .several)
        #expect(refused == .failure(.invalidRequest("", check: .authorizationRepeated)))
    }

    @Test func `the ids of header and body must agree`() throws {
        let accepted = try read("client_id=app", basic("app", "pw"))
        #expect(accepted == .success("app basic pw"))
        for body in ["client_id=other", "client_id=App", "client_id=ap"] {
            let refused = try read(body, basic("app", "pw"))
            #expect(refused == .failure(.invalidClient(.clientIDMismatch)))
        }
    }

    @Test(arguments: ["", "client_secret=pw", "client_id=&client_secret=pw"])
    func `credentials in the body need a client id`(body: String) throws {
        #expect(try read(body) == .failure(.invalidClient(.clientIDMissing)))
    }

    @Test(arguments: ["Basic", "basic", "BASIC", "bAsIc"])
    func `the name of the scheme has no case`(scheme: String) throws {
        #expect(try read("", header("\(scheme) YXBwOnB3")) == .success("app basic pw"))
        #expect(try read("", header("\(scheme)   YXBwOnB3")) == .success("app basic pw"))
    }

    @Test(arguments: [
        "", "Basic", "YXBwOnB3", "Bearer YXBwOnB3", "Basics YXBwOnB3", "Digest username=app",
        " YXBwOnB3", "Basic\tYXBwOnB3",
    ])
    func `another scheme is refused`(value: String) throws {
        let refused = try read("client_id=app", header(value))
        #expect(refused == .failure(.invalidClient(.authorizationScheme)))
    }

    @Test(arguments: [
        ("app:pw", "app basic pw"), ("app:", "app basic "), ("app:a:b", "app basic a:b"),
        ("a%20b:p%3Aw", "a b basic p:w"), ("a+b:p+w", "a b basic p w"),
        ("%61pp:%70%77", "app basic pw"), ("%C3%A9:%c3%A9", "é basic é"),
        ("a%3Ab:x", "a:b basic x"),
        ("app:?>~~", "app basic ?>~~"),
    ])
    func `id and secret are decoded as values of a form`(plain: String, shown: String) throws {
        #expect(try read("", encoded(plain)) == .success(shown))
    }

    @Test(arguments: [
        "", "app", ":pw", "%:pw", "app:%", "app:%4", "app:%4x", "%zz:pw", "a%00:pw", "app:%00",
        "app\u{0}:pw",
    ])
    func `what is not an id and a secret is refused`(plain: String) throws {
        #expect(try read("", encoded(plain)) == .failure(.invalidClient(.basicSyntax)))
    }

    @Test(arguments: [
        "YXBwOnB", "YXBwOnB3=", "YXBwOnB3====", "====", "YXB wOnB3", "YXBwOn!3", "YXBwOg=",
        "YXBwOg", "YXBwOh==", "YXBwOj8-fg==", "YXBwOg===", "YXBw=OnB3", "YXBwOnB3 YXBwOnB3",
    ])
    func `what is not exactly Base64 is refused`(text: String) throws {
        let refused = try read("", header("Basic \(text)"))
        #expect(refused == .failure(.invalidClient(.basicSyntax)))
        #expect(try read("", header("Basic YXBwOj8+fg==")) == .success("app basic ?>~"))
    }

    @Test func `an assertion is no registered method`() throws {
        let fixture = try TokenFixture(registry(client()))
        let body = "grant_type=client_credentials&" + Self.assertion
        #expect(try fixture.ask(body).error == .invalidClient(.assertionNotRegistered))
    }
}

extension Result where Success == String, Failure == OAuthError {
    static func == (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.success(let a), .success(let b)): a == b
        case (.failure(let a), .failure(let b)): a == b
        default: false
        }
    }
}
