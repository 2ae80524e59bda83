// SPDX-License-Identifier: Apache-2.0
import Foundation
import OAuth
import Testing

/// The names of checks, which programs that read logs and metrics go by.
struct CheckTests {
    /// Never edited but to add: a name that has changed here has broken somebody's alert.
    private static let names: Set<String> = [
        "content-type", "content-coding", "query", "form-encoding", "form-duplicate", "form-size",
        "grant-type", "scope", "resource", "binding", "token", "client-id-missing",
        "client-id-mismatch", "client-unknown", "client-disabled", "client-changed",
        "method-not-registered", "method-switched-off", "public-client",
        "authentication-mechanisms", "authorization-repeated", "authorization-scheme",
        "basic-syntax", "secret-wrong", "certificate-missing", "certificate-not-registered",
        "certificate-not-yet-valid", "certificate-expired", "certificate-malformed",
        "certificate-mismatch", "subject-mismatch", "trust-missing", "chain-refused",
        "certificate-revoked", "revocation-unknown", "proxy-unknown", "forwarded-certificate",
        "proxy-objection", "proxy-header", "assertion-missing", "assertion-type",
        "assertion-not-registered", "keys-not-fetched", "assertion-size", "assertion-parts",
        "assertion-base64url", "assertion-header", "assertion-alg-missing", "assertion-crit",
        "assertion-claims", "assertion-alg", "assertion-typ", "assertion-kid",
        "assertion-kid-ambiguous", "assertion-secret-short", "assertion-signature",
        "assertion-iss", "assertion-sub", "assertion-aud", "assertion-jti",
        "assertion-exp-missing", "assertion-exp-far", "assertion-expired", "assertion-early",
        "assertion-repeated", "assertion-queue", "assertion-not-kept", "password",
        "password-parameters", "password-failures", "workers", "token-keys",
        "administration-credential",
        "answer-mismatch", "code", "code-verifier", "redirect-uri", "refresh-token", "grant-queue",
        "store-stale",
        "grant-not-kept", "grants-full", "token-algorithm", "revocations-full", "response-type",
        "code-challenge", "pushed-request",
        "consent", "form-token", "user-subject", "client-rate", "address-rate", "issuer-unknown",
        "issuer-client", "issuer-subject", "issuer-keys", "issuer-delegation", "issuer-binding",
        "exchange-parameters", "subject-token", "subject-token-revoked", "subject-token-party",
        "subject-token-audience", "subject-token-binding", "actor-token", "may-act",
        "actor-chain",
        "consent", "form-token", "user-subject", "client-rate", "address-rate",
        "svid", "spiffe-id-mismatch", "bundle-stale",
    ]

    @Test func `checks have the names that they always had`() {
        let found = Set(Check.allCases.map(\.rawValue))
        #expect(found.subtracting(Self.names) == [])
        #expect(Self.names.subtracting(found) == [])
        #expect(Check.allCases.count == found.count)
    }

    /// The names in the first column of the table of checks.
    private static func documented(_ text: String) -> [String] {
        let section = text.components(separatedBy: "### Checks").dropFirst().first ?? ""
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
        return rows.flatMap { row -> [String] in
            let cell = row.split(separator: "|").first ?? ""
            return cell.split(separator: "`").map(String.init).filter {
                !$0.contains(" ") && !$0.contains(",")
            }
        }
    }

    @Test func `each check is documented once, and nothing else is`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "Documentation/metrics-and-log.md")
        let documented = Self.documented(try String(contentsOf: file, encoding: .utf8))
        #expect(documented.count == Set(documented).count)
        #expect(Set(documented) == Self.names)
    }

    @Test func `the table's reader sees what is missing and what is too much`() {
        let table = "### Checks\n\n| check | what |\n| --- | --- |\n| `a-b`, `c` | x `d` |\n"
        #expect(Self.documented(table) == ["a-b", "c"])
        #expect(Self.documented("no table\n| `a` |") == [])
    }
}
