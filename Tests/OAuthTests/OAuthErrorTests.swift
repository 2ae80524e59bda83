// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import OAuth

struct OAuthErrorTests {
    @Test(
        arguments: [
            (.invalidClient, 401), (.slowDown, 429), (.temporarilyUnavailable, 503),
            (.serverError, 500),
            (.invalidRequest, 400), (.invalidGrant, 400), (.unauthorizedClient, 400),
            (.unsupportedGrantType, 400), (.invalidScope, 400), (.invalidTarget, 400),
        ] as [(OAuthError.Code, Int)]
    )
    func `a code decides the status`(code: OAuthError.Code, status: Int) {
        #expect(OAuthError(code, "x", check: .scope).status == status)
    }

    @Test func `the body has the code and the description, never the check`() throws {
        var out: [UInt8] = []
        OAuthError(.invalidScope, "no such scope", check: .secretWrong).appendJSON(to: &out)
        let body = try JSONDecoder().decode([String: String].self, from: Data(out))
        #expect(body == ["error": "invalid_scope", "error_description": "no such scope"])
    }

    @Test func `every reason for failed client authentication looks the same`() {
        var (a, b): ([UInt8], [UInt8]) = ([], [])
        OAuthError.invalidClient(.clientUnknown).appendJSON(to: &a)
        OAuthError.invalidClient(.secretWrong).appendJSON(to: &b)
        #expect(a == b)
        #expect(OAuthError.invalidClient(.clientUnknown) == .invalidClient(.clientUnknown))
        #expect(OAuthError.invalidClient(.clientUnknown) != .invalidClient(.secretWrong))
        #expect(
            OAuthError.invalidClient(.clientUnknown) != .invalidRequest("", check: .clientUnknown)
        )
    }

    @Test func `appending leaves what was there`() {
        var out = Array("x".utf8)
        OAuthError.invalidClient(.clientUnknown).appendJSON(to: &out)
        #expect(String(decoding: out, as: UTF8.self).hasPrefix(#"x{"error":"invalid_client","#))
    }
}
