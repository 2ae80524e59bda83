// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import OAuth

/// `act` and `may_act` as they are read and written (RFC 8693 §4.1, §4.4).
struct ActorChainTests {
    private func value(_ text: String) throws -> JSONValue {
        let value = JSONValue(text.utf8.span)
        return try #require(value)
    }

    private func party(_ name: String) -> TokenParty {
        TokenParty(subject: Array(name.utf8), issuer: Array("https://as.example".utf8))
    }

    static func nested(_ depth: Int) -> String {
        (0..<depth).reversed().reduce("") { inner, number in
            let act = inner.isEmpty ? "" : #","act":\#(inner)"#
            return #"{"sub":"a\#(number)","iss":"i"\#(act)}"#
        }
    }

    @Test(arguments: 1...4)
    func `a chain within the depth is written as it was read`(depth: Int) throws {
        let text = Self.nested(depth)
        let chain = try #require(ActorChain(try value(text)))
        #expect(chain.depth == depth)
        #expect(String(decoding: chain.json, as: UTF8.self) == text)
        #expect(chain.newest.subject == Array("a0".utf8))
    }

    @Test(arguments: [
        Self.nested(5), Self.nested(12), "{}", "[]", #""a""#, "null", "true", "1",
        #"{"sub":"a"}"#, #"{"iss":"i"}"#, #"{"sub":"","iss":"i"}"#, #"{"sub":"a","iss":""}"#,
        #"{"sub":1,"iss":"i"}"#, #"{"sub":["a"],"iss":"i"}"#, #"{"sub":"a","iss":null}"#,
        #"{"sub":"a","iss":"i","act":{}}"#, #"{"sub":"a","iss":"i","act":"b"}"#,
        #"{"sub":"a","iss":"i","act":null}"#, #"{"sub":"a","iss":"i","act":{"sub":"b"}}"#,
    ])
    func `another value is no chain`(text: String) throws {
        #expect(ActorChain(try value(text)) == nil)
    }

    @Test func `further members of an actor are not kept`() throws {
        let read = ActorChain(try value(#"{"client_id":"x","sub":"a","iss":"i"}"#))
        #expect(read.map { String(decoding: $0.json, as: UTF8.self) } == #"{"sub":"a","iss":"i"}"#)
    }

    @Test func `the newest actor is outermost, and the fifth is one too many`() throws {
        var chain = try #require(ActorChain(party("one")))
        for name in ["two", "three", "four"] {
            chain = try #require(chain.acted(by: party(name)))
            #expect(chain.newest == party(name))
        }
        #expect(chain.depth == 4)
        #expect(chain.acted(by: party("five")) == nil)
        let again = ActorChain(try value(String(decoding: chain.json, as: UTF8.self)))
        #expect(again == chain)
    }

    @Test func `a chain has a bound in bytes too`() throws {
        let long = String(repeating: "x", count: 2_000)
        let chain = try #require(ActorChain(party(long)))
        #expect(chain.acted(by: party("a")) != nil)
        #expect(chain.acted(by: party(long + long)) == nil)
        #expect(ActorChain(party(long + long + long)) == nil)
    }

    @Test func `parties are compared byte by byte`() {
        // The same character, composed and not: equal as Swift's strings.
        #expect("\u{e9}" == "e\u{301}")
        #expect(party("\u{e9}") != party("e\u{301}"))
        #expect(party("a") == party("a"))
    }

    @Test(arguments: [SubjectKind.client, .user, .issuer])
    func `claims of an exchanged token are read from a sealed one again`(kind: SubjectKind) throws {
        for depth in 0...4 {
            let act = depth == 0 ? nil : ActorChain(try value(Self.nested(depth)))
            for permitted in [nil, party("gateway")] {
                let claims = ExchangedClaims(kind, actors: act, permittedActor: permitted)
                #expect(ExchangedClaims(kind: kind.rawValue, sealed: claims.sealed) == claims)
            }
        }
        #expect(ExchangedClaims(kind: 0, sealed: Array("{}".utf8)) == nil)
        #expect(ExchangedClaims(kind: 9, sealed: Array("{}".utf8)) == nil)
        #expect(ExchangedClaims(kind: kind.rawValue, sealed: Array("[]".utf8)) == nil)
        #expect(ExchangedClaims(kind: kind.rawValue, sealed: Array(#"{"act":1}"#.utf8)) == nil)
        #expect(ExchangedClaims(kind: kind.rawValue, sealed: Array(#"{"may_act":{}}"#.utf8)) == nil)
    }

    @Test func `a jti says by its length what it is of`() throws {
        func parts(_ bytes: [UInt8]) -> IdentifierParts? {
            IdentifierParts(String(decoding: Base64URL.encode(bytes.span), as: UTF8.self))
        }
        let (random, grant) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 9, count: 16))
        #expect(parts(random)?.subjectKind == nil && parts(random)?.grantID == nil)
        #expect(parts(grant + random)?.grantID == grant)
        #expect(parts([2] + random)?.subjectKind == .user)
        #expect(parts([2] + random)?.grantID == nil)
        #expect(parts([1] + grant + random)?.grantID == grant)
        #expect(parts([1] + grant + random)?.subjectKind == .client)
        // Of a version that knows more kinds.
        #expect(parts([77] + random) == nil && parts([0] + grant + random) == nil)
        // Of whoever else has chosen it.
        let other = try #require(IdentifierParts("one"))
        #expect(other.subjectKind == nil && other.grantID == nil)
    }
}
