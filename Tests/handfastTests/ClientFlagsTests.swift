// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Cryptography
import Foundation
import Registration
import Storage
import Testing
import Text

@testable import handfast

/// Flags to values: what `client add` and `client update` say, and what they refuse by themselves.
struct ClientFlagsTests {
    private func change(_ arguments: String...) throws -> ClientChange {
        try ClientOptions.parse(arguments).change(now: 1_796_083_200)
    }

    @Test func `no flag says nothing`() throws {
        #expect(try change().isEmpty)
    }

    @Test func `each flag says one thing`() throws {
        let table: [([String], (inout ClientChange) throws -> Void)] = [
            (["--auth-method", "magic"], { $0.method = "magic" }),
            (["--auth-signing-alg", "ES256"], { $0.signingAlgorithm = "ES256" }),
            (["--grant-types", "a,b,,c"], { $0.grantTypes = ["a", "b", "c"] }),
            (["--grant-types", ""], { $0.grantTypes = [] }),
            (["--scope", "a  b"], { $0.scopes = ["a", "b"] }),
            (["--scope", ""], { $0.scopes = [] }),
            (
                ["--redirect-uri", "https://a.example/", "--redirect-uri", "b"],
                { $0.redirectURIs = ["https://a.example/", "b"] }
            ),
            (["--audience", "x"], { $0.audiences = ["x"] }),
            (["--token-format", "sealed"], { $0.tokenFormat = "sealed" }),
            (["--token-lifetime", "-5"], { _ in }),
            (["--token-lifetime=60"], { $0.tokenLifetime = 60 }),
            (["--reuse-window", "0"], { $0.reuseWindow = 0 }),
            (["--introspect"], { $0.mayIntrospect = true }),
            (["--no-introspect"], { $0.mayIntrospect = false }),
            (["--bound-tokens"], { $0.boundTokens = true }),
            (["--no-bound-tokens"], { $0.boundTokens = false }),
            (["--jwks-uri", "x"], { $0.keysURI = "x" }),
            (["--trust-set", "x y"], { $0.trustSet = "x y" }),
            (["--subject-dn", "CN=a"], { $0.subject = try .init(.distinguishedName, "CN=a") }),
            (["--san-dns", "a.example"], { $0.subject = try .init(.dns, "a.example") }),
            (["--san-uri", "https://a/"], { $0.subject = try .init(.uri, "https://a/") }),
            (["--san-ip", "::1"], { $0.subject = try .init(.ip, "::1") }),
            (["--san-email", "a@b.example"], { $0.subject = try .init(.email, "a@b.example") }),
        ]
        try expect(table)
    }

    @Test func `each flag of grants and tokens says one thing`() throws {
        try expect([
            (["--refresh-rotation", "on"], { $0.refreshRotation = .value(true) }),
            (["--refresh-rotation", "off"], { $0.refreshRotation = .value(false) }),
            (["--refresh-rotation", "default"], { $0.refreshRotation = .byDefault }),
            (["--refresh-lifetime", "60"], { $0.refreshLifetime = .value(60) }),
            (["--refresh-lifetime=-5"], { $0.refreshLifetime = .value(-5) }),
            (["--refresh-lifetime", "default"], { $0.refreshLifetime = .byDefault }),
            (["--refresh-idle", "60"], { $0.refreshIdle = .value(60) }),
            (["--refresh-idle", "default"], { $0.refreshIdle = .byDefault }),
            (["--rate", "100/60"], { $0.rate = .value("100/60") }),
            (["--rate", "x"], { $0.rate = .value("x") }),
            (["--rate", "default"], { $0.rate = .byDefault }),
            (
                ["--own-audience", "https://gw.example", "--own-audience", "b"],
                { $0.ownAudiences = ["https://gw.example", "b"] }
            ),
            (["--own-audience", "none"], { $0.ownAudiences = [] }),
            (["--exchange", "impersonate"], { $0.exchangeMode = .value("impersonate") }),
            (["--exchange", "x"], { $0.exchangeMode = .value("x") }),
            (["--exchange-bound-tokens"], { $0.exchangesBoundTokens = true }),
            (["--no-exchange-bound-tokens"], { $0.exchangesBoundTokens = false }),
            (
                ["--grant-types", "client_credentials,token_exchange,x"],
                {
                    $0.grantTypes = [
                        "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange",
                        "x",
                    ]
                }
            ),
            (["--require-par"], { $0.requiresPushedRequests = true }),
            (["--no-require-par"], { $0.requiresPushedRequests = false }),
            (["--token-signing-alg", "PS256"], { $0.tokenSigningAlgorithm = "PS256" }),
            (
                ["--claim", "a=1", "--claim", "b=[\"x=y\"]", "--claim", "c=x", "--claim", "d"],
                {
                    $0.claims = [
                        StaticClaim(name: "a", value: .integer(1)),
                        StaticClaim(name: "b", value: .array([.string("x=y")])),
                        // Neither is JSON, which the registration refuses by name.
                        StaticClaim(name: "c", value: nil), StaticClaim(name: "d", value: nil),
                    ]
                }
            ),
        ])
    }

