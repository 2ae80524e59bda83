// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct FormFieldsTests {
    private func parse(_ form: String) throws(FormError) -> FormFields {
        var fields = FormFields()
        try fields.parse(octets(form).span)
        return fields
    }

    private func error(_ form: String) -> FormError? {
        do throws(FormError) {
            _ = try parse(form)
            return nil
        } catch { return error }
    }

    private func value(_ fields: borrowing FormFields, _ name: String) -> String? {
        let parameter = Parameter.named(0..<name.utf8.count, Array(name.utf8).span)
        let range = parameter.map { fields.range(of: $0) } ?? fields.range(named: name)
        return range.map { String(decoding: fields.bytes[$0], as: UTF8.self) }
    }

    /// Forms, and the names and values that Python's `urllib.parse.parse_qsl` finds in them with
    /// `keep_blank_values=True, errors="strict"`.
    static let vectors: [(String, [String])] = [
        ("a=b", ["a", "b"]),
        ("a=b&c=d", ["a", "b", "c", "d"]),
        ("a", ["a", ""]),
        ("a=", ["a", ""]),
        ("=b", ["", "b"]),
        ("=", ["", ""]),
        ("a=b=c", ["a", "b=c"]),
        ("a==", ["a", "="]),
        ("a+b=c+d", ["a b", "c d"]),
        ("a%20b=c%2Bd", ["a b", "c+d"]),
        ("&&a=1&", ["a", "1"]),
        ("&", []),
        ("&&&", []),
        ("a=%E2%82%AC", ["a", "\u{20ac}"]),
        ("a=1;b=2", ["a", "1;b=2"]),
        ("a%3Db=c%26d", ["a=b", "c&d"]),
        ("a=%2525", ["a", "%25"]),
        ("%61=%62", ["a", "b"]),
        ("a=%2b+%2B", ["a", "+ +"]),
        ("a=b&c", ["a", "b", "c", ""]),
        ("a=b&c=&d", ["a", "b", "c", "", "d", ""]),
        ("a=%c3%a9&%C3%A9=a", ["a", "\u{e9}", "\u{e9}", "a"]),
        ("a=%f0%9f%94%91", ["a", "\u{1f511}"]),
        ("a=?b/c#d", ["a", "?b/c#d"]),
        ("a=[]{}|^~`!@$*()'\"<>,.:", ["a", "[]{}|^~`!@$*()'\"<>,.:"]),
        ("a=%26%3D%25%2B", ["a", "&=%+"]),
        ("x=1&&y=2&&&z=3", ["x", "1", "y", "2", "z", "3"]),
        ("a=b%3D%3D", ["a", "b=="]),
        (
            "grant_type=client_credentials&scope=a+b%20c",
            ["grant_type", "client_credentials", "scope", "a b c"]
        ),
        ("a=+", ["a", " "]),
        ("+=a", [" ", "a"]),
        ("a=%20", ["a", " "]),
        ("%20=%20", [" ", " "]),
        ("%2A=*", ["*", "*"]),
        ("a=-._~", ["a", "-._~"]),
        ("a=https%3A%2F%2Fx.example%2Fcb%3Fa%3Db", ["a", "https://x.example/cb?a=b"]),
    ]

    @Test(arguments: vectors)
    func `a form is read as Python reads it`(form: String, pairs: [String]) throws {
        let fields = try parse(form)
        for index in stride(from: 0, to: pairs.count, by: 2) {
            let expected = pairs[index + 1].isEmpty ? nil : pairs[index + 1]
            #expect(value(fields, pairs[index]) == expected)
        }
        // All of it was decoded, in order, and nothing else.
        #expect(String(decoding: fields.bytes, as: UTF8.self) == pairs.joined())
    }

    static let malformed: [(FormError, [String])] = [
        (
            .percentSign,
            [
                "a=%", "a=%4", "a=%zz", "a=%4g", "a=%g4", "%=a", "a%=b", "a=%%41", "a=%&b=c",
                "a=%4&1=b", "a=%E2%82%AC%", "a=%u20ac", "a=%-1", "a=%+1", "a=%\n", "a=%4\n",
            ]
        ),
        (
            .controlCharacter,
            [
                "a=%00", "a=\u{0}", "%00=a", "a=%0a", "a=%0D", "a=%09", "a=\t", "a=%1f", "a=%7F",
                "a=\u{7f}", "a=\n&b=c", "a=b\nc=d\n", "a=\n ", "a\n=b", "a=\n\t\n", "a=%0a\n",
            ]
        ),
        (.lineBreakAtEnd, ["a=\r\n", "a=b\n", "a=b\n\n", "a=b\r", "a\n", "a=b&\n", "\r\n"]),
        (
            .invalidUTF8,
            [
                "a=%80", "a=%ff", "a=%c3", "a=%c3&b=%a9", "a=%c3%28", "a=%c0%80", "a=%c1%bf",
                "a=%e0%80%af", "a=%e0%9f%bf", "a=%ed%a0%80", "a=%ed%bf%bf", "a=%f0%8f%bf%bf",
                "a=%f4%90%80%80", "a=%f5%80%80%80", "a=%f8%88%80%80%80", "a=%e2%82", "a=\u{c3}",
                "%c3=%a9", "a=\u{fe}\u{ff}",
            ]
        ),
    ]

    @Test(arguments: malformed)
    func `a malformed encoding is refused for what it is`(cause: FormError, forms: [String]) {
        for form in forms {
            #expect(error(form) == cause, "\(form)")
            #expect(error("x=y&" + form) == cause, "\(form)")
        }
    }

    /// Beginnings that no form has, and similar ones that a form can have.
    static let beginnings: [(FormError?, [UInt8])] = [
        (.compressed, [0x1f, 0x8b, 8, 0]),
        (.controlCharacter, [0x1f, 0x8a, 8, 0]),
        (.controlCharacter, [0x1f]),
        (.byteOrderMark, [0xef, 0xbb, 0xbf] + octets("a=b")),
        (.byteOrderMark, [0xff, 0xfe, 0x61, 0]),
        (.byteOrderMark, [0xfe, 0xff, 0, 0x61]),
        (.invalidUTF8, [0xef, 0xbb]),
        (nil, [0xef, 0xbb, 0xbe] + octets("=b")),
        (nil, octets("%EF%BB%BFa=b")),
        (nil, octets("a=") + [0xef, 0xbb, 0xbf]),
    ]

    @Test(arguments: beginnings)
    func `compressed forms and byte order marks are refused by their first bytes`(
        cause: FormError?,
        form: [UInt8]
    ) {
        var thrown: FormError?
        var fields = FormFields()
        do throws(FormError) { try fields.parse(form.span) } catch { thrown = error }
        #expect(thrown == cause)
    }

    @Test func `raw and encoded bytes of one text are one text`() throws {
        let fields = try parse("a=\u{e2}\u{82}\u{ac}%E2%82%AC\u{e2}%82\u{ac}")
        #expect(value(fields, "a") == "€€€")
    }

    static let names = [
        "grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type",
        "scope", "audience", "username", "password", "refresh_token", "code", "redirect_uri",
        "code_verifier", "token", "token_type_hint", "foo", "", "Scope", "resources",
    ]

    @Test(arguments: names)
    func `a parameter given twice is refused, whatever its values`(name: String) throws {
        for (first, second) in [("=a", "=b"), ("=a", "=a"), ("=", "="), ("=", "=a"), ("=a", "=")] {
            #expect(try value(parse("\(name)=x&z=y"), name) == "x")
            var fields = FormFields()
            do throws(FormError) {
                try fields.parse(octets("\(name)\(first)&x=y&\(name)\(second)").span)
                Issue.record("accepted")
            } catch {
                guard case .duplicate(let range) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(String(decoding: fields.bytes[range], as: UTF8.self) == name)
                #expect(value(fields, name) == nil && value(fields, "x") == nil)
            }
        }
    }

    @Test func `a name is the same name however it is encoded`() {
        #expect(error("scope=a&%73cop%65=b") == .duplicate(name: 6..<11))
        #expect(error("a+b=1&a%20b=1") == .duplicate(name: 4..<7))
        #expect(error("scope=a&SCOPE=b") == nil)
        #expect(error("scope&scope") == .duplicate(name: 5..<10))
    }

    @Test func `audience may be repeated in a form for token exchange, and in no other`() throws {
        let grant = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
        let body = "audience=a&audience=&audience=b&audience=a"
        for text in ["\(grant)&\(body)", "\(body)&\(grant)", "\(body)&scope=x&\(grant)"] {
            let fields = try parse(text)
            let found = fields.audiences.map { String(decoding: fields.bytes[$0], as: UTF8.self) }
            #expect(found == ["a", "b", "a"])
            #expect(value(fields, "audience") == "a")
        }
        for other in ["", "&grant_type=", "&grant_type=client_credentials", "&\(grant)s"] {
            #expect(error("audience=a&audience=b" + other) == .duplicate(name: 9..<17))
        }
        #expect(error("audience=a&audience=b&\(grant)&scope=x&scope=y") != nil)
        #expect(try parse("audience=").audiences.isEmpty)
    }

    @Test func `resource alone may be repeated in each form`() throws {
        let fields = try parse("resource=a&resource=&resource=b&resource=a&audience=c")
        let resources = fields.resources.map { String(decoding: fields.bytes[$0], as: UTF8.self) }
        #expect(resources == ["a", "b", "a"])
        #expect(value(fields, "resource") == "a")
        #expect(try parse("resource=").resources.isEmpty)
        #expect(try parse("scope=").range(of: .resource) == nil)
    }

    @Test func `an empty value counts as left out`() throws {
        for form in ["scope=", "scope", "scope=&a=b", "", "&", "a=scope"] {
            #expect(try parse(form).range(of: .scope) == nil)
        }
        #expect(try value(parse("foo="), "foo") == nil)
        #expect(try value(parse("foo=bar"), "food") == nil)
    }

    @Test func `every parameter is found, and only under its own name`() throws {
        #expect(Parameter.allCases.count == 16)
        for name in Self.names.prefix(15) + ["resource"] {
            let fields = try parse("\(name)=v&x\(name)=1&\(name)x=2&\(name.uppercased())=3")
            let found = Parameter.allCases.filter { fields.range(of: $0) != nil }
            #expect(found.count == 1)
            #expect(value(fields, name) == "v")
        }
    }

    @Test func `more parameters than the bound are refused`() throws {
        let form = (0..<64).map { "k\($0)=v" }.joined(separator: "&")
        #expect(try value(parse(form + "&&"), "k63") == "v")
        #expect(error(form + "&k64") == .tooMany)
        #expect(error(String(repeating: "resource=a&", count: 65)) == .tooMany)
        #expect(error((0..<100_000).map { "k\($0)" }.joined(separator: "&")) == .tooMany)
        var few = FormFields(limits: HTTPLimits(formFieldsMax: 1))
        try few.parse(octets("a=b").span)
        #expect(throws: FormError.tooMany) { try few.parse(octets("a=b&c=d").span) }
    }

    @Test func `nothing of a form is left in the next`() throws {
        var fields = FormFields()
        try fields.parse(octets("client_id=a&scope=b&resource=c&foo=d").span)
        try fields.parse(octets("token=x").span)
        #expect(String(decoding: fields.bytes, as: UTF8.self) == "tokenx")
        for name in ["client_id", "scope", "resource", "foo"] {
            #expect(value(fields, name) == nil)
        }
        #expect(value(fields, "token") == "x")
        #expect(throws: FormError.percentSign) { try fields.parse(octets("code=a&b=%").span) }
        for name in ["token", "code"] { #expect(value(fields, name) == nil) }
    }
}
