// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import Reactor

@Suite struct ListenAddressTests {
    private static let longest = "/" + String(repeating: "a", count: ListenAddress.pathBytesMax - 1)

    @Test(arguments: ["/s", "/run/handfast/proxy.sock", "/a b", longest])
    func `an absolute path is an address`(_ path: String) throws {
        let address = try ListenAddress("unix:\(path)")
        #expect(address.path == path)
        #expect(address.description == "unix:\(path)")
        #expect(!address.isLoopback && !address.isUnspecified)
    }

    @Test(arguments: ["", "s", "./s", "/", "/run/", "//h:1/", "/a\0b", longest + "a"])
    func `another path is none`(_ path: String) {
        #expect(throws: ValueError.self) { try ListenAddress("unix:\(path)") }
    }

    @Test(arguments: ["Unix:/s", "unix/s", "/run/s"])
    func `without the word it is no path`(_ text: String) {
        #expect(throws: ValueError.self) { try ListenAddress(text) }
    }

    @Test(arguments: [
        ("9443", "has no host"), (":9443", "has no host"), ("localhost", "has no port"),
        ("", "has no port"), ("10.0.0.1", "has no port"), ("[::1]", "has no port"),
    ])
    func `the half that is missing is the one that is named`(_ text: String, _ reason: String) {
        do throws(ValueError) {
            _ = try ListenAddress(text)
            Issue.record("taken")
        } catch {
            #expect(error.reason == reason)
        }
    }

    @Test func `a host has no path`() throws {
        #expect(try ListenAddress("localhost:9").path == nil)
    }
}
