// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing
import Text

@testable import LoadTarget

struct CallRingTests {
    private func call(_ time: Int64, _ client: String = "a") -> CallRecord {
        CallRecord(
            time: time,
            client: client,
            thumbprint: nil,
            connection: .kept,
            answer: .token,
            fault: nil
        )
    }

    private func times(_ page: CallPage) -> [Int64] { page.calls.map(\.time) }

    @Test func `segments are merged by time, and calls of one moment keep their order`() {
        let ring = CallRing(segments: 3, calls: 30)
        for (segment, listed) in [[1, 4, 4], [2, 5], [3, 4]].enumerated() {
            for (index, time) in listed.enumerated() {
                ring.record(call(Int64(time), "\(segment).\(index)"), segment: segment)
            }
        }
        let page = ring.page()
        #expect(times(page) == [1, 2, 3, 4, 4, 4, 5])
        #expect(page.calls.map(\.client) == ["0.0", "1.0", "2.0", "0.1", "0.2", "2.1", "1.1"])
        #expect(!page.hasMore && page.completeSince == nil)
    }

    @Test func `a query has a client, a beginning and a limit`() {
        let ring = CallRing(segments: 2, calls: 100)
        for time in Int64(1)...40 {
            ring.record(call(time, time % 4 == 0 ? "b" : "a"), segment: Int(time) % 2)
        }
        #expect(times(ring.page(client: "b")) == Array(stride(from: 4, through: 40, by: 4)))
        #expect(times(ring.page(since: 38)) == [38, 39, 40])
        #expect(times(ring.page(since: 41)).isEmpty && times(ring.page(client: "c")).isEmpty)
        let latest = ring.page(client: "b", since: 10, limit: 3)
        #expect(times(latest) == [32, 36, 40] && latest.hasMore)
        let all = ring.page(client: "b", since: 32, limit: 3)
        #expect(times(all) == [32, 36, 40] && !all.hasMore)
        #expect(times(ring.page(limit: 1)) == [40] && times(ring.page(limit: 40)).count == 40)
        for limit in [0, -1, Int.min] {
            #expect(ring.page(limit: limit).calls.isEmpty && ring.page(limit: limit).hasMore)
        }
        #expect(times(ring.page(limit: .max)).count == 40)
    }

    @Test func `the oldest calls give way, and the page says since when it is complete`() {
        let ring = CallRing(segments: 2, calls: 20)
        for time in Int64(1)...10 { ring.record(call(time), segment: 0) }
        #expect(ring.page().completeSince == nil)
        for time in Int64(11)...33 { ring.record(call(time), segment: 1) }
        let page = ring.page()
        #expect(times(page) == Array(1...10) + Array(24...33))
        // In segment 1 the call of 23 was the last that was overwritten.
        #expect(page.completeSince == 24)
        ring.reset()
        #expect(ring.page() == CallPage(calls: [], hasMore: false, completeSince: nil))
        ring.record(call(99), segment: 1)
        #expect(times(ring.page()) == [99])
    }

    @Test func `a ring is bounded, and so is an answer`() {
        let ring = CallRing(segments: 3)
        for time in Int64(0)..<100_000 { ring.record(call(time), segment: Int(time) % 3) }
        let page = ring.page(limit: .max)
        #expect(page.calls.count == CallRing.limitMax && page.hasMore)
        #expect(times(page) == Array(90_000..<100_000))
        #expect(ring.page(since: 100_000 - 5000).calls.count == 5000)
        #expect(page.completeSince == 34_465)
        #expect(call(1, String(repeating: "x", count: 1000)).client.utf8.count == 128)
    }

    @Test func `queries beside writers and resets have whole calls in their order`() async {
        let ring = CallRing(segments: 2, calls: 2000)
        await withTaskGroup(of: Void.self) { group in
            for segment in 0..<2 {
                group.addTask {
                    for time in Int64(0)..<20_000 { ring.record(call(time), segment: segment) }
                }
            }
            group.addTask {
                for turn in 0..<200 {
                    let found = times(ring.page(client: "a"))
                    #expect(found == found.sorted() && found.count <= 2000)
                    if turn % 50 == 49 { ring.reset() }
                }
            }
        }
        #expect(ring.page(since: 19_999).calls.count <= 2)
    }

    @Test func `the answer is JSON with every member of each call`() throws {
        let ring = CallRing(segments: 1)
        let digest = Digest256.of(Array("certificate".utf8))
        ring.record(
            CallRecord(
                time: 1_796_047_200_007,
                client: "load-000001",
                thumbprint: digest,
                connection: .full,
                answer: .token,
                fault: .delay
            ),
            segment: 0
        )
        let answers: [CallRecord.Answer] = [
            .status(200), .refusal(401, error: "invalid_client"), .none,
        ]
        for answer in answers {
            ring.record(
                CallRecord(
                    time: 1_796_047_201_100,
                    client: "\"\u{1b}",
                    thumbprint: nil,
                    connection: .resumed,
                    answer: answer,
                    fault: nil
                ),
                segment: 0
            )
        }
        let text = String(decoding: ring.page().json, as: UTF8.self)
        let stranger =
            #"{"time":1796047201.100,"client":"\"\u001b","thumbprint":null,"#
            + #""connection":"resumed","status":"#
        #expect(
            text == #"{"calls":[{"time":1796047200.007,"client":"load-000001","thumbprint":""#
                + digest.base64URL + #"","connection":"full","status":200,"outcome":"token","#
                + #""fault":"delay"},"# + stranger + #"200,"outcome":"answer","fault":null},"#
                + stranger + #"401,"outcome":"invalid_client","fault":null},"#
                + stranger + #"null,"outcome":"none","fault":null}],"more":false,"#
                + #""complete_since":null}"#
        )
        #expect(try json(text)["calls"] != nil)
    }
}
