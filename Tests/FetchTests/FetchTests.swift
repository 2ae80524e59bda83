// SPDX-License-Identifier: Apache-2.0
import Fetch
import Testing

/// Answers of servers, with limits of size and time.
struct FetchTests {
    let origin: Origin

    init() throws {
        origin = try Origin.shared.get()
    }

    private func body(_ path: String, _ policy: FetchPolicy = .loopback()) throws -> String {
        text(try Fetch.get(try origin.http(path), accept: "application/json", policy: policy))
    }

    private func reason(
        _ path: String,
        _ policy: FetchPolicy = .loopback()
    ) throws -> FetchError.Reason? {
        fetchError(try origin.http(path), policy)?.reason
    }

    @Test func `a body is fetched`() throws {
        #expect(try body("hello") == "hello")
        #expect(try body("body/0") == "")
        #expect(try body("chunked/7") == "xxxxxxx")
        #expect(try body("until-closed/9") == "xxxxxxxxx")
    }

    @Test func `the request says what is wanted, and nothing else`() throws {
        let port = try origin.port("http")
        #expect(
            try body("request?a=b").split(separator: "\n") == [
                "GET /request?a=b HTTP/1.1", "Host: 127.0.0.1:\(port)", "User-Agent: Handfast",
                "Accept: application/json",
            ]
        )
    }

    @Test(arguments: ["a\r\nX: y", "a\nX: y", "a\0", "ä"])
    func `a media type cannot add a header field`(accept: String) throws {
        let url = try origin.http("request")
        #expect(throws: FetchError.self) {
            try Fetch.get(url, accept: accept, policy: .loopback())
        }
    }

    @Test(arguments: [201, 206, 304, 400, 401, 404, 500, 503])
    func `another status is refused`(status: Int) throws {
        let error = fetchError(try origin.http("status/\(status)"), .loopback())
        #expect(error?.reason == .status)
        #expect(error?.description == "the status is \(status), not 200")
    }

    @Test func `no content is not a body`() throws {
        #expect(try reason("status/204") == .status)
        #expect(try reason("missing/100000", .loopback(bytesMax: 100)) == .status)
    }

    @Test func `a body may be as large as allowed, and no byte larger`() throws {
        let policy = FetchPolicy.loopback(bytesMax: 100)
        for path in ["body", "chunked", "until-closed"] {
            #expect(try body("\(path)/100", policy).utf8.count == 100)
            #expect(try reason("\(path)/101", policy) == .tooLarge)
        }
        #expect(try body("body/3000000", .loopback(bytesMax: 3_000_000)).utf8.count == 3_000_000)
    }

    @Test func `a body without an end is cut off`() throws {
        #expect(try reason("endless") == .tooLarge)
        // The body of a redirect is read too, and counts.
        #expect(try reason("endless/302", .loopback(redirectsMax: 5)) == .tooLarge)
    }

    @Test func `bounds of nothing are not bounds of everything`() throws {
        let policy = FetchPolicy.loopback(bytesMax: 0, seconds: 0, redirectsMax: -1)
        #expect(try body("body/1", policy) == "x")
        #expect(try reason("body/2", policy) == .tooLarge)
        #expect(try reason("hops/1", .loopback(redirectsMax: -1)) == .redirects)
        #expect(try reason("silence", policy) == .timeout)
    }

    @Test(arguments: ["content", "transfer"])
    func `a compressed body stays compressed`(coding: String) throws {
        let url = try origin.http("bomb/\(coding)")
        do throws(FetchError) {
            let bytes = try Fetch.get(url, accept: "*/*", policy: .loopback())
            #expect(bytes.starts(with: [0x1F, 0x8B]))
        } catch {
            // Newer versions of libcurl refuse a transfer coding that was not asked for.
            #expect(coding == "transfer" && error.reason == .other, "\(error)")
        }
    }

    @Test(arguments: ["trickle", "slow-fields", "silence"])
    func `a slow server is left in time`(path: String) throws {
        let clock = ContinuousClock()
        var found: FetchError.Reason?
        let policy = FetchPolicy.loopback(bytesMax: 10_000_000, seconds: 1)
        let took = try clock.measure { found = try reason(path, policy) }
        #expect(found == .timeout)
        #expect(took > .milliseconds(900) && took < .seconds(4))
    }

    @Test func `the time is for all redirects together`() throws {
        let clock = ContinuousClock()
        var found: FetchError.Reason?
        let policy = FetchPolicy.loopback(seconds: 1, redirectsMax: 5)
        let took = try clock.measure { found = try reason("slow-hops/5", policy) }
        #expect(found == .timeout)
        #expect(took < .seconds(2.5))
        #expect(try body("slow-hops/1", .loopback(redirectsMax: 5)) == "hello")
    }

    @Test(arguments: ["cut", "cut-chunk", "nothing"])
    func `an answer that is cut short is none`(path: String) throws {
        #expect(try reason(path) == .other)
    }

    @Test func `what is not HTTP 1 is no answer`() throws {
        for version in ["0.9", "9.9"] {
            #expect(try reason("ancient/\(version)") == .other)
            let path = Origin.redirect(to: try origin.http("ancient/\(version)"))
            #expect(try reason(path, .loopback(redirectsMax: 1)) == .other)
        }
    }

    @Test func `header fields without an end are cut off`() throws {
        #expect(try reason("fields") == .other)
    }

    @Test func `where nobody listens there is no connection`() throws {
        let error = fetchError(try origin.http("hello", "closed"), .loopback())
        #expect(error?.reason == .connect)
        #expect(error?.description == "Connection refused")
    }

    @Test func `an error's text has nothing of the URL's secrets and no control character`() throws
    {
        for path in ["status/404?secret", "cut?secret", "nothing?secret", "endless?secret"] {
            let error = try #require(fetchError(try origin.http(path), .loopback()))
            #expect(!error.description.contains("secret"))
            #expect(error.description.utf8.allSatisfy { 0x20...0x7E ~= $0 })
        }
    }

    @Test func `a name in no DNS has no address`() {
        // Longer than a name may be: nobody has to be asked.
        let name = "\(String(repeating: "a.", count: 125))invalid"
        #expect(fetchError("http://\(name)/", .loopback())?.reason == .url)
        #expect(fetchError("http://handfast.invalid/", .loopback(seconds: 3))?.reason == .resolve)
    }
}
