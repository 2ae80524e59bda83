// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Registration
internal import Storage
internal import Text

extension AdministrationActions {
    /// Clients: the list, one of them, its secret, and the switch.
    var clientRoutes: [AdministrationRoute] {
        [
            clientList,
            AdministrationRoute(
                method: .get,
                path: "/clients/{client_id}",
                role: .read,
                summary: "What is registered for a client; never its secret.",
                successes: [.init(200, "Client", isTagged: true), .init(304)],
                work: .store { try showClient($0) }
            ),
            AdministrationRoute(
                method: .delete,
                path: "/clients/{client_id}",
                role: .administer,
                summary: "Remove a client and its certificates.",
                isConditional: true,
                successes: [.init(204)],
                work: .store { try removeClient($0) }
            ),
            AdministrationRoute(
                method: .post,
                path: "/clients/{client_id}/secret",
                role: .administer,
                summary: "Make a new secret, which this answer alone shows; the old one ends.",
                isConditional: true,
                successes: [.init(200, "Client", isTagged: true)],
                problems: [409],
                work: .store { try renewSecret($0) }
            ),
            switchRoute(
                "disable",
                "Refuse a client from its next request on, even while the store hangs.",
                .init(202, "NotDurable")
            ) { request in
                // Switched off in memory before the store is waited for.
                let begun = clientSwitch.disabling(request.name, by: request.author)
                return (
                    { switchAnswer(clientSwitch.write(begun)) },
                    Self.notDurable("the store has not answered yet")
                )
            },
            switchRoute("enable", "Let a disabled client authenticate again.", nil) { request in
                let enabling = clientSwitch.enabling(request.name, by: request.author)
                return (
                    { switchAnswer(clientSwitch.write(enabling)) },
                    ProblemDetails.late.response
                )
            },
        ]
    }

    private func switchRoute(
        _ word: String,
        _ summary: String,
        _ more: AdministrationRoute.Success?,
        _ begin:
            @escaping @Sendable (AdministrationRequest) -> (
                work: @Sendable () -> Response, late: Response
            )
    ) -> AdministrationRoute {
        AdministrationRoute(
            method: .post,
            path: "/clients/{client_id}/\(word)",
            role: .operate,
            summary: summary,
            successes: [.init(204)] + (more.map { [$0] } ?? []),
            work: .switching(begin)
        )
    }

    // MARK: looking

    private var clientList: AdministrationRoute {
        let most = ClientQuery.limitMax
        return AdministrationRoute(
            method: .get,
            path: "/clients",
            role: .read,
            summary: "The clients in the order of their client_id, page by page.",
            query: [
                QueryParameter(
                    "q",
                    .text,
                    "A part of the client_id, the name or a subject, or how a thumbprint begins."
                ),
                QueryParameter(
                    "label",
                    .text,
                    "A label that the clients have: name, or name=value."
                ),
                QueryParameter(
                    "expires_before",
                    .time,
                    "A time before which one of the clients' certificates ends."
                ),
                QueryParameter("method", .text, "The token_endpoint_auth_method."),
                QueryParameter("enabled", .boolean, "Whether the clients may authenticate."),
                QueryParameter("trust_set", .text, "The name of the clients' trust set."),
                QueryParameter(
                    "limit",
                    .number(1...most),
                    "How many clients at most; \(most) where it is left out."
                ),
                QueryParameter("after", .text, "The client_id behind which the page begins."),
            ],
            successes: [.init(200, "ClientPage")],
            work: .store { try listClients($0) }
        )
    }

    private func listClients(_ request: AdministrationRequest) throws -> Response {
        let limit = request.query.number("limit") ?? ClientQuery.limitMax
        var query = ClientQuery(limit: limit, after: request.query["after"])
        query.text = request.query["q"]
        query.label = request.query["label"].map { LabelSelector($0) }
        query.expiresBefore = request.query.seconds("expires_before")
        query.method = request.query["method"]
        query.enabled = request.query.boolean("enabled")
        query.trustSet = request.query["trust_set"]
        let found = try store.clients(matching: query)
        var members: [String: JSONValue] = ["clients": .array(found.map(summary))]
        if let last = found.last?.summary.clientID, found.count == limit {
            (query.after, query.limit) = (last, 1)
            let isMore = try !store.clients(matching: query).isEmpty
            if isMore { members["next"] = .string(last) }
        }
        // Not indented: a page of a thousand is read by programs.
        var json: [UInt8] = []
        JSONText.append(.object(members), to: &json)
        return Response(status: 200, json)
    }

    private func summary(_ found: FoundClient) -> JSONValue {
        let client = found.summary
        var members: [String: JSONValue] = [
            "client_id": .string(client.clientID),
            "client_name": .string(client.name),
            "token_endpoint_auth_method": .string(client.authenticationMethod),
            "enabled": .boolean(client.enabled && !clientSwitch.isOff(client.clientID)),
            "certificate_count": .integer(Int64(found.certificateCount)),
        ]
        if !found.labels.isEmpty {
            members["labels"] = .object(found.labels.mapValues { .string($0) })
        }
        members["first_certificate_ends"] = found.firstEnd.map { .integer($0) }
        return .object(members)
    }

    private func showClient(_ request: AdministrationRequest) throws -> Response {
        var client = try client(request.name)
        // The switch works before it is written, and with the version of before.
        guard clientSwitch.isOff(request.name), client.enabled else {
            return .looked(ClientInformation.value(client), RecordTag(client), for: request)
        }
        client.enabled = false
        return .json(ClientInformation.value(client), tag: RecordTag(client))
    }

    /// The client of this identity, which alone names one here: names are for people.
    func client(_ clientID: String) throws -> ClientRecord {
        guard let client = try store.client(clientID) else { throw StoreError.noClient(clientID) }
        return client
    }

    // MARK: changing

    private func removeClient(_ request: AdministrationRequest) throws -> Response {
        try store.write(by: request.author, at: now) { writer in
            guard let client = try writer.client(request.name) else {
                throw StoreError.noClient(request.name)
            }
            try request.require(RecordTag(client))
            try writer.removeClient(client.clientID)
        }
        return .done()
    }

    private func renewSecret(_ request: AdministrationRequest) throws -> Response {
        var change = ClientChange()
        change.secret = try ClientRegistration.newSecret()
        let made = try self.change(request, by: change)
        return .json(made.value, tag: RecordTag(made.client))
    }

    /// Changes the client of a request as `change` says, if it is the one that the request means.
    func change(
        _ request: AdministrationRequest,
        by change: ClientChange
    ) throws -> ClientRegistration {
        try ClientRegistration.change(
            clientID: request.name,
            by: change,
            in: store,
            by: request.author,
            at: now
        ) { try request.require(RecordTag($0)) }
    }

    // MARK: the switch

    private func switchAnswer(_ result: ClientSwitch.WriteResult) -> Response {
        switch result {
        case .durable: .done()
        case .noClient: ProblemDetails.nothing("There is no such client.").response
        case .refused(let error): problem(error).response
        case .notDurable(let error): Self.notDurable(error.reason)
        }
    }

    private static func notDurable(_ reason: String) -> Response {
        .json(
            .object([
                "enabled": .boolean(false), "durable": .boolean(false), "reason": .string(reason),
            ]),
            status: 202
        )
    }
}
