// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Registration
internal import Storage
internal import Text

extension AdministrationActions {
    /// Tokens for administrators, and what their holders have changed.
    var adminTokenRoutes: [AdministrationRoute] {
        [
            AdministrationRoute(
                method: .get,
                path: "/admin-tokens",
                role: .read,
                summary: "The names and roles of administrators' tokens, never a token itself.",
                successes: [.init(200, "AdminTokens")],
                work: .store { _ in
                    let tokens = try store.adminTokens().map(AdminTokenRegistration.information)
                    return .json(.object(["admin_tokens": .array(tokens)]))
                }
            ),
            AdministrationRoute(
                method: .post,
                path: "/admin-tokens",
                role: .administer,
                summary: "Make a token for an administrator, which this answer alone shows.",
                content: .json(schema: "NewAdminToken"),
                successes: [.init(201, "AdminToken")],
                problems: [409],
                work: .store { try makeAdminToken($0) }
            ),
            AdministrationRoute(
                method: .delete,
                path: "/admin-tokens/{name}",
                role: .administer,
                summary: "Remove a token; it opens nothing from then on.",
                successes: [.init(204)],
                work: .store { request in
                    try AdminTokenRegistration.remove(
                        request.name,
                        from: store,
                        by: request.author,
                        at: now
                    )
                    // The token is removed; where this fails, the next tick repeats it.
                    try? administrators.refresh()
                    return .done()
                }
            ),
            auditRoute,
        ]
    }

    private func makeAdminToken(_ request: AdministrationRequest) throws -> Response {
        var members = MemberReader(try request.object())
        let name = members.required("name")
        let word = members.required("role")
        let role = AdministratorRole(rawValue: word)
        if role == nil, !word.isEmpty {
            let words = AdministratorRole.allCases.map(\.rawValue).joined(separator: ", ")
            members.refuse("role", "There is no such role.", "Give one of \(words).")
        }
        try members.finish()
        let made = try AdminTokenRegistration.new(name, role: role ?? .read, at: now)
        try made.insert(into: store, by: request.author, at: now)
        // At once, and not only a second later: whoever has the answer may use the token. Where
        // this fails, the next tick repeats it: no other answer shows the token.
        try? administrators.refresh()
        return .made(made.value, at: ["admin-tokens", made.record.name], tag: nil)
    }

    // MARK: the audit

    /// Entries of one page: a tenth of a second, and some megabytes at most.
    private static let auditPage = 1...1000
    private static let auditStandard = 100

    private var auditRoute: AdministrationRoute {
        AdministrationRoute(
            method: .get,
            path: "/audit",
            role: .read,
            summary: "Who changed what and when: the newest entries first, or those after one.",
            query: [
                QueryParameter(
                    "kind",
                    .choice(AuditChoices.kinds),
                    "Only changes of such records."
                ),
                QueryParameter(
                    "id",
                    .text,
                    "Only changes of the record with this identity, of that kind."
                ),
                QueryParameter(
                    "author",
                    .text,
                    "Only changes by this author, as entries name it: administration:first."
                ),
                QueryParameter(
                    "action",
                    .choice(AuditChoices.actions),
                    "Only changes of this sort."
                ),
                QueryParameter("since", .time, "Only changes at this time or later."),
                QueryParameter("until", .time, "Only changes before this time."),
                QueryParameter(
                    "after",
                    .number(0...Int(Int64.max)),
                    "The sequence behind which the page begins; oldest first then."
                ),
                QueryParameter(
                    "before",
                    .number(1...Int(Int64.max)),
                    "The sequence before which the page ends."
                ),
                QueryParameter(
                    "limit",
                    .number(Self.auditPage),
                    "How many entries at most; \(Self.auditStandard) where it is left out."
                ),
            ],
            successes: [.init(200, "AuditPage")],
            work: .store { try showAudit($0) }
        )
    }

    private func showAudit(_ request: AdministrationRequest) throws -> Response {
        let (kind, id) = (request.query["kind"], request.query["id"])
        guard kind != nil || id == nil else {
            throw ProblemDetails.bad(
                "kind",
                "Records of several kinds may have this identity.",
                "Give the kind, too."
            )
        }
        let after = request.query.number("after")
        let limit = request.query.number("limit") ?? Self.auditStandard
        // One more than fits tells whether anything follows.
        var query = AuditQuery(
            after: Int64(after ?? 0),
            before: request.query.number("before").map { Int64($0) },
            limit: limit + 1,
            newestFirst: after == nil
        )
        query.kind = kind.flatMap { Change.Kind(rawValue: $0) }
        if let kind = query.kind, let id { query.things = [AuditQuery.Thing(kind, id)] }
        query.author = request.query["author"]
        query.action = request.query["action"].flatMap { AuditAction(rawValue: $0) }
        query.since = request.query.seconds("since")
        query.until = request.query.seconds("until")
        let found = try store.audit(query)
        let shown = found.prefix(limit)
        var members: [String: JSONValue] = ["entries": .array(shown.map(\.value))]
        if found.count > limit, let last = shown.last {
            members["next"] = .integer(last.sequence)
        }
        return .json(.object(members))
    }
}