    private func expect(_ table: [([String], (inout ClientChange) throws -> Void)]) throws {
        for (arguments, write) in table {
            // A value that looks like a flag is none.
            guard let options = try? ClientOptions.parse(arguments) else {
                #expect(arguments == ["--token-lifetime", "-5"])
                continue
            }
            var expected = ClientChange()
            try write(&expected)
            #expect(try options.change(now: 0) == expected, "\(arguments)")
        }
    }

    @Test func `Go's order is for a distinguished name`() throws {
        let subject = try change("--subject-dn", "CN=x,O=y,C=LK", "--subject-order", "go").subject
        #expect(subject?.text == "CN=x,O=y,C=LK")
        #expect(throws: (any Error).self) {
            try change("--san-dns", "a.example", "--subject-order", "go")
        }
    }

    @Test func `flags that exclude each other are refused, with what to do`() {
        for (arguments, word) in [
            (["--subject-dn", "CN=a", "--san-dns", "a.example"], "one subject"),
            (["--subject-order", "go"], "--subject-dn"),
            (["--refresh-rotation", "yes"], "--refresh-rotation"),
            (["--refresh-lifetime", "1d"], "--refresh-lifetime"),
            (["--allow-server-auth-until", "2027-01-01"], "trust-set add NAME"),
        ] {
            #expect {
                try ClientOptions.parse(arguments)
            } throws: { error in
                ClientOptions.message(for: error).contains(word)
            }
        }
    }

    @Test func `an update takes claims away, and tokens of one owner are taken back`() throws {
        let line = ["x", "--no-claim", "a", "--no-claim", "b", "--no-claims"]
        let update = try ClientUpdate.parse(line)
        #expect(update.removeClaim == ["a", "b"] && update.removeClaims)
        #expect(try TokenRevoke.parse(["--client", "x"]).client == "x")
        #expect(try TokenRevoke.parse(["--user", "x"]).user == "x")
        for line in [[], ["--client", "x", "--user", "y"]] {
            #expect {
                try TokenRevoke.parse(line)
            } throws: { error in
                TokenRevoke.message(for: error).contains("either")
            }
        }
    }

    @Test func `everything that is wrong with files is said at once, with their names`() {
        #expect {
            try change("--certificate", "/absent/a.pem", "--jwks", "/absent/b.jwks")
        } throws: { error in
            let lines = (error as? RegistrationError)?.lines ?? []
            return lines.count == 2 && lines[0].hasPrefix("/absent/a.pem: ")
                && lines[1].hasPrefix("/absent/b.jwks: ")
        }
    }

    @Test func `a thumbprint that begins with a hyphen goes behind the flags`() {
        let thumbprint = "-" + String(repeating: "A", count: 42)
        let command = ["client", "certificate", "remove"]
        #expect(
            ClientCertificateRemove.arranged(command + ["x", thumbprint, "--data", "d"])
                == command + ["x", "--data", "d", "--", thumbprint]
        )
        for other in [
            ["client", "show", thumbprint], command + ["x", "--", thumbprint], command + ["x"],
            command + ["x", "-A"],
        ] {
            #expect(ClientCertificateRemove.arranged(other) == other)
        }
    }
}
