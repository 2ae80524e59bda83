// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Storage
internal import Text

/// The description of the administrative interface (OpenAPI 3.1), written from its routes, so that
/// there is no route without a description, and none described that is not there.
struct OpenAPIDocument {
    /// The JSON that is served, and that stands in `Documentation/openapi.json`.
    let content: [UInt8]

    /// A description of these routes.
    init(_ routes: [AdministrationRoute]) {
        var paths: [String: [String: JSONValue]] = [:]
        for route in routes {
            paths[route.path, default: [:]][route.method.name.lowercased()] =
                Operation(route: route).value
        }
        let value: JSONValue = .object([
            "openapi": .string("3.1.0"),
            "info": .object([
                "title": .string("Handfast's administrative interface"),
                "version": .string("1"),
                "description": .string(Self.description),
                "license": .object([
                    "name": .string("Apache-2.0"), "identifier": .string("Apache-2.0"),
                ]),
            ]),
            "servers": .array([.object(["url": .string("http://localhost")])]),
            "security": .array([.object(["token": .array([])])]),
            "paths": .object(paths.mapValues { .object($0) }),
            "components": .object([
                "responses": Self.problems(routes),
                "schemas": .object(
                    OpenAPISchemas.all(
                        forLoadTarget: routes.contains { $0.path.hasPrefix("/load-target") }
                    )
                ),
                "securitySchemes": .object([
                    "token": .object([
                        "type": .string("http"), "scheme": .string("bearer"),
                        "description": .string("The token of an administrator."),
                    ])
                ]),
            ]),
        ])
        content = Array((value.indentedText + "\n").utf8)
    }

    private static let description =
        "On the Unix socket admin.sock in the data directory, or on a loopback port. Every problem"
        + " is told as RFC 9457 says. Records have an ETag; with If-Match a change is made only if"
        + " the record is still the one that was read. A change that has no such parameter takes no"
        + " condition, and is refused with one."

    static func reference(_ schema: String) -> JSONValue {
        .object(["$ref": .string("#/components/schemas/\(schema)")])
    }

    /// The reference to the answer of a problem with this status.
    static func problem(_ status: Int) -> String { "#/components/responses/Problem\(status)" }

    /// The problems of all routes, each of which is described once.
    private static func problems(_ routes: [AdministrationRoute]) -> JSONValue {
        var responses: [String: JSONValue] = [:]
        for route in routes {
            let good = route.successes.map(\.status)
            for status in route.statuses where !good.contains(status) {
                let reason = ResponseWriter.reason(status)
                responses["Problem\(status)"] = response(reason, .problem, "Problem")
            }
        }
        return .object(responses)
    }

    static func response(
        _ description: String,
        _ type: Response.ContentType,
        _ schema: String?,
        isTagged: Bool = false
    ) -> JSONValue {
        var members: [String: JSONValue] = ["description": .string(description)]
        if let schema {
            members["content"] = .object([type.value: .object(["schema": reference(schema)])])
        }
        if isTagged {
            let text: JSONValue = .object(["type": .string("string")])
            members["headers"] = .object(["ETag": .object(["schema": text])])
        }
        return .object(members)
    }
}

/// The description of one route.
private struct Operation {
    let route: AdministrationRoute

    var value: JSONValue {
        var members: [String: JSONValue] = [
            "operationId": .string(identifier),
            "summary": .string(route.summary),
            "responses": .object(responses),
        ]
        if let role = route.role {
            members["description"] = .string("Needs the role \(role.rawValue), or a higher one.")
            members["x-role"] = .string(role.rawValue)
        } else {
            members["security"] = .array([])
        }
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        members["requestBody"] = requestBody
        return .object(members)
    }

    /// The method and the words of the path.
    private var identifier: String {
        let words = route.path.split { "/{}-_.".contains($0) }
        return route.method.name.lowercased()
            + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private var parameters: [JSONValue] {
        var parameters = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { name in
            parameter(
                String(name.dropFirst().dropLast()),
                in: "path",
                ["type": .string("string"), "minLength": .integer(1)],
                nil
            )
        }
        for known in route.query ?? [] {
            parameters.append(parameter(known.name, in: "query", known.schema, known.description))
        }
        if route.isConditional {
            let text = "The ETag of the record that is meant; 412 if it is another by now."
            parameters.append(parameter("If-Match", in: "header", Self.text, text))
        }
        if route.isConditional, route.method == .put {
            let text = "With * the record is made, and 412 says that there is one already."
            parameters.append(parameter("If-None-Match", in: "header", Self.text, text))
        }
        if route.successes.contains(where: { $0.status == 304 }) {
            let text = "The ETag of the record that is known; 304 if it is the same."
            parameters.append(parameter("If-None-Match", in: "header", Self.text, text))
        }
        return parameters
    }

    private static let text: [String: JSONValue] = ["type": .string("string")]

    private func parameter(
        _ name: String,
        in place: String,
        _ schema: [String: JSONValue],
        _ description: String?
    ) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "in": .string(place), "schema": .object(schema),
        ]
        if place == "path" { members["required"] = .boolean(true) }
        members["description"] = description.map { .string($0) }
        return .object(members)
    }

    private var requestBody: JSONValue? {
        let (schema, isOptional): (JSONValue, Bool)
        switch route.content {
        case .none: return nil
        case .json(let name, let optional): (schema, isOptional) = (reference(name), optional)
        case .mergePatch(let name), .any(let name): (schema, isOptional) = (reference(name), false)
        case .certificate: (schema, isOptional) = (.object(Self.text), false)
        }
        let types = route.mediaTypes ?? ["application/json"]
        let content = types.map { ($0, JSONValue.object(["schema": schema])) }
        return .object([
            "required": .boolean(!isOptional),
            "content": .object(Dictionary(uniqueKeysWithValues: content)),
        ])
    }

    private func reference(_ schema: String) -> JSONValue { OpenAPIDocument.reference(schema) }

    private var responses: [String: JSONValue] {
        var responses: [String: JSONValue] = [:]
        for status in route.statuses {
            responses["\(status)"] = .object(["$ref": .string(OpenAPIDocument.problem(status))])
        }
        for success in route.successes {
            responses["\(success.status)"] = OpenAPIDocument.response(
                ResponseWriter.reason(success.status),
                success.contentType,
                success.schema,
                isTagged: success.isTagged
            )
        }
        return responses
    }
}

extension QueryParameter {
    /// The schema of its values.
    fileprivate var schema: [String: JSONValue] {
        switch kind {
        case .text: ["type": .string("string")]
        case .boolean: ["type": .string("boolean")]
        case .time: ["type": .string("string"), "format": .string("date-time")]
        case .choice(let words):
            ["type": .string("string"), "enum": .array(words.map { .string($0) })]
        case .number(let range):
            [
                "type": .string("integer"), "minimum": .integer(Int64(range.lowerBound)),
                "maximum": .integer(Int64(range.upperBound)),
            ]
        }
    }
}
