// SPDX-License-Identifier: Apache-2.0
import Fetch
import Testing

/// That nobody can have the server ask its own machine.
struct FetchLocalTests {
    let origin: Origin

    init() throws {
        origin = try Origin.shared.get()
    }

    @Test(
        arguments: [
            "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
            "017700000001", "localhost", "LOCALHOST", "a.localhost", "[::1]", "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::]", "0", "0.0.0.0",
            "127.255.255.254",
        ]
    )
    func `no spelling of loopback is fetched by default`(host: String) throws {
        let url = try origin.http("hello?local", at: host)
        let error = fetchError(url, FetchPolicy(schemes: [.http]))
        #expect(error?.reason == .address)
        #expect(error?.description.hasPrefix("the address ") == true)
        #expect(error?.description.hasSuffix(" is not allowed") == true)
        #expect(try origin.asked("hello?local") == 0)
    }

    @Test(arguments: ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
    func `each of them is fetched where it is allowed`(host: String) throws {
        let url = try origin.http("hello", at: host)
        #expect(try fetchText(url, .loopback()) == "hello")
        let all = FetchPolicy(schemes: [.http], allowsPrivateAddresses: true)
        #expect(try fetchText(url, all) == "hello")
    }

    @Test func `of a name's addresses only those are tried that are allowed`() throws {
        // libcurl takes localhost for ::1 and 127.0.0.1, in this order; nobody listens at ::1.
        let url = try origin.http("hello", at: "localhost")
        #expect(try fetchText(url, .loopback()) == "hello")
        let other = fetchError(url, .loopback(allowed: ["127.0.0.2"]))
        #expect(other?.reason == .address)
    }

    @Test(
        arguments: [
            "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200",
            "224.0.0.1", "255.255.255.255", "[fd00:ec2::254]", "[fe80::1]", "[ff02::1]",
            "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]",
        ]
    )
    func `nobody is asked in a private network`(host: String) {
        let took = ContinuousClock().measure {
            let error = fetchError("https://\(host)/", FetchPolicy())
            #expect(error?.reason == .address)
        }
        // Refused, and not only without an answer.
        #expect(took < .seconds(2))
    }
}
