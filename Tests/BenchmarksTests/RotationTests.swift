// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Benchmarks

struct RotationTests {
    private func token(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        return Rotation.token(bytes.span, 0..<bytes.count)
    }

    @Test func `the refresh token of an answer is found`() {
        #expect(token(#"{"access_token":"a","refresh_token":"xyz-_","scope":"read"}"#) == "xyz-_")
        #expect(token(#"{"refresh_token":"r"}"#) == "r")
    }

    @Test func `an answer without one, or cut short, has none`() {
        for text in [
            "", "{}", #"{"access_token":"a"}"#, #"{"refresh_token":"abc"#, #"{"refresh_token":""#,
            #"{"refresh_tokem":"abc"}"#,
        ] {
            #expect(token(text) == nil, "\(text)")
        }
    }

    @Test func `each connection goes on with its own`() {
        var rotation = Rotation(refresh: "r=", beginnings: ["begin"], connections: 4)
        let answer = Array(#"{"refresh_token":"two"}"#.utf8)
        let isTaken = rotation.take(answer.span, 0..<answer.count, of: 2)
        #expect(isTaken)
        #expect(rotation.forms == ["begin", "begin", "r=two", "begin"])
        let isTakenOfNothing = rotation.take([UInt8]("{}".utf8).span, 0..<2, of: 1)
        #expect(!isTakenOfNothing)
        #expect(rotation.share(of: 0, among: 2).forms == ["begin", "r=two"])
        #expect(rotation.share(of: 1, among: 2).forms == ["begin", "begin"])
    }
}
