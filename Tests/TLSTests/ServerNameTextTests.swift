// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TLS

@Suite struct ServerNameTextTests {
    @Test(arguments: [
        "id.example.com", "a", "*.example.com", "xn--bcher-kva.example", "3com.example", "a.b.c.d",
        "1.2.3.4a", "*.1.a", String(repeating: "a", count: 63) + ".example",
    ])
    func `a name is taken`(_ name: String) throws {
        #expect(try ServerName(name).text == name)
    }

    @Test func `names are compared in lower case`() throws {
        #expect(try ServerName("ID.Example.com").text == "id.example.com")
    }
}
