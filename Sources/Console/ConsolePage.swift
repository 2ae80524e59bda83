// SPDX-License-Identifier: Apache-2.0
package import HTTP

/// One page, or one change that a page's form makes.
package struct ConsolePage: Sendable {
    /// Answers a request; runs on a worker and may ask the server.
    package typealias Answer = @Sendable (ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer

    /// GET or POST; the form of a POST carries the token of its session, which is checked before.
    package let method: HTTPMethod
    /// A pattern of `RouteTable`.
    package let path: String
    /// Whether a person is there who asks: not so where an open page asks by itself.
    package let isUse: Bool
    package let answer: Answer

    /// A page at `path`.
    package static func get(
        _ path: String,
        isUse: Bool = true,
        _ answer: @escaping Answer
    ) -> ConsolePage {
        ConsolePage(method: .get, path: path, isUse: isUse, answer: answer)
    }

    /// A change at `path`.
    package static func post(_ path: String, _ answer: @escaping Answer) -> ConsolePage {
        ConsolePage(method: .post, path: path, isUse: true, answer: answer)
    }

    private init(
        method: HTTPMethod,
        path: String,
        isUse: Bool,
        answer: @escaping Answer
    ) {
        (self.method, self.path, self.isUse, self.answer) = (method, path, isUse, answer)
    }
}
