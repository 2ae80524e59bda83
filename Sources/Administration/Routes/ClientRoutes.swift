// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth
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
            ) { request in switching(request, to: false) },
            switchRoute("enable", "Let a disabled client authenticate again.", nil) { request in
                switching(request, to: true)
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
            // In force already, as its late answer says; enabling is not.
            work: .switching(lasts: more != nil, begin)
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
        // One more than fits tells whether anything follows.
        var query = ClientQuery(limit: limit + 1, after: request.query["after"])
        query.text = request.query["q"]
        query.label = request.query["label"].map { LabelSelector($0) }
        query.expiresBefore = request.query.seconds("expires_before")
        query.method = request.query["method"]
        query.enabled = request.query.boolean("enabled")
        query.trustSet = request.query["trust_set"]
        let found = try store.clients(matching: query)
        let shown = found.prefix(limit)
        var members: [String: JSONValue] = ["clients": .array(shown.map(summary))]
        if found.count > limit { members["next"] = shown.last.map { .string($0.summary.clientID) } }
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

    func showClient(_ request: AdministrationRequest) throws -> Response {
        let client = try client(request.name)
        let (value, tag) = (shown(client), RecordTag(client))
        if let activity = activity(of: client.clientID) {
            return .json(value.with(activity), tag: tag)
        }
        // The switch works before it is written, and with the version of before.
        guard clientSwitch.isOff(request.name), client.enabled else {
            return .looked(value, tag, for: request)
        }
        return .json(value, tag: tag)
    }

    /// Requests beyond the client's rate and tokens beyond its need; nil where there were none.
    private func activity(of clientID: String) -> JSONValue? {
        guard let activity = clientSwitch.activity(of: clientID) else { return nil }
        let (early, slowed) = (activity.tokensIssuedEarly, activity.slowedDown)
        guard early > 0 || slowed > 0 else { return nil }
        let last = activity.lastSlowedDown.map { JSONValue.string(TimestampText.text($0)) }
        return .object([
            "tokens_issued_early": .integer(Int64(clamping: early)),
            "slowed_down": .integer(Int64(clamping: slowed)),
            "last_slowed_down": last ?? .null,
        ])
    }

    /// A client as it is in force: off where the switch says so, whatever its record does.
    func shown(_ client: ClientRecord, secret: String? = nil) -> JSONValue {
        var client = client
        if clientSwitch.isOff(client.clientID) { client.enabled = false }
        return ClientInformation.value(client, secret: secret)
    }

    /// The same of one that was just written.
    func shown(_ made: ClientRegistration) -> JSONValue { shown(made.client, secret: made.secret) }

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
        return .json(shown(made).with(made.warnings), tag: RecordTag(made.client))
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

    /// The switch as a request begins it: the work that writes it and answers, and its late answer.
    ///
    /// `durable` is the answer to a switch that the store has.
    func switching(
        _ request: AdministrationRequest,
        to isEnabled: Bool,
        durable: @escaping @Sendable () -> Response = { .done() }
    ) -> (work: @Sendable () -> Response, late: Response) {
        guard isEnabled else {
            // Switched off in memory before the store is waited for.
            let begun = clientSwitch.disabling(request.name, by: request.author)
            return (
                { switchAnswer(clientSwitch.write(begun), durable) },
                Self.notDurable("the store has not answered yet")
            )
        }
        let enabling = clientSwitch.enabling(request.name, by: request.author)
        return (
            { switchAnswer(clientSwitch.write(enabling), durable) },
            ProblemDetails.late.response
        )
    }

    private func switchAnswer(
        _ result: ClientSwitch.WriteResult,
        _ durable: () -> Response
    ) -> Response {
        switch result {
        case .durable: durable()
        case .noClient:
            ProblemDetails.nothing(
                "client_id",
                "There is no such client.",
                "See GET /clients for those that there are."
            ).response
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

extension JSONValue {
    /// The client's object with what it has asked, which is not part of its record and its tag.
    fileprivate func with(_ activity: JSONValue) -> JSONValue {
        guard case .object(var members) = self else { return self }
        members["activity"] = activity
        return .object(members)
    }
}
