// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Server

/// The grace of refresh tokens beside the time that a request may take.
struct RefreshGraceTests {
    private func warned(_ text: String) throws -> [String] {
        try load(text).warnings.compactMap(\.key)
    }

    @Test func `a grace that is shorter than a request may take is warned of`() throws {
        let key = "tokens.refresh_grace_seconds"
        #expect(try warned("tokens: {refresh_grace_seconds: 5}") == [key])
        #expect(try warned("limits: {request_seconds: 60}") == [key])
        let both = "tokens: {refresh_grace_seconds: 20}\nlimits: {request_seconds: 21}"
        let found = try load(both).warnings
        #expect(found.map(\.key) == [key] && found.first?.value == "20")
        #expect(found.first?.reason.contains("limits.request_seconds 21") == true)
    }

    @Test func `nothing is said of one that is as long, of none, and of the defaults`() throws {
        #expect(try warned("tokens: {refresh_grace_seconds: 30}").isEmpty)
        #expect(try warned("tokens: {refresh_grace_seconds: 0}").isEmpty)
        #expect(try defaults().warnings.isEmpty)
    }
}
