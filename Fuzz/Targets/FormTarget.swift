// SPDX-License-Identifier: Apache-2.0
@testable import HTTP

/// The input is a form.
///
/// Promises: it is taken exactly when a plain reading of the WHATWG's rules finds no fault in it,
/// and then every parameter has the value of that reading; what came before leaves nothing behind.
enum FormTarget {
    private static let countMax = HTTPLimits().formFieldsMax
    private static let names: [(String, Parameter)] = [
        ("grant_type", .grantType), ("client_id", .clientID), ("client_secret", .clientSecret),
        ("client_assertion", .clientAssertion), ("client_assertion_type", .clientAssertionType),
        ("scope", .scope), ("username", .username),
        ("password", .password), ("refresh_token", .refreshToken), ("code", .code),
        ("redirect_uri", .redirectURI), ("code_verifier", .codeVerifier), ("token", .token),
        ("token_type_hint", .tokenTypeHint),
    ]

    static func test(_ input: [UInt8]) {
        var fields = FormFields()
        try? fields.parse(Array("scope=before&x=y&resource=z".utf8).span)
        var isTaken = true
        do throws(FormError) { try fields.parse(input.span) } catch { isTaken = false }
        let model = plain(input)
        claim(isTaken == (model != nil), "a form is taken when it has no fault")
        guard let model else {
            let known = names.compactMap { fields.range(of: $0.1) }
            claim(
                known.isEmpty && fields.resources.isEmpty && fields.audiences.isEmpty,
                "after a fault nothing is there"
            )
            return
        }
        for (name, parameter) in names {
            let expected = model.first { $0.name.elementsEqual(name.utf8) }?.value ?? []
            let found = fields.range(of: parameter).map { Array(fields.bytes[$0]) }
            claim(found ?? [] == expected && found != [], "\(name) has its value")
        }
        let resources = model.filter { $0.name.elementsEqual("resource".utf8) }.map(\.value)
        let found = fields.resources.map { Array(fields.bytes[$0]) }
        claim(found == resources.filter { !$0.isEmpty }, "each resource is there, in order")
        let audiences = model.filter { $0.name.elementsEqual("audience".utf8) }.map(\.value)
        let named = fields.audiences.map { Array(fields.bytes[$0]) }
        claim(named == audiences.filter { !$0.isEmpty }, "and so is each audience")
        for pair in model {
            guard let name = String(validating: pair.name, as: UTF8.self) else {
                return claim(false, "a name is text")
            }
            if name == "resource" || name == "audience" || names.contains(where: { $0.0 == name }) {
                continue
            }
            let value = fields.range(named: name).map { Array(fields.bytes[$0]) }
            claim(value ?? [] == pair.value && value != [], "other parameters have theirs")
        }
    }

    private static func plain(_ input: [UInt8]) -> [(name: [UInt8], value: [UInt8])]? {
        let pairs = input.split(separator: UInt8(ascii: "&"))
        guard pairs.count <= countMax else { return nil }
        var found: [(name: [UInt8], value: [UInt8])] = []
        for pair in pairs {
            let parts = pair.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let name = decoded(parts[0]),
                let value = decoded(parts.count > 1 ? parts[1] : [])
            else { return nil }
            let isRepeated = found.contains { $0.name == name }
            let mayBe = ["resource", "audience"].contains { name.elementsEqual($0.utf8) }
            guard !isRepeated || mayBe else { return nil }
            found.append((name, value))
        }
        // RFC 8693 §2.1: in a token exchange alone.
        let grant = found.first { $0.name.elementsEqual("grant_type".utf8) }?.value ?? []
        let isExchange = grant.elementsEqual(
            "urn:ietf:params:oauth:grant-type:token-exchange".utf8
        )
        let audiences = found.count { $0.name.elementsEqual("audience".utf8) }
        guard audiences < 2 || isExchange else { return nil }
        return found
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): out.append(0x20)
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2).compactMap { digit in
                    Unicode.Scalar(digit).isASCII ? Character(.init(digit)).hexDigitValue : nil
                }
                guard digits.count == 2 else { return nil }
                rest = rest.dropFirst(2)
                out.append(UInt8(digits[0] * 16 + digits[1]))
            default: out.append(byte)
            }
        }
        guard !out.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return nil }
        return String(validating: out, as: UTF8.self) == nil ? nil : out
    }
}
