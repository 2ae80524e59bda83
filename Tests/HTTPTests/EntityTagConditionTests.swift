// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

/// RFC 9110 §13.1.1 and §13.1.2, for a record that is looked up later.
struct EntityTagConditionTests {
    private let tag = #""1-2""#

    @Test(arguments: [
        (#""1-2""#, true), (#""x", "1-2""#, true), ("*", true), (#"W/"1-2""#, false),
        (#""1-3""#, false), ("1-2", false), ("", false), (#""1-2"#, false),
        (#"W/"1-2", "1-2""#, true),
    ])
    func `If-Match compares strongly`(_ value: String, _ allows: Bool) {
        let condition = EntityTagCondition(value)
        #expect(condition.allowsChange(of: tag) == allows)
        // Of no record, every condition fails.
        #expect(!condition.allowsChange(of: nil))
    }

    @Test func `If-None-Match compares weakly`() {
        for value in [#""1-2""#, #"W/"1-2""#, "*"] {
            #expect(EntityTagCondition(value).names(tag))
            #expect(!EntityTagCondition(value).names(nil))
        }
        for value in [#""1-3""#, "1-2", ""] { #expect(!EntityTagCondition(value).names(tag)) }
    }

    @Test func `no field is no condition`() throws {
        #expect(EntityTagCondition.absent.allowsChange(of: nil))
        #expect(!EntityTagCondition.absent.names(tag))
        let bytes = octets(
            "GET / HTTP/1.1\r\nHost: a\r\nIF-MATCH: \"a\"\r\nIf-Match: \"b\"\r\n\r\n"
        )
        var parser = RequestParser(limits: HTTPLimits())
        _ = try parser.advance(bytes.span)
        let both = EntityTagCondition("if-match", parser.request, bytes.span)
        #expect(both.allowsChange(of: #""a""#) && both.allowsChange(of: #""b""#))
        #expect(EntityTagCondition("if-none-match", parser.request, bytes.span).isAbsent)
    }

    @Test func `the head of an incomplete request is there before its content`() throws {
        let head = octets("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n")
        let times = RequestFraming.Times(header: 1, body: 1, request: 1)
        for count in [10, head.count, head.count + 2] {
            var framing = RequestFraming()
            var parser = RequestParser(limits: HTTPLimits())
            let bytes = Array((head + octets("abc")).prefix(count))
            _ = try framing.advance(
                bytes.span,
                by: &parser,
                limits: HTTPLimits(),
                times: times,
                now: 1
            )
            let path = framing.withHead { text(bytes[$0.path]) }
            #expect(path == (count < head.count ? nil : "/x"))
        }
    }
}
