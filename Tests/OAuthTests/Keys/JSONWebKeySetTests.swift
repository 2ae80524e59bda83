// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing

@testable import OAuth

struct JSONWebKeySetTests {
    private func error(_ text: String) -> JSONWebKeyError? {
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

    @Test func `a set may have other members, and must have a key that can be used`() throws {
        let key = try ClientKey().jwk(["kid": "a"])
        let text = Array(#" {"version":1,"keys":[ \#(key) ]} "#.utf8)
        #expect(try JSONWebKeySet(text.span).keys.map(\.keyID) == ["a"])
        let complaint = "The key set has no key that can be used."
        #expect(error(#" {"version":1,"keys":[ ]} "#)?.description == complaint)
        let foreign = #"{"kty":"new","kid":"n"}"#
        let reason = "Its `kty` is not RSA, EC or OKP."
        #expect(
            error(#"{"keys":[\#(foreign)]}"#)?.description
                == "\(complaint) Key 1 of the set, `n`: \(reason)"
        )
        let many = [String](repeating: foreign, count: 7).joined(separator: ",")
        let long = error(#"{"keys":[\#(many)]}"#)?.description
        #expect(long?.contains("Key 4 of the set") == true)
        #expect(long?.hasSuffix("\(reason) There are 3 more.") == true)
    }

    @Test func `a byte order mark is no part of a set, and other encodings are named`() throws {
        let text = Array(#"{"keys":[\#(try ClientKey().jwk(["kid": "a"]))]}"#.utf8)
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let marked = mark + text
        #expect(try JSONWebKeySet(marked.span) == JSONWebKeySet(text.span))
        #expect(JSONWebKeySet.content(marked) == text && JSONWebKeySet.content(text) == text)
        func reason(_ bytes: [UInt8]) -> String? {
            do throws(JSONWebKeyError) {
                _ = try JSONWebKeySet(bytes.span)
                return nil
            } catch { return error.description }
        }
        // One mark, and before everything else.
        for wrong in [mark + marked, [0x20] + marked, text + mark] {
            #expect(reason(wrong)?.hasPrefix("The key set is not JSON") == true)
        }
        let wide = text.flatMap { [$0, 0] as [UInt8] }
        let marks: [[UInt8]] = [[], [0xff, 0xfe], [0xfe, 0xff, 0], [0]]
        for utf16 in marks.map({ $0 + wide }) {
            #expect(reason(utf16)?.hasPrefix("The key set is not in UTF-8.") == true)
        }
        #expect(reason(Array("-----BEGIN PUBLIC KEY-----".utf8))?.contains("is PEM") == true)
        #expect(reason([])?.hasPrefix("The key set is empty.") == true)
        #expect(reason(mark)?.hasPrefix("The key set is empty.") == true)
    }

    @Test(arguments: [
        "", "[]", "{}", "null", "keys", #"{"keys":null}"#, #"{"keys":{}}"#, #"{"Keys":[]}"#,
        #"{"keys":[]"#, #"{"keys":[],"keys":[]}"#, #"{"keys":[1]}"#, #"{"keys":[[]]}"#,
        #"{"keys":[{}]}"#, "{\"keys\":[]}\u{0}",
    ])
    func `what is no set is refused`(text: String) {
        #expect(error(text)?.kind == .broken)
    }

    @Test func `a broken key is ignored by its name or place, and the others count`() throws {
        let good = try ClientKey().jwk(["kid": "good"])
        func reason(_ key: String) throws -> String? {
            let set = try set(good, key)
            #expect(set.keys.first?.keyID == "good")
            #expect(set.keys.count + set.omissions.count == 2)
            return set.omissions.first
        }
        #expect(try reason(good) == nil)
        let broken = #""kty":"EC","crv":"P-256","x":"AA","y":"AA""#
        let complaint = "A coordinate on P-256 does not have 32 bytes."
        let named = "Key 2 of the set, `b-1`: \(complaint)"
        #expect(try reason(#"{\#(broken),"kid":"b-1"}"#) == named)
        #expect(try reason(#"{\#(broken)}"#) == "Key 2 of the set: \(complaint)")
        for other in ["1", "[]", "null", "{}", #"{"kty":"RSA","e":"AQAB"}"#] {
            #expect(try reason(other)?.hasPrefix("Key 2 of the set: It ") == true)
        }
        let weak = try ClientKey(.weak).jwk(["kid": "old"])
        let size = "Its RSA key has 1024 bits. Use at least 2048."
        #expect(try reason(weak) == "Key 2 of the set, `old`: \(size)")
        // A name with which a log line could be forged is not repeated.
        for name in [#"a\nb"#, "a b", "a`b", "é", "", String(repeating: "k", count: 65)] {
            let text = #"{\#(broken),"kid":"\#(name)"}"#
            #expect(try reason(text) == "Key 2 of the set: \(complaint)")
        }
    }

    @Test(arguments: ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])
    func `a private or symmetric key spoils the set, wherever it stands`(name: String) throws {
        let good = try ClientKey().jwk(["kid": "good"])
        let secrets = [
            #"{"kty":"oct","kid":"s","\#(name)":"AQAB"}"#,
            // Also in a key that would be ignored.
            #"{"kty":"new","kid":"s","\#(name)":[]}"#, #"{"kid":"s","\#(name)":""}"#,
            #"{"kty":"RSA","use":"enc","kid":"s","\#(name)":{}}"#,
        ]
        for secret in secrets {
            for (place, keys) in [(2, [good, secret]), (1, [secret, good]), (1, [secret])] {
                let error = error(#"{"keys":[\#(keys.joined(separator: ","))]}"#)
                #expect(error?.kind == .secret)
                let beginning = "Key \(place) of the set, `s`: It has the member `\(name)`"
                #expect(error?.description.hasPrefix(beginning) == true)
            }
            // A null reveals no private key.
            let null = try ClientKey().jwk([name: NSNull(), "kid": "null"])
            #expect(try set(good, null).keys.map(\.keyID) == ["good", "null"])
        }
    }

    @Test func `a set has at most so many keys and bytes`() throws {
        let key = try ClientKey().jwk()
        func text(_ count: Int) -> String {
            let keys = [String](repeating: key, count: count).joined(separator: ",")
            return #"{"keys":[\#(keys)]}"#
        }
        #expect(error(text(32)) == nil)
        #expect(error(text(33))?.description == "The key set has more than 32 keys.")
        let whole = text(1)
        let room = JSONWebKeySet.bytesMax - whole.utf8.count
        #expect(error(whole + String(repeating: " ", count: room)) == nil)
        let long = error(whole + String(repeating: " ", count: room + 1))
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
        let found = try set.certificates { _ in nil }
        #expect(found.certificates.map(\.der) == keys.map(\.certificate))
        #expect(found.omissions.isEmpty)
    }

    @Test func `a key without a certificate, or with a bad one, is ignored`() throws {
        let (key, bad) = (try ClientKey(), try ClientKey())
        func jwk(_ key: ClientKey) throws -> String {
            try key.jwk(["x5c": [Data(key.certificate).base64EncodedString()]])
        }
        func found(_ keys: String...) throws -> JSONWebKeySet.CertificateSet {
            let text = #"{"keys":[\#(keys.joined(separator: ","))]}"#
            let set = try JSONWebKeySet(Array(text.utf8).span)
            return try set.certificates { $0.der == bad.certificate ? "It is bad." : nil }
        }
        let complaint = "It has no `x5c`. Add the certificate that the client presents."
        let left = #"{"kty":"new"}"#
        let some = try found(left, jwk(bad), jwk(key), key.jwk(["kid": "k"]))
        #expect(some.certificates.map(\.der) == [key.certificate])
        #expect(
            some.omissions == [
                "Key 1 of the set: Its `kty` is not RSA, EC or OKP.",
                "Key 2 of the set: It is bad.", "Key 4 of the set, `k`: \(complaint)",
            ]
        )
        let nothing = "The key set has no key that can be used."
        #expect(throws: JSONWebKeyError.broken("\(nothing) Key 1 of the set: \(complaint)")) {
            try found(key.jwk())
        }
        #expect(throws: JSONWebKeyError.broken("\(nothing) Key 1 of the set: It is bad.")) {
            try found(jwk(bad))
        }
    }
}
