// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Registration
internal import Storage
internal import Text

extension AdministrationActions {
    /// Users, who sign in at pages or by the password grant.
    var userRoutes: [AdministrationRoute] {
        [
            AdministrationRoute(
                method: .get,
                path: "/users",
                role: .read,
                summary: "Every user, by name.",
                successes: [.init(200, "Users")],
                work: .store { _ in
                    let users = try store.users().map(UserRegistration.information)
                    return .json(.object(["users": .array(users)]))
                }
            ),
            AdministrationRoute(
                method: .get,
                path: "/users/{name}",
                role: .read,
                summary: "One user.",
                successes: [.init(200, "User", isTagged: true), .init(304)],
                work: .store { request in
                    let user = try user(request.name)
                    let value = UserRegistration.information(user)
                    return .looked(value, RecordTag(user), for: request)
                }
            ),
            AdministrationRoute(
                method: .delete,
                path: "/users/{name}",
                role: .administer,
                summary: "Remove a user.",
                isConditional: true,
                successes: [.init(204)],
                work: .store { try removeUser($0) }
            ),
            userSwitch("disable", "Refuse a user, and end what was issued for the user.", false),
            userSwitch("enable", "Let a disabled user authenticate again.", true),
            AdministrationRoute(
                method: .post,
                path: "/users/{name}/password",
                role: .administer,
                summary: "Give a user another password; what was issued with the old one ends.",
                content: .json(schema: "NewPassword"),
                isConditional: true,
                successes: [.init(204)],
                work: .store { try setPassword($0) }
            ),
        ]
    }

    private func userSwitch(
        _ word: String,
        _ summary: String,
        _ isEnabled: Bool
    ) -> AdministrationRoute {
        AdministrationRoute(
            method: .post,
            path: "/users/{name}/\(word)",
            role: .operate,
            summary: summary,
            isConditional: true,
            successes: [.init(204)],
            work: .store { request in
                _ = try user(request.name)
                try UserRegistration.setEnabled(
                    isEnabled,
                    request.name,
                    in: store,
                    by: request.author,
                    at: now
                ) { try request.require(RecordTag($0)) }
                return .done()
            }
        )
    }

    /// The user of this name; a name that no user can have is one that is not there.
    func user(_ name: String) throws -> UserRecord {
        guard let user = try store.user(name) else { throw StoreError.noUser(name) }
        return user
    }

    private func removeUser(_ request: AdministrationRequest) throws -> Response {
        try store.write(by: request.author, at: now) { writer in
            guard let user = try writer.user(request.name) else {
                throw StoreError.noUser(request.name)
            }
            try request.require(RecordTag(user))
            try writer.removeUser(user.name)
        }
        return .done()
    }

    private func setPassword(_ request: AdministrationRequest) throws -> Response {
        let object = try request.object()
        guard object.count == 1, let password = object["password"]?.text else {
            throw ProblemDetails.bad(
                "password",
                "There is no password, or something beside it.",
                "Send {\"password\": \"…\"}, and no other member."
            )
        }
        // Before the hash, which costs time; and again when it is written.
        try request.require(RecordTag(user(request.name)))
        try ProblemDetails.ofRequest {
            try UserRegistration.setPassword(
                password,
                of: request.name,
                in: store,
                by: request.author,
                at: now
            ) { try request.require(RecordTag($0)) }
        }
        return .done()
    }
}
