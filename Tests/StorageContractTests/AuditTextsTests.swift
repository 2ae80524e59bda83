// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

/// The words of the audit, and the bytes that its codes are made of.
struct AuditTextsTests {
    private let entry = AuditEntry(
        sequence: 7,
        time: 1_000,
        author: "command:ann",
        kind: "client",
        id: "c1",
        action: "add",
        before: nil,
        after: #"{"enabled":true}"#
    )

    @Test func `an entry in one line of JSON`() {
        #expect(
            String(decoding: entry.line, as: UTF8.self)
                == #"{"action":"add","after":{"enabled":true},"author":"command:ann","#
                + #""before":null,"id":"c1","kind":"client","sequence":7,"time":1000}"#
        )
        var odd = entry
        odd.before = "no object\n"
        #expect(String(decoding: odd.line, as: UTF8.self).contains(#""before":"no object\n","#))
    }

    @Test func `two entries that differ anywhere have two messages`() {
        var others = [entry, entry, entry, entry, entry, entry, entry, entry, entry, entry, entry]
        others[1].sequence = 8
        others[2].time = 7
        others[3].author = "command:an"
        others[3].kind = "nclient"
        others[4].kind = "clientc"
        others[4].id = "1"
        others[5].id = "c1a"
        others[5].action = "dd"
        (others[6].before, others[6].after) = (entry.after, nil)
        others[7].before = ""
        others[8].after = nil
        others[9].after = ""
        others[10].after = #"{"enabled":true} "#
        let messages = others.map { AuditChain.message($0, after: AuditChain.start) }
        #expect(Set(messages).count == messages.count)
        let behind = AuditChain.message(entry, after: [UInt8](repeating: 1, count: 32))
        #expect(!messages.contains(behind))
    }

    @Test func `a mark's text leads back to it, and another text to none`() {
        let mark = AuditMark(sequence: 12, code: (0..<32).map { $0 })
        let hexadecimal = mark.text.dropFirst(3)
        #expect(mark.text.hasPrefix("12:0001") && AuditMark(text: mark.text) == mark)
        for text in [
            "", ":", "12", "12:", "012:\(hexadecimal)", "0:\(hexadecimal)", "-1:\(hexadecimal)",
            "12:\(hexadecimal)00", "12:\(hexadecimal.dropLast())", "12:\(hexadecimal.dropLast())g",
            "12:\(hexadecimal):", " 12:\(hexadecimal)",
        ] { #expect(AuditMark(text: text) == nil, "\(text)") }
    }

    /// A new member must be put into AuditRecords.swift, or be left out there for a reason.
    @Test func `the members of each record are those that the audit was written for`() {
        func members(_ record: Any) -> Set<String> {
            Set(Mirror(reflecting: record).children.compactMap(\.label))
        }
        // Left out: `version` and `updatedAt`, which each change changes, and what is secret.
        #expect(
            members(client("c1")) == [
                "clientID", "name", "secretHash", "authenticationMethod", "grantTypes", "scopes",
                "redirectURIs", "subjectKind", "subjectValue", "boundAccessTokens", "jwks",
                "jwksURI", "fetchedJWKS", "trustSet", "spiffeID", "sharedSecret",
                "assertionAlgorithm",
                "audiences", "tokenFormat", "tokenLifetime", "reuseWindow", "mayIntrospect",
                "refreshRotation", "refreshLifetime", "refreshIdle", "requiresPushedRequests",
                "tokenSigningAlgorithm", "staticClaims", "rate", "enabled", "createdAt",
                "updatedAt", "ownAudiences", "exchangeMode", "exchangesBoundTokens",
                "tokensValidFrom", "certificates", "caCertificates", "labels", "version",
            ]
        )
        #expect(
            members(user("admin")) == [
                "name", "subject", "passwordHash", "enabled", "createdAt", "tokensValidFrom",
                "labels", "version",
            ]
        )
        #expect(
            members(trustSet("ours")) == [
                "name", "caCertificates", "sources", "revocation", "serverAuthUntil", "created",
                "labels", "version", "spiffe",
            ]
        )
        #expect(
            members(key("k1")) == [
                "keyID", "kind", "material", "createdAt", "activeFrom", "retiredAt",
            ]
        )
    }
}
