// SPDX-License-Identifier: Apache-2.0
import CCurl
import Testing

@testable import Fetch

/// A missing libcurl, or another library in its place.
struct CurlLibraryTests {
    /// One of another name, which the process keeps.
    private func library(_ name: String) throws -> CurlLibrary {
        // SAFETY: the record is never freed.
        unsafe CurlLibrary(pointer: try #require(handfast_curl_open(name)))
    }

    @Test(arguments: [
        ("libcurl-none.so.4", "libcurl-none.so.4: cannot open shared object file: No such file"),
        ("libargon2.so.1", "undefined symbol: curl_global_init"),
        ("/dev/null", "/dev/null: "), ("/etc/hostname", "/etc/hostname: "),
    ])
    func `a library that is none is refused, with the words of the loader`(
        name: String,
        words: String
    ) throws {
        let library = try library(name)
        let loadError = try #require(library.loadError)
        #expect(loadError.hasPrefix("libcurl cannot be used ("))
        #expect(loadError.contains(words))
        #expect(loadError.hasSuffix("); install the package libcurl4"))
        let origin = try Origin.shared.get()
        let error = #expect(throws: FetchError.self) {
            try Fetch.get(
                try origin.http("hello"),
                accept: "application/json",
                policy: .loopback(),
                by: library
            )
        }
        #expect(error?.reason == .library)
        #expect(error.map { loadError.hasPrefix($0.description) } == true)
    }

    @Test func `what may not be fetched is refused before any library is asked`() throws {
        let library = try library("libcurl-none.so.4")
        let error = #expect(throws: FetchError.self) {
            try Fetch.get("ftp://localhost/", accept: "a/b", policy: .loopback(), by: library)
        }
        #expect(error?.reason != .library)
    }

    @Test func `the system's library is there, by its name too, and fetches`() throws {
        #expect(Fetch.libraryError == nil)
        #expect(Fetch.libraryError == nil)
        let origin = try Origin.shared.get()
        for library in [CurlLibrary.installed, try library("libcurl.so.4")] {
            #expect(library.loadError == nil)
            let body = try Fetch.get(
                try origin.http("hello"),
                accept: "application/json",
                policy: .loopback(),
                by: library
            )
            #expect(String(decoding: body, as: UTF8.self) == "hello")
        }
    }
}
