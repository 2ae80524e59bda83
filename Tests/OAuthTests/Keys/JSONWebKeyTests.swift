// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing
import Text

@testable import OAuth

struct JSONWebKeyTests {
    private func read(_ text: String) throws -> JSONWebKey {
        try JSONWebKey(try value(text))
    }

    private func value(_ text: String) throws -> JSONValue {
        let value = JSONValue(Array(text.utf8).span)
        return try #require(value, "\(text)")
    }

    private func error(_ text: String) throws -> JSONWebKeyError? {
        let value = try value(text)
        do throws(JSONWebKeyError) {
            _ = try JSONWebKey(value)
            return nil
        } catch { return error }
    }

    private func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }

    // MARK: the RFCs' examples

    // RFC 7517, appendix A.1.
    private let modulus =
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1"
        + "L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4"
        + "QyQ5v-65YGjQR0_FDW2Qvzqe5EwJU4TmMGUjK4KfC6dZ1bMGJKm0vEQ9XJGZKzMaFp_uSAG3tq8Ni1b4"
        + "e3bAHFKgUyg6F0xJfbLdRj2bvLk_mNvjs3rCHBrg0oR6bNGnqQm8W_c0dcpUAFRe7DFfBhGd9n1jzJWd"
        + "Y0LcOT1wHdx9A1vC5yUcDw"
    private let privateExponent =
        #""d":"X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURk""#

    @Test func `RFC 7517's keys are read, each with what it says about itself`() throws {
        let rsa = try read(
            #"{"kty":"RSA","n":"\#(modulus)","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#
        )
        #expect(rsa.keyID == "2011-04-29")
        #expect(rsa.algorithm == .rs256)
        #expect(rsa.certificates.isEmpty)
        #expect(rsa.fits(.rs256) && !rsa.fits(.ps256) && !rsa.fits(.es256))
        // RFC 7638 §3.1 has the same key without the algorithm.
        let free = try read(#"{"kty":"RSA","n":"\#(modulus)","e":"AQAB"}"#)
        #expect(free.digest == rsa.digest)
        #expect(free.fits(.rs256) && free.fits(.ps512) && !free.fits(.edDSA))
        let point = try read(
            #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#
                + #""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","use":"sig","kid":"1"}"#
        )
        #expect(point.fits(.es256) && !point.fits(.es384) && !point.fits(.rs256))
        // RFC 8037, appendix A.2.
        let edwards = try read(
            #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
        )
        #expect(edwards.keyID == nil)
        #expect(edwards.fits(.edDSA) && !edwards.fits(.es256))
    }

    @Test func `RFC 7517's private and symmetric keys are refused as such`() throws {
        let texts = [
            #"{"kty":"RSA","n":"\#(modulus)","e":"AQAB",\#(privateExponent)}"#,
            #"{"kty":"oct","alg":"A128KW","k":"GawgguFyGrWKav7AX4VKUg"}"#,
            #"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","#
                + #""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        ]
        for text in texts { #expect(try error(text)?.kind == .secret, "\(text)") }
    }

    @Test(arguments: ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])
    func `a secret member is refused in whatever key it stands`(name: String) throws {
        let key = try ClientKey(.rsa)
        #expect(try error(try key.jwk()) == nil)
        // A serializer's null for what is not there shows nothing.
        #expect(try error(try key.jwk([name: NSNull()])) == nil)
        for value in ["AQAB", "", 0, false, [String](), [NSNull()]] as [Any] {
            let error = try error(try key.jwk([name: value]))
            #expect(error?.kind == .secret)
            #expect(error?.description.contains("`\(name)`") == true)
        }
        // Also in one that would be left out.
        #expect(try error(try key.jwk([name: "AQAB", "use": "enc"]))?.kind == .secret)
        #expect(try error(#"{"kty":"new","\#(name)":"AQAB"}"#)?.kind == .secret)
    }

    // MARK: keys of openssl

    @Test(arguments: [ClientKey.Kind.p256, .p384, .p521, .rsa, .ed25519])
    func `a key of openssl is the one that openssl has`(kind: ClientKey.Kind) throws {
        let key = try ClientKey(kind)
        let read = try read(try key.jwk(["kid": "a", "x5t": "ignored", "use": "sig"]))
        #expect(read.subjectPublicKeyInfo == key.publicDER)
        #expect(read.digest == Digest256.of(key.publicDER))
    }

    @Test(arguments: [ClientKey.Kind.p256, .p384, .p521, .rsa, .ed25519])
    func `a key without one of its numbers, or with another text there, is broken`(
        kind: ClientKey.Kind
    ) throws {
        let key = try ClientKey(kind)
        for name in key.members.keys where name != "kty" && name != "crv" {
            let numbers: [Any?] = [nil, "", "A", "AQ==", "a+b/", "AQAB\n", 3, NSNull(), ["AQAB"]]
            for wrong in numbers {
                let error = try error(try key.jwk([name: wrong]))
                #expect(error?.kind == .broken, "\(name) \(String(describing: wrong))")
            }
        }
    }

    @Test func `a weak RSA key is broken, with its size as the reason`() throws {
        let error = try error(try ClientKey(.weak).jwk())
        #expect(error?.kind == .broken)
        #expect(error?.description == "Its RSA key has 1024 bits. Use at least 2048.")
    }

    @Test func `a point that is not on its curve is broken`() throws {
        let (one, other) = (try ClientKey(.p256), try ClientKey(.p256))
        #expect(try error(try one.jwk()) == nil)
        let mixed = try error(try one.jwk(["y": other.members["y"]]))
        #expect(mixed?.kind == .broken)
        #expect(mixed?.description == "Its numbers are no public key.")
        // A point of one curve is none of another.
        #expect(try error(try one.jwk(["crv": "P-384"]))?.kind == .broken)
    }

    // MARK: what it is for

    @Test(
        arguments: [
            ("use", "enc", .foreign), ("use", "SIG", .foreign), ("use", 1, .broken),
            ("key_ops", ["sign"], .foreign), ("key_ops", [String](), .foreign),
            ("key_ops", ["verify", "verify"], .broken), ("key_ops", "verify", .broken),
            ("key_ops", [1], .broken), ("alg", "RSA-OAEP", .foreign), ("alg", "none", .foreign),
            ("alg", "HS256", .foreign), ("alg", "es256", .foreign), ("alg", 256, .broken),
            ("alg", "RS256", .broken), ("alg", "ES384", .broken), ("kty", "RSA", .broken),
            ("kty", "AKP", .foreign), ("kty", "oct", .foreign), ("kty", 1, .broken),
            ("crv", "secp256k1", .foreign), ("crv", "P-257", .foreign), ("crv", NSNull(), .broken),
            ("kid", 7, .broken), ("kid", String(repeating: "k", count: 257), .broken),
        ] as [(String, any Sendable, JSONWebKeyError.Kind)]
    )
    func `a member says that the key is for something else, or wrong`(
        name: String,
        value: any Sendable,
        kind: JSONWebKeyError.Kind
    ) throws {
        #expect(try error(try ClientKey(.p256).jwk([name: value]))?.kind == kind)
    }

    @Test(
        arguments: [
            ("use", "sig"), ("key_ops", ["verify"]), ("key_ops", ["encrypt", "verify"]),
            ("alg", "ES256"), ("kid", ""), ("kid", String(repeating: "k", count: 256)),
            ("use", NSNull()), ("key_ops", NSNull()), ("alg", NSNull()), ("kid", NSNull()),
            ("x5c", NSNull()),
        ] as [(String, any Sendable)]
    )
    func `a member agrees with what the key is`(name: String, value: any Sendable) throws {
        #expect(try error(try ClientKey(.p256).jwk([name: value])) == nil)
    }

    @Test func `keys of Montgomery's curves are for something else`() throws {
        let x = #""x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08""#
        #expect(try error(#"{"kty":"OKP","crv":"X25519",\#(x)}"#)?.kind == .foreign)
        #expect(try error(#"{"kty":"OKP",\#(x)}"#)?.kind == .broken)
    }

    @Test func `what is no object is broken`() throws {
        for text in ["[]", "1", "null", #""key""#, "{}", #"{"kid":"a"}"#] {
            #expect(try error(text)?.kind == .broken)
        }
    }

    // MARK: certificates

    @Test(arguments: [ClientKey.Kind.p256, .p384, .rsa, .ed25519])
    func `the key's own certificate comes along, and those above it`(kind: ClientKey.Kind) throws {
        let (key, above) = (try ClientKey(kind), try ClientKey())
        let own = base64(key.certificate)
        #expect(try read(try key.jwk(["x5c": [own]])).certificates == [key.certificate])
        let both = try read(try key.jwk(["x5c": [own, base64(above.certificate)]]))
        #expect(both.certificates == [key.certificate, above.certificate])
    }

    @Test func `certificates that are not right make the key broken`() throws {
        let (key, other) = (try ClientKey(), try ClientKey())
        let own = base64(key.certificate)
        #expect(try error(try key.jwk(["x5c": [own]])) == nil)
        let url = Assertion.base64URL(key.certificate)
        let wrong: [Any] = [
            [String](), own, [1], [NSNull()], [""], ["MIIB"], ["\(own)\n"], [own + "AAAA"],
            [url + "=="], ["-----BEGIN CERTIFICATE-----"], [base64(other.certificate)],
            [base64(other.certificate), own], [own, "!"], [String](repeating: own, count: 9),
            [base64(key.publicDER)], [base64(Array(key.certificate.dropLast()))],
        ]
        for chain in wrong {
            #expect(try error(try key.jwk(["x5c": chain]))?.kind == .broken, "\(chain)")
        }
    }
}
