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
            )
        ]
            // A patch of `enabled` may be the switch.
            + writing(
                "/clients/{client_id}",
                "a client",
                "Client",
                patched: [.init(202, "NotDurable"), .init(204)]
            ) { form in
                switch form {
                case .whole: .store { request in try writeClient(request, form) }
                case .patch: .chosen { request in patchWork(request) }
                }
            }
            + writing("/users/{name}", "a user", "User") { form in
                .store { request in try writeUser(request, form) }
            }
            + writing("/issuers/{name}", "a trusted issuer", "Issuer") { form in
                .store { request in try writeIssuer(request, form) }
            }
            // Files of revocation lists may be on a slow file system.
            + writing("/trust-sets/{name}", "a trust set", "TrustSet") { form in
                .slow { request in try writeTrustSet(request, form) }
            }
    }

    /// The routes that make or replace a record, and that patch one.
    private func writing(
        _ path: String,
        _ thing: String,
        _ schema: String,
        patched: [AdministrationRoute.Success] = [],
        _ work: (DocumentForm) -> AdministrationRoute.Work
    ) -> [AdministrationRoute] {
        let written = AdministrationRoute.Success(200, schema, isTagged: true)
        return [
            AdministrationRoute(
                method: .put,
                path: path,
                role: .administer,
                summary: "Make or replace \(thing): what is left out gets its default.",
                content: .json(schema: "\(schema)Document"),
                isConditional: true,
                successes: [written, .init(201, schema, isTagged: true)],
                problems: [409],
                work: work(.whole)
            ),
            AdministrationRoute(
                method: .patch,
                path: path,
                role: .administer,
                summary: "Change what the patch names of \(thing).",
                content: .mergePatch(schema: "Patch"),
                isConditional: true,
                successes: [written] + patched,
                problems: [409],
                work: work(.patch)
            ),
        ]
    }

    private func postClient(_ request: AdministrationRequest) throws -> Response {
        let document = try request.document()
        let made = try store.write(by: request.author, at: now) { writer in
            try DocumentWriting(writer).insertClient(document)
        }
        // An inserted record has version 1.
        let tag = RecordTag(made.client)
        let value = shown(made).with(warnings(of: made, namesCAs: true))
        return .made(value, at: ["clients", made.client.clientID], tag: tag)
    }

    private func writeClient(
        _ request: AdministrationRequest,
        _ form: DocumentForm
    ) throws -> Response {
        let document = try request.document()
        let before = clientSwitch.enabling(request.name, by: request.author)
        let written = try store.write(by: request.author, at: now) { writer in
            try DocumentWriting(writer).client(document, form, clientID: request.name) { old in
                try request.require(old.map { RecordTag($0) })
            }
        }
        let (made, isNew) = (written.made, written.isNew)
        // A whole document always says it: what is left out has its default.
        if form == .whole || document.names([.enabled]) {
            clientSwitch.noteWritten(made.client, since: before)
        }
        let namesCAs = form == .whole || document.names([.trustSet, .caCertificates])
        let value = shown(made).with(warnings(of: made, namesCAs: namesCAs))
        return .written(value, RecordTag(made.client), isNew, at: ["clients", request.name])
    }

    /// Warnings of a registration that was written, and may be unwise; of public CAs where the
    /// document names CAs.
    ///
    /// Never fails: an answer that denies a change that was made would lose the secret in it. Those
    /// of public CAs are left out where the store cannot be read.
    private func warnings(
        of made: ClientRegistration,
        namesCAs: Bool
    ) -> [RegistrationWarning] {
        guard namesCAs else { return made.warnings }
        let ofCAs = try? KnownPublicCAs.warnings(of: made.client, in: store)
        return made.warnings + (ofCAs ?? [])
    }

    /// How a patch of a client is carried out: as the switch where it is that, which works at once
    /// and while the store hangs, and on the one thread that keeps the order of switches.
    private func patchWork(_ request: AdministrationRequest) -> AdministrationRoute.Work {
        guard let isEnabled = Self.switched(by: request) else {
            return .store { try writeClient($0, .patch) }
        }
        return .switching(lasts: !isEnabled) { request in
            switching(request, to: isEnabled) {
                // The switch is written, whether the record can be read or not.
                (try? showClient(request)) ?? .done()
            }
        }
    }

    /// The value of a patch of `enabled` alone, without a condition; nil for every other patch.
    ///
    /// Longer ones are not looked at on the listener's thread: such a patch has some 20 bytes.
    private static func switched(by request: AdministrationRequest) -> Bool? {
        guard !request.received.hasCondition,
            request.content.count <= AdministrationRoute.shortBytesMax,
            case .object(let members)? = try? request.json(), members.count == 1,
            case .boolean(let isEnabled)? = members[RegistrationField.enabled.rawValue]
        else { return nil }
        return isEnabled
    }

    private func writeUser(
        _ request: AdministrationRequest,
        _ form: DocumentForm
    ) throws -> Response {
        let document = try request.document()
        let written = try store.write(by: request.author, at: now) { writer in
            try DocumentWriting(writer).user(document, form, name: request.name) { old in
                try request.require(old.map { RecordTag($0) })
            }
        }
        let value = UserRegistration.information(written.made)
        let tag = RecordTag(written.made)
        return .written(value, tag, written.isNew, at: ["users", request.name])
    }

    private func writeIssuer(
        _ request: AdministrationRequest,
        _ form: DocumentForm
    ) throws -> Response {
        let document = try request.document()
        let written = try store.write(by: request.author, at: now) { writer in
            try DocumentWriting(writer).issuer(document, form, name: request.name) { old in
                try request.require(old.map { RecordTag($0) })
            }
        }
        // Never fails: an answer must not deny a change that was made.
        let warnings = (try? written.made.warnings(in: store)) ?? written.made.warnings
        let value = IssuerFacts.information(written.made.issuer).with(warnings)
        let tag = RecordTag(written.made.issuer)
        return .written(value, tag, written.isNew, at: ["issuers", request.name])
    }

    private func writeTrustSet(
        _ request: AdministrationRequest,
        _ form: DocumentForm
    ) throws -> Response {
        let (document, now) = (try request.document(), now)
        // Before the transaction: while a file is read, others may write.
        let known = try store.trustSet(request.name)
        let files = TrustSetFiles(of: document, besides: known, now: now)
        let written = try store.write(by: request.author, at: now) { writer in
            try DocumentWriting(writer).trustSet(
                document,
                form,
                name: request.name,
                files: files
            ) { old in try request.require(old.map { RecordTag($0) }) }
        }
        let namesCAs = form == .whole || document.names([.caCertificates])
        let warnings =
            written.made.warnings
            + (namesCAs ? KnownPublicCAs.publicCAs(of: written.made.set) : [])
        let value = TrustSetInformation.value(written.made.set).with(warnings)
        let tag = RecordTag(written.made.set)
        return .written(value, tag, written.isNew, at: ["trust-sets", request.name])
    }
}

// Not in Text, which knows neither fields nor warnings of registrations.
extension JSONValue {
    /// Whether an object has one of these members.
    fileprivate func names(_ fields: [RegistrationField]) -> Bool {
        fields.contains { self[$0.rawValue] != nil }
    }

    /// The object with the warnings of the change that made it; as it is without any.
    func with(_ warnings: [RegistrationWarning]) -> JSONValue {
        guard case .object(var members) = self, !warnings.isEmpty else { return self }
        members["warnings"] = warnings.value
        return .object(members)
    }
}

extension Response {
    /// The record as it was written: 201 with its address where it is new.
    fileprivate static func written(
        _ value: JSONValue,
        _ tag: RecordTag,
        _ isNew: Bool,
        at path: [String]
    ) -> Response {
        isNew ? made(value, at: path, tag: tag) : json(value, tag: tag)
    }
}
