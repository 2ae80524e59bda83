// SPDX-License-Identifier: Apache-2.0
package import Administration
internal import HTTP
package import Text

/// The server's administrative listener, as pages ask it: JSON in and out.
///
/// Blocks.
package struct ServerAPI: Sendable {
    /// Asks once: the method, the path, the query, further fields, and the content.
    package typealias Ask =
        @Sendable (
            AdministrationClient.Method, String, [(name: String, value: String)],
            [(name: String, value: String)], [UInt8]
        ) throws(AdministrationClientError) -> ReceivedAnswer

    /// A document, and the tag by which a change of it is conditional.
    package struct Document: Sendable {
        package let status: Int
        /// Null where the answer has no content.
        package let value: JSONValue
        package let tag: String?
    }

    private let ask: Ask
    /// The name of the user, which the audit has.
    private let user: String

    /// Asks by `ask`, in the name of `user`.
    package init(user: String, _ ask: @escaping Ask) {
        (self.user, self.ask) = (user, ask)
    }

    /// Asks through `client`, in the name of `user`.
    package init(user: String, _ client: AdministrationClient) {
        self.init(user: user) {
            (method, path, query, fields, content) throws(AdministrationClientError) in
            try client.ask(method, path, query: query, fields: fields, content: content)
        }
    }

    /// The document at `path`.
    package func get(
        _ path: ServerPath,
        query: [(name: String, value: String?)] = []
    ) throws(ServerAPIError) -> Document {
        try document(send(.get, path, query: query))
    }

    /// The content at `path`, which is no JSON.
    package func text(_ path: ServerPath) throws(ServerAPIError) -> String {
        String(decoding: try send(.get, path).content, as: UTF8.self)
    }

    /// The answer to a question that is a document, by which nothing is changed.
    package func answer(
        _ path: ServerPath,
        to question: JSONValue
    ) throws(ServerAPIError) -> Document {
        try document(send(.post, path, Self.json(question), changes: false))
    }

    /// Posts a document; without one there is no content.
    package func post(
        _ path: ServerPath,
        _ value: JSONValue? = nil,
        query: [(name: String, value: String?)] = []
    ) throws(ServerAPIError) -> Document {
        try document(send(.post, path, query: query, value.map { Self.json($0) }))
    }

    /// Posts a certificate in PEM.
    package func post(_ path: ServerPath, certificate pem: String) throws(ServerAPIError)
        -> Document
    {
        let content = ("application/x-pem-file", Array(pem.utf8))
        return try document(send(.post, path, content))
    }

    /// Changes what `patch` names (RFC 7396), if the document still has the tag.
    package func patch(
        _ path: ServerPath,
        _ patch: JSONValue,
        ifMatch tag: String? = nil
    ) throws(ServerAPIError) -> Document {
        let content = Self.json(patch, "application/merge-patch+json")
        return try document(send(.patch, path, content, ifMatch: tag))
    }

    /// Replaces the document, if it still has the tag.
    package func put(
        _ path: ServerPath,
        _ value: JSONValue,
        ifMatch tag: String? = nil
    ) throws(ServerAPIError) -> Document {
        try document(send(.put, path, Self.json(value), ifMatch: tag))
    }

    /// Removes the document, if it still has the tag.
    package func delete(
        _ path: ServerPath,
        ifMatch tag: String? = nil
    ) throws(ServerAPIError) -> Document {
        try document(send(.delete, path, ifMatch: tag))
    }

    private static func json(
        _ value: JSONValue,
        _ type: String = "application/json"
    ) -> (type: String, bytes: [UInt8]) {
        var bytes: [UInt8] = []
        JSONText.append(value, to: &bytes)
        return (type, bytes)
    }

    private func send(
        _ method: AdministrationClient.Method,
        _ path: ServerPath,
        query: [(name: String, value: String?)] = [],
        _ content: (type: String, bytes: [UInt8])? = nil,
        ifMatch tag: String? = nil,
        changes: Bool = true
    ) throws(ServerAPIError) -> ReceivedAnswer {
        var fields = [(name: "Handfast-Console-User", value: user)]
        if let content { fields.append(("Content-Type", content.type)) }
        if let tag {
            // From a form's field: anything else would be a field of its own.
            guard tag.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw .problem(
                    ServerProblemDetails(
                        status: 400,
                        detail: "The form does not say which version of the record it changes."
                            + " Load the page again."
                    )
                )
            }
            fields.append(("If-Match", tag))
        }
        let given = query.compactMap { pair in
            pair.value.flatMap { $0.isEmpty ? nil : (name: pair.name, value: $0) }
        }
        let answer: ReceivedAnswer
        do throws(AdministrationClientError) {
            answer = try ask(method, path.text, given, fields, content?.bytes ?? [])
        } catch {
            if case .noServer = error { throw .absent("\(error)") }
            throw method != .get && changes ? .unanswered("\(error)") : .unreachable("\(error)")
        }
        switch answer.status {
        case 200..<300: return answer
        case 401: throw .tokenRefused
        default: throw .problem(ServerProblemDetails(status: answer.status, answer.content))
        }
    }

    private func document(_ answer: ReceivedAnswer) throws(ServerAPIError) -> Document {
        let tag = answer.fields["etag"]
        if answer.content.isEmpty {
            return Document(status: answer.status, value: .null, tag: tag)
        }
        guard let value = JSONValue(answer.content.span) else { throw .unreadable }
        return Document(status: answer.status, value: value, tag: tag)
    }
}

/// A path of the server's, of segments that are encoded here.
package struct ServerPath: Sendable, Equatable {
    let text: String

    /// The path of `segments`.
    package init(_ segments: String...) {
        text = "/" + segments.map(PercentEncoding.encode).joined(separator: "/")
    }
}
