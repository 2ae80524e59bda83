// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// A constant of the program that pages load besides themselves: style sheet or script.
struct Asset: Sendable {
    let name: String
    let response: Response
    /// The digest of the content, a part of the address.
    private let digest: String

    static let style = Asset("console.css", "text/css; charset=utf-8", ConsoleStyle.sheet.text)
    static let script = Asset("console.js", "text/javascript; charset=utf-8", ConsoleScript.text)
    static let all = [style, script]

    /// The address, which changes with the content, so that browsers may keep it.
    var address: Address { Address(name).with("v", digest) }

    private init(_ name: String, _ type: String, _ text: String) {
        self.name = name
        let content = Array(text.utf8)
        digest = Hexadecimal.text(Array(Digest256.of(content).bytes.prefix(8)))
        var response = Response(status: 200, content, Response.ContentType(type))
        response.caching = .immutable
        response.add("X-Content-Type-Options", "nosniff")
        response.add("Cross-Origin-Resource-Policy", "same-origin")
        self.response = response
    }
}
