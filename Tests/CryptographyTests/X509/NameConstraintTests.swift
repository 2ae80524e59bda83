// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// Name constraints (RFC 5280 §4.2.1.10): malformed ones refuse what is below, good ones are kept.
@Suite struct NameConstraintTests {
    let openssl: OpenSSLCommand

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/CN=Root")
    }

    private enum Form: UInt8 {
        case email = 0x81
        case dns = 0x82
        case uri = 0x86
        case ip = 0x87
        case registered = 0x88
    }

    private static func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { octet in
            let digits = String(octet, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// The result for a leaf with `names` under a CA with an extension of these octets.
    private func result(
        _ value: [UInt8],
        names: String,
        subject: String = "/CN=client"
    ) throws -> ChainError.Code? {
        try openssl.key("c")
        try openssl.sign(
            "c",
            subject: "/CN=C",
            by: "root",
            extensions: OpenSSLCommand.forCA
                + "nameConstraints=critical,DER:\(Self.hexadecimal(value))\n"
        )
        let alternative = names.isEmpty ? "" : "subjectAltName=\(names)\n"
        try openssl.leaf(
            "a",
            by: "c",
            subject: subject,
            extensions: OpenSSLCommand.forClient + alternative
        )
        let found = try openssl.examine("a", through: ["c"])
        #expect(found.error == nil || found.refusedBy == .nameConstraints)
        return found.error?.code
    }

    /// The value of an extension with one subtree, `after` being what follows its base.
    private static func one(
        _ form: UInt8,
        _ content: [UInt8],
        isPermitted: Bool = true,
        after: [UInt8] = []
    ) -> [UInt8] {
        let subtree = element(0x30, element(form, content) + after)
        return element(0x30, element(isPermitted ? 0xA0 : 0xA1, subtree))
    }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        SyntheticCertificate.element(tag, content)
    }

    @Test(
        arguments: [
            ("in.example", true), ("IN.example", true), (".in.example", false),
            ("*.in.example", false), ("in.example.", false), ("", false), ("192.0.2.1", false),
            ("a b.example", false), ("in..example", false), ("in.example\u{0}", false),
            ("https://in.example", false),
        ]
    )
    func `a DNS constraint is a host name`(text: String, isGood: Bool) throws {
        let value = Self.one(Form.dns.rawValue, Array(text.utf8))
        #expect(try result(value, names: "DNS:a.in.example") == (isGood ? nil : .nameConstraints))
    }

    @Test func `an empty DNS name excludes them all`() throws {
        let value = Self.one(Form.dns.rawValue, [], isPermitted: false)
        #expect(try result(value, names: "DNS:a.in.example") == .nameConstraints)
        #expect(try result(value, names: "URI:urn:example:a") == nil)
    }

    @Test(
        arguments: [
            ("in.example", true), ("a@in.example", true), (".in.example", false),
            ("a@b@in.example", false), ("@in.example", false), ("*@in.example", false),
            ("a@", false), ("", false), ("a@.in.example", false),
        ]
    )
    func `a mail constraint is a mailbox, a host or a domain`(text: String, isGood: Bool) throws {
        let value = Self.one(Form.email.rawValue, Array(text.utf8))
        let code = try result(value, names: "email:a@in.example")
        #expect(code == (isGood ? nil : .nameConstraints))
    }

    @Test func `a mail domain permits the hosts below it`() throws {
        let value = Self.one(Form.email.rawValue, Array(".in.example".utf8))
        #expect(try result(value, names: "email:a@x.in.example") == nil)
        #expect(try result(value, names: "email:a@x.out.example") == .nameConstraints)
    }

    @Test(
        arguments: [
            ("in.example", true), ("https://in.example", false), ("192.0.2.1", false),
            ("", false), ("in.example/x", false), ("in.example:443", false),
        ]
    )
    func `a URI constraint is a host or a domain`(text: String, isGood: Bool) throws {
        let value = Self.one(Form.uri.rawValue, Array(text.utf8))
        let code = try result(value, names: "URI:https://in.example/x")
        #expect(code == (isGood ? nil : .nameConstraints))
    }

    @Test(
        arguments: [
            ([192, 0, 2, 0, 255, 255, 255, 0], true), ([192, 0, 2, 0, 255, 255, 255, 128], true),
            ([0, 0, 0, 0, 0, 0, 0, 0], true), ([192, 0, 2, 1, 255, 255, 255, 255], true),
            ([192, 0, 2, 0, 255, 0, 255, 0], false), ([192, 0, 2, 0, 0, 255, 255, 0], false),
            ([192, 0, 2, 0, 255, 255, 255], false), ([192, 0, 2, 0], false), ([], false),
            ([192, 0, 2, 0, 255, 255, 255, 0, 0], false),
            ([192, 0, 2, 0, 255, 255, 253, 0], false),
        ] as [([UInt8], Bool)]
    )
    func `an IP constraint is an address and a mask`(octets: [UInt8], isGood: Bool) throws {
        let value = Self.one(Form.ip.rawValue, octets)
        #expect(try result(value, names: "IP:192.0.2.1") == (isGood ? nil : .nameConstraints))
    }

    @Test(
        arguments: [
            ([], nil), ([0x80, 0x01, 0x01], .nameConstraints),
            ([0x81, 0x01, 0x09], .nameConstraints),
            ([0x80, 0x01, 0x00], .nameConstraints), ([0x05, 0x00], .nameConstraints),
        ] as [([UInt8], ChainError.Code?)]
    )
    func `a subtree has neither minimum nor maximum`(
        after: [UInt8],
        code: ChainError.Code?
    ) throws {
        let value = Self.one(Form.dns.rawValue, Array("in.example".utf8), after: after)
        #expect(try result(value, names: "DNS:a.in.example") == code)
    }

    @Test func `empty constraints and unknown parts are refused`() throws {
        let dns = Self.element(0x30, Self.element(0x82, Array("in.example".utf8)))
        let good = Self.element(0xA0, dns)
        for content in [
            [], Self.element(0xA0, []), Self.element(0xA1, []), good + Self.element(0xA1, []),
            good + good, good + Self.element(0xA2, dns), Self.element(0xA1, dns) + good,
        ] {
            let value = Self.element(0x30, content)
            #expect(try result(value, names: "DNS:a.in.example") == .nameConstraints)
        }
        #expect(try result(Self.element(0x30, good), names: "DNS:a.in.example") == nil)
    }

    @Test(arguments: [true, false])
    func `a type that is not understood binds where it occurs`(isPermitted: Bool) throws {
        // 1.2.3, and the leaf has 1.2.4.
        let value = Self.one(Form.registered.rawValue, [0x2A, 0x03], isPermitted: isPermitted)
        #expect(try result(value, names: "RID:1.2.4") == .nameConstraints)
        #expect(try result(value, names: "DNS:a.in.example") == nil)
        let other = Self.one(
            0xA0,
            [0x06, 0x02, 0x2A, 0x03, 0xA0, 0x02, 0x05, 0x00],
            isPermitted: isPermitted
        )
        #expect(try result(other, names: "otherName:1.2.3;UTF8:x") == .nameConstraints)
        #expect(try result(other, names: "DNS:a.in.example") == nil)
    }

    @Test(
        arguments: [
            ("DNS:a.in.example", true), ("DNS:*.in.example", true), ("DNS:.in.example", false),
            ("DNS:a.in.example.", false), ("DNS:a..in.example", false),
            ("DNS:a.out.example", false),
            ("DNS:in.example,DNS:out.example", false), ("URI:urn:example:a", true),
            ("IP:192.0.2.1", true),
        ]
    )
    func `names are within a DNS constraint, and well formed`(name: String, isGood: Bool) throws {
        let value = Self.one(Form.dns.rawValue, Array("in.example".utf8))
        #expect(try result(value, names: name) == (isGood ? nil : .nameConstraints))
    }

    @Test func `a wildcard may not stand for a name that is excluded`() throws {
        let value = Self.one(Form.dns.rawValue, Array("bar.in.example".utf8), isPermitted: false)
        #expect(try result(value, names: "DNS:*.in.example") == .nameConstraints)
        #expect(try result(value, names: "DNS:*.bar.in.example") == .nameConstraints)
        #expect(try result(value, names: "DNS:*.out.example") == nil)
        #expect(try result(value, names: "DNS:foo.in.example") == nil)
    }

    @Test(
        arguments: [
            ("URI:https://in.example:8/x", true), ("URI:https://in.example", true),
            ("URI:spiffe://in.example/x", true),
            ("URI:urn:example:a", false), ("URI:https://192.0.2.1/", false),
            ("URI:https://[2001:db8::1]/", false), ("URI:https://out.example/", false),
            ("URI:https://out.example/?//in.example", false), ("DNS:out.example", true),
        ]
    )
    func `a URI under constraints has a host name`(name: String, isGood: Bool) throws {
        let value = Self.one(Form.uri.rawValue, Array("in.example".utf8))
        #expect(try result(value, names: name) == (isGood ? nil : .nameConstraints))
    }

    @Test func `the host of a URI is compared, and nothing else of it`() throws {
        let excluded = Self.one(Form.uri.rawValue, Array("out.example".utf8), isPermitted: false)
        for path in ["/", "/a:b", "?a", ":8/", ""] {
            let code = try result(excluded, names: "URI:https://OUT.example\(path)")
            #expect(code == .nameConstraints)
        }
        #expect(try result(excluded, names: "URI:https://u@out.example/") == .nameConstraints)
        #expect(try result(excluded, names: "URI:https://in.example/out.example") == nil)
        let below = Self.one(Form.uri.rawValue, Array(".in.example".utf8))
        #expect(try result(below, names: "URI:https://a.in.example/x") == nil)
        let code = try result(below, names: "URI:https://out.example/x.in.example:8")
        #expect(code == .nameConstraints)
    }

    @Test(arguments: [(512, true), (513, false)])
    func `the number of constraints is bounded`(count: Int, isGood: Bool) throws {
        let subtrees = (1..<count).map { number in
            Self.element(0x30, Self.element(0x82, Array("n\(number).example".utf8)))
        }
        let last = Self.element(0x30, Self.element(0x82, Array("in.example".utf8)))
        let value = Self.element(0x30, Self.element(0xA0, Array(subtrees.joined()) + last))
        let code = try result(value, names: "DNS:a.in.example")
        #expect(code == (isGood ? nil : .nameConstraints))
    }

    @Test func `a common name is no host name`() throws {
        let value = Self.one(Form.dns.rawValue, Array("in.example".utf8))
        #expect(try result(value, names: "", subject: "/CN=host.out.example") == nil)
        #expect(try result(value, names: "DNS:host.out.example", subject: "/CN=x") != nil)
    }

    @Test func `a leaf with constraints is refused`() throws {
        for mark in ["critical,", ""] {
            try openssl.leaf(
                "a",
                by: "root",
                extensions: OpenSSLCommand.forClient
                    + "nameConstraints=\(mark)permitted;DNS:in.example\n"
            )
            let found = try openssl.examine("a")
            #expect(found.error?.code == .nameConstraints)
            #expect(found.refusedBy == .nameConstraints)
        }
        try openssl.leaf("b", by: "root", extensions: OpenSSLCommand.forClient)
        #expect(try openssl.examine("b").error == nil)
    }

    @Test func `constraints of the registered CA itself are kept`() throws {
        try openssl.ca(
            "own",
            subject: "/CN=Own",
            extra: "nameConstraints=critical,permitted;DNS:in.example\n"
        )
        for (name, code) in [("a.in.example", nil), ("a.out.example", .nameConstraints)]
            as [(String, ChainError.Code?)]
        {
            try openssl.leaf(
                "a",
                by: "own",
                extensions: OpenSSLCommand.forClient + "subjectAltName=DNS:\(name)\n"
            )
            #expect(try openssl.examine("a", to: ["own"]).error?.code == code)
        }
    }
}
