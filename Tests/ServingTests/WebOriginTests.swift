// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import Serving

struct WebOriginTests {
    @Test(arguments: [
        "https://app.example", "https://app.example:8443", "http://localhost:3000",
        "http://127.0.0.1", "http://[::1]:8080", "https://xn--bcher-kva.example",
    ])
    func `an origin as browsers send it is taken as it is`(_ word: String) throws {
        #expect(try WebOrigin(word).text == word)
    }

    @Test(arguments: [
        ("null", "sandbox"), ("*", "wildcard"), ("https://*.app.example", "wildcard"),
        ("https://app.example/", "has a path"), ("https://app.example/login", "has a path"),
        ("https://a.example,https://b.example", "has a path"),
        ("https://App.example", "not in lower case"), ("HTTPS://app.example", "not in lower case"),
        ("https://bücher.example", "not ASCII"), ("app.example", "begins neither with"),
        ("ftp://app.example", "begins neither with"), ("https://", "has no host"),
        ("https://a_b.example", "bad host name"), ("https://user@app.example", "bad host name"),
        ("https://app.example?x", "bad host name"), ("https://app.example#x", "bad host name"),
        ("https://app.example:443", "port of its scheme"), ("https://app.example:0", "bad port"),
        ("http://localhost:80", "port of its scheme"), ("https://app.example:", "bad port"),
        ("https://app.example:08443", "bad port"), ("http://app.example", "not https"),
        ("http://10.0.0.1:3000", "not https"), ("https://::1", "without brackets"),
    ])
    func `any other word is refused with the reason and the form`(
        _ word: String,
        _ reason: String
    ) throws {
        let error = try #require(throws: ValueError.self) { _ = try WebOrigin(word) }
        #expect(error.reason.contains(word) && error.reason.contains(reason), "\(error)")
        #expect(error.allowed == WebOrigin.form)
    }
}
