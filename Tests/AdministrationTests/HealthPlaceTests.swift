// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import Administration

struct HealthPlaceTests {
    @Test(arguments: [
        ("127.0.0.1:9445", "http://127.0.0.1:9445"), ("http://[::1]:1/", "http://[::1]:1"),
        ("https://edge.example.com:9445", "https://edge.example.com:9445"),
        ("unix:/run/a.sock", "unix:/run/a.sock"), ("/run/a.sock", "unix:/run/a.sock"),
        ("0.0.0.0:1", "http://127.0.0.1:1"), ("https://[::]:2", "https://[::1]:2"),
    ])
    func `an address is taken in each of its forms`(_ text: String, _ place: String) throws {
        #expect(try HealthPlace(text).description == place)
    }

    @Test(arguments: [
        "", "9445", "localhost", "http://localhost", "https://", "ftp://a:1", "http://unix:/a",
        "unix:a", "http://a:1/health", "a:0", "::1:1", "/", "http://http://a:1",
    ])
    func `what is no address is refused`(_ text: String) {
        #expect(throws: ValueError.self) { try HealthPlace(text) }
    }
}
