// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Registration
internal import Storage
internal import Text

extension AdministrationActions {
    /// Trusted issuers: other authorization servers whose JWTs count here (RFC 7523).
    var issuerRoutes: [AdministrationRoute] {
        [
            AdministrationRoute(
                method: .get,
                path: "/issuers",
                role: .read,
                summary: "Every trusted issuer, by name.",
                successes: [.init(200, "Issuers")],
                work: .store { _ in
                    let issuers = try store.issuers().map(IssuerFacts.information)
                    return .json(.object(["issuers": .array(issuers)]))
                }
            ),
            AdministrationRoute(
                method: .get,
                path: "/issuers/{name}",
                role: .read,
                summary: "One trusted issuer, with the keys that count.",
                successes: [.init(200, "Issuer", isTagged: true)],
                work: .store { try showIssuer($0) }
            ),
            AdministrationRoute(
                method: .delete,
                path: "/issuers/{name}",
                role: .administer,
                summary: "Remove a trusted issuer; its JWTs are refused from then on.",
                isConditional: true,
                successes: [.init(204)],
                work: .store { try removeIssuer($0) }
            ),
        ]
    }

    /// Never 304: the time of the last fetch changes without the registration.
    private func showIssuer(_ request: AdministrationRequest) throws -> Response {
        guard let issuer = try store.issuer(request.name) else {
            throw StoreError.noIssuer(request.name)
        }
        return .json(IssuerFacts.information(issuer), tag: RecordTag(issuer))
    }

    private func removeIssuer(_ request: AdministrationRequest) throws -> Response {
        try store.write(by: request.author, at: now) { writer in
            guard let issuer = try writer.issuer(request.name) else {
                throw StoreError.noIssuer(request.name)
            }
            try request.require(RecordTag(issuer))
            try writer.removeIssuer(issuer.name)
        }
        return .done()
    }
}
