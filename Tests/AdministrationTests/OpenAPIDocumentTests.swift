// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Registration
import Storage
import Testing

@testable import Administration

/// The description of the interface, which is written from the routes.
final class OpenAPIDocumentTests {
    private let asked: AskedListener
    private let document: [String: Any]

    /// The file in the repository.
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Documentation/openapi.json").standardized

    init() throws {
        asked = try AskedListener()
        document = try asked.ask("GET", "/openapi.json").json()
    }

    @Test func `the file in the repository is what is served`() throws {
        let served = Data(try asked.ask("GET", "/openapi.json").content)
        // Run with HANDFAST_WRITE_OPENAPI=1 after a change of the routes.
        if ProcessInfo.processInfo.environment["HANDFAST_WRITE_OPENAPI"] == "1" {
            try served.write(to: Self.file)
        }
        #expect(try Data(contentsOf: Self.file) == served)
    }

    @Test func `each route is described with its parameters, statuses and role, and no other`()
        throws
    {
        var described: Set<String> = []
        let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        for (path, operations) in paths {
            for method in operations.keys { described.insert("\(method.uppercased()) \(path)") }
        }
        let routes = asked.actions.routes
        #expect(described == Set(routes.map { "\($0.method.name) \($0.path)" }))
        #expect(described.count == routes.count)
        for route in routes {
            let operation = try #require(paths[route.path]?[route.method.name.lowercased()])
            let responses = try #require(operation["responses"] as? [String: Any])
            #expect(Set(responses.keys) == Set(route.statuses.map { "\($0)" }))
            let parameters = operation["parameters"] as? [[String: Any]] ?? []
            func names(_ place: String) -> [String] {
                parameters.filter { $0["in"] as? String == place }
                    .compactMap { $0["name"] as? String }
            }
            #expect(names("query") == (route.query ?? []).map(\.name))
            let inPath = route.path.split(separator: "/").filter { $0.hasPrefix("{") }
            #expect(names("path") == inPath.map { String($0.dropFirst().dropLast()) })
            #expect(names("header").contains("If-Match") == route.isConditional)
            let isMade = route.isConditional && route.method == .put
            let isKnown = route.successes.contains { $0.status == 304 }
            #expect(names("header").contains("If-None-Match") == (isMade || isKnown))
            #expect((operation["requestBody"] != nil) == (route.content != .none))
            #expect(operation["x-role"] as? String == route.role?.rawValue)
            #expect((operation["security"] as? [Any])?.isEmpty == (route.role == nil ? true : nil))
        }
    }

    private func properties(_ schema: String) throws -> Set<String> {
        let schemas = (document["components"] as? [String: Any])?["schemas"] as? [String: Any]
        let found = (schemas?[schema] as? [String: Any])?["properties"] as? [String: Any]
        return Set(try #require(found).keys)
    }

    @Test func `documents are described with the members that are read, and no others`() throws {
        func names(_ fields: [RegistrationField], _ more: [String]) -> Set<String> {
            Set(fields.map(\.rawValue) + more)
        }
        let client = names(RegistrationField.ofClients, ClientDocument.readOnlyMembers)
        #expect(try properties("ClientDocument") == client)
        // Certificates are shown as keys.
        let shown = client.subtracting([RegistrationField.certificates.rawValue])
        #expect(try properties("Client") == shown)
        let set = names(RegistrationField.ofTrustSets, TrustSetDocument.readOnlyMembers)
        // For patches alone.
        let patched = set.union([RegistrationField.acceptSequence.rawValue])
        #expect(try properties("TrustSetDocument") == patched)
        #expect(try properties("TrustSet") == set)
        let issuer = names(
            RegistrationField.ofIssuers,
            IssuerDocument.readOnlyMembers + ["name"]
        )
        #expect(try properties("IssuerDocument") == issuer)
        #expect(try properties("Issuer") == issuer)
        let user = names(RegistrationField.ofUsers, UserDocument.readOnlyMembers + ["name"])
        #expect(try properties("UserDocument") == user)
        #expect(try properties("User") == user)
    }

    @Test func `every schema that is referred to is there, and every one is referred to`() throws {
        let schemas = try #require((document["components"] as? [String: Any])?["schemas"])
        let names = Set(try #require(schemas as? [String: Any]).keys)
        let text = String(decoding: try asked.ask("GET", "/openapi.json").content, as: UTF8.self)
        let found = text.matches(of: /#\/components\/schemas\/(\w+)/).map { String($0.1) }
        #expect(Set(found).isSubset(of: names))
        #expect(names.subtracting(found).isEmpty)
    }
}
