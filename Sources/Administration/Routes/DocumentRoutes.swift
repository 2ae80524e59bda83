// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Registration
internal import Storage
internal import Text

extension AdministrationActions {
    /// Records as whole documents: made, replaced, and changed by merge patches.
    var documentRoutes: [AdministrationRoute] {
        [
            AdministrationRoute(
                method: .post,
                path: "/clients",
                role: .administer,
                summary: "Register a client; this answer alone shows its secret.",
                content: .json(schema: "ClientDocument"),
                successes: [.init(201, "Client", isTagged: true)],
                problems: [409],
                work: .store { try postClient($0) }
            ),
            writing(.put, "/clients/{client_id}", "a client", "Client") {
                document,
                writing,
                request in
                let written = try writing.putClient(document, clientID: request.name) { old in
                    try request.require(old.map { RecordTag($0) })
                }
                return Record(written.made.value, RecordTag(written.made.client), written.isNew)
            },
            writing(.patch, "/clients/{client_id}", "a client", "Client") {
                patch,
                writing,
                request in
                let written = try writing.patchClient(patch, clientID: request.name) { old in
                    try request.require(old.map { RecordTag($0) })
                }
                return Record(written.made.value, RecordTag(written.made.client), false)
            },
            writing(.put, "/users/{name}", "a user", "User") { document, writing, request in
                let written = try writing.putUser(document, name: request.name) { old in
                    try request.require(old.map { RecordTag($0) })
                }
                return Record(written.made, written.isNew)
            },
            writing(.patch, "/users/{name}", "a user", "User") { patch, writing, request in
                let written = try writing.patchUser(patch, name: request.name) { old in
                    try request.require(old.map { RecordTag($0) })
                }
                return Record(written.made, false)
            },
            writing(.put, "/trust-sets/{name}", "a trust set", "TrustSet") {
                document,
                writing,
                request in
                let written = try writing.putTrustSet(document, name: request.name) { old in
                    try request.require(old.map { RecordTag($0) })
                }
                return Record(written.made.set, written.isNew)
            },
            writing(.patch, "/trust-sets/{name}", "a trust set", "TrustSet") {
                patch,
                writing,
                request in
                let written = try writing.patchTrustSet(patch, name: request.name) { old in
                    try request.require(old.map { RecordTag($0) })
                }
                return Record(written.made.set, false)
            },
        ]
    }

    /// A record as it was written.
    private struct Record {
        let value: JSONValue
        let tag: RecordTag
        let isNew: Bool

        init(_ value: JSONValue, _ tag: RecordTag, _ isNew: Bool) {
            (self.value, self.tag, self.isNew) = (value, tag, isNew)
        }

        init(_ user: UserRecord, _ isNew: Bool) {
            self.init(UserRegistration.information(user), RecordTag(user), isNew)
        }

        init(_ set: TrustSetRecord, _ isNew: Bool) {
            self.init(TrustSetInformation.value(set), RecordTag(set), isNew)
        }
    }

    /// A route that writes one record in a transaction.
    private func writing(
        _ method: HTTPMethod,
        _ path: String,
        _ thing: String,
        _ schema: String,
        _ write:
            @escaping @Sendable (
                JSONValue, DocumentWriting, AdministrationRequest
            ) throws -> Record
    ) -> AdministrationRoute {
        let isPatch = method == .patch
        let name = "\(schema)Document"
        return AdministrationRoute(
            method: method,
            path: path,
            role: .administer,
            summary: isPatch
                ? "Change what the patch names of \(thing)."
                : "Make or replace \(thing): what is left out gets its default.",
            content: isPatch ? .mergePatch(schema: "Patch") : .json(schema: name),
            isConditional: true,
            successes: [.init(200, schema, isTagged: true)]
                + (isPatch ? [] : [.init(201, schema, isTagged: true)]),
            problems: [409],
            work: .store { request in
                let document = try request.json()
                let record = try store.write(by: request.author, at: now) { writer in
                    try write(document, DocumentWriting(writer), request)
                }
                guard record.isNew else { return .json(record.value, tag: record.tag) }
                let folder = path.split(separator: "/")[0]
                return .made(record.value, at: [String(folder), request.name], tag: record.tag)
            }
        )
    }

    private func postClient(_ request: AdministrationRequest) throws -> Response {
        let document = try request.json()
        let made = try store.write(by: request.author, at: now) { writer in
            try DocumentWriting(writer).insertClient(document)
        }
        // An inserted record has version 1.
        let tag = RecordTag(made.client)
        return .made(made.value, at: ["clients", made.client.clientID], tag: tag)
    }
}
