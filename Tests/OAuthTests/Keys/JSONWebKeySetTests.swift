import Cryptography
import Foundation
import Testing

@testable import OAuth

struct JSONWebKeySetTests {
    private func refusal(_ text: String) -> JSONWebKeyError? {
        do throws(JSONWebKeyError) {
            _ = try JSONWebKeySet(Array(text.utf8).span)
            return nil
        } catch { return error }
    }

    private func set(_ keys: String...) throws -> JSONWebKeySet {
        let text = #"{"keys":[\#(keys.joined(separator: ","))]}"#
        return try JSONWebKeySet(Array(text.utf8).span)
    }

    private func names(_ found: [JSONWebKey]?) -> [String?]? {
        found?.map(\.keyID)
    }

    @Test func `a set has its keys in order, and leaves out what is not for signatures`() throws {
        let (one, two) = (try ClientKey(.p256), try ClientKey(.rsa))
        let set = try set(
            try one.jwk(["kid": "one"]),
            #"{"kty":"new","kid":"later"}"#,
            try two.jwk(["kid": "mail", "use": "enc"]),
            try two.jwk(["kid": "two"])
        )
        #expect(set.keys.map(\.keyID) == ["one", "two"])
        #expect(
            set.omissions == [
                "Key 2 of the set, `later`: Its `kty` is not RSA, EC or OKP.",
                "Key 3 of the set, `mail`: Its `use` is not `sig`.",
            ]
        )
    }

    @Test func `RFC 7517's example of a set is read`() throws {
        // Appendix A.1: its first key is for encryption.
        let set = try set(
            #"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","#
                + #""y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"}"#,
            try ClientKey(.rsa).jwk(["alg": "RS256", "kid": "2011-04-29"])
        )
        #expect(set.keys.map(\.keyID) == ["2011-04-29"])
    }

    @Test func `an empty set is one, with other members too`() throws {
        #expect(try set().keys.isEmpty)
        let text = Array(#" {"version":1,"keys":[ ]} "#.utf8)
        #expect(try JSONWebKeySet(text.span).keys.isEmpty)
    }

    @Test(arguments: [
        "", "[]", "{}", "null", "keys", #"{"keys":null}"#, #"{"keys":{}}"#, #"{"Keys":[]}"#,
        #"{"keys":[]"#, #"{"keys":[],"keys":[]}"#, #"{"keys":[1]}"#, #"{"keys":[[]]}"#,
        #"{"keys":[{}]}"#, "{\"keys\":[]}\u{0}",
    ])
    func `what is no set is refused`(text: String) {
        #expect(refusal(text)?.kind == .broken)
    }

    @Test func `one broken or private key spoils the set, by its name`() throws {
        let good = try ClientKey().jwk(["kid": "good"])
        func reason(_ key: String) -> String? {
            refusal(#"{"keys":[\#(good),\#(key)]}"#)?.description
        }
        #expect(reason(good) == nil)
        let broken = #""kty":"EC","crv":"P-256","x":"AA","y":"AA""#
        let complaint = "A coordinate on P-256 does not have 32 bytes."
        #expect(reason(#"{\#(broken),"kid":"b-1"}"#) == "Key 2 of the set, `b-1`: \(complaint)")
        #expect(reason(#"{\#(broken)}"#) == "Key 2 of the set: \(complaint)")
        // A name with which a log line could be forged is not repeated.
        for name in [#"a\nb"#, "a b", "a`b", "é", "", String(repeating: "k", count: 65)] {
            #expect(reason(#"{\#(broken),"kid":"\#(name)"}"#) == "Key 2 of the set: \(complaint)")
        }
        #expect(reason(#"{"kty":"oct","k":"AA"}"#)?.contains("`k`") == true)
    }

    @Test func `a set has at most so many keys and bytes`() throws {
        let key = try ClientKey().jwk()
        func text(_ count: Int) -> String {
            let keys = [String](repeating: key, count: count).joined(separator: ",")
            return #"{"keys":[\#(keys)]}"#
        }
        #expect(refusal(text(32)) == nil)
        #expect(refusal(text(33))?.description == "The key set has more than 32 keys.")
        let whole = text(1)
        let room = JSONWebKeySet.bytesMax - whole.utf8.count
        #expect(refusal(whole + String(repeating: " ", count: room)) == nil)
        let long = refusal(whole + String(repeating: " ", count: room + 1))
        #expect(long?.description == "The key set has more than 65536 bytes.")
    }

    // MARK: looking keys up

    @Test func `a signature's keys are those of its name and algorithm`() throws {
        let set = try set(
            try ClientKey(.p256).jwk(["kid": "a"]),
            try ClientKey(.rsa).jwk(["kid": "b"]),
            try ClientKey(.rsa).jwk(["kid": "c", "alg": "PS256"]),
            try ClientKey(.rsa).jwk(),
            try ClientKey(.p256).jwk(["kid": "b"])
        )
        #expect(names(set.candidates(keyID: "a", .es256)) == ["a"])
        #expect(names(set.candidates(keyID: "b", .es256)) == ["b"])
        #expect(names(set.candidates(keyID: "b", .rs256)) == ["b"])
        #expect(names(set.candidates(keyID: "c", .ps256)) == ["c"])
        #expect(names(set.candidates(keyID: nil, .ps256)) == ["b", "c", nil])
        #expect(names(set.candidates(keyID: nil, .rs256)) == ["b", nil])
        #expect(names(set.candidates(keyID: "c", .rs256)) == [])
        #expect(names(set.candidates(keyID: "A", .es256)) == [])
        #expect(names(set.candidates(keyID: "", .es256)) == [])
        #expect(names(set.candidates(keyID: nil, .edDSA)) == [])
    }

    @Test func `names are compared byte for byte`() throws {
        // One letter and a letter with an accent after it: equal as Swift compares strings.
        let set = try set(try ClientKey().jwk(["kid": "\u{e9}"]))
        #expect(names(set.candidates(keyID: "\u{e9}", .es256)) == ["\u{e9}"])
        #expect(names(set.candidates(keyID: "e\u{301}", .es256)) == [])
    }

    @Test func `too many keys for one signature are not tried`() throws {
        let key = try ClientKey().jwk()
        #expect(try set(key, key, key, key).candidates(keyID: nil, .es256)?.count == 4)
        let five = try set(key, key, key, key, try ClientKey().jwk(["kid": "e"]))
        #expect(five.candidates(keyID: nil, .es256) == nil)
        #expect(names(five.candidates(keyID: "e", .es256)) == ["e"])
    }

    // MARK: certificates

    @Test func `every key's own certificate is found`() throws {
        let keys = [try ClientKey(.p256), try ClientKey(.rsa)]
        let texts = try keys.map { key in
            let above = [Data(keys[0].certificate).base64EncodedString()]
            return try key.jwk(["x5c": [Data(key.certificate).base64EncodedString()] + above])
        }
        let set = try set(texts[0], texts[1])
        #expect(try set.certificates() == keys.map(\.certificate))
    }

    @Test func `a key without a certificate, or no key, has none`() throws {
        let key = try ClientKey()
        let whole = try key.jwk(["x5c": [Data(key.certificate).base64EncodedString()]])
        func reason(_ keys: String...) throws -> String? {
            let text = #"{"keys":[\#(keys.joined(separator: ","))]}"#
            let set = try JSONWebKeySet(Array(text.utf8).span)
            do throws(JSONWebKeyError) {
                _ = try set.certificates()
                return nil
            } catch { return error.description }
        }
        let complaint = "It has no `x5c`. Add the certificate that the client presents."
        #expect(try reason(whole) == nil)
        #expect(try reason(whole, key.jwk()) == "Key 2 of the set: \(complaint)")
        let left = #"{"kty":"new"}"#
        #expect(try reason(left, key.jwk(["kid": "k"])) == "Key 2 of the set, `k`: \(complaint)")
        #expect(try reason() == "The key set has no key that can be used.")
        #expect(try reason(left) == "The key set has no key that can be used.")
    }
}
