// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Registration
internal import Storage
internal import Text

extension AdministrationActions {
    /// Trust sets: CAs under one name, with their revocation lists.
    var trustSetRoutes: [AdministrationRoute] {
        [
            AdministrationRoute(
                method: .get,
                path: "/trust-sets",
                role: .read,
                summary: "Every trust set, by name.",
                successes: [.init(200, "TrustSets")],
                work: .store { _ in
                    let sets = try store.trustSets().map { TrustSetInformation.value($0) }
                    return .json(.object(["trust_sets": .array(sets)]))
                }
            ),
            AdministrationRoute(
                method: .get,
                path: "/trust-sets/{name}",
                role: .read,
                summary: "One trust set, with its clients' number and the state of its lists.",
                successes: [.init(200, "TrustSet", isTagged: true)],
                work: .store { try showTrustSet($0) }
            ),
            AdministrationRoute(
                method: .delete,
                path: "/trust-sets/{name}",
                role: .administer,
                summary: "Remove a trust set that no client is registered with.",
                isConditional: true,
                successes: [.init(204)],
                problems: [409],
                work: .store { try removeTrustSet($0) }
            ),
        ]
    }

    /// Never 304: lists and clients change without the set.
    private func showTrustSet(_ request: AdministrationRequest) throws -> Response {
        guard let set = try store.trustSet(request.name) else {
            throw StoreError.noTrustSet(request.name)
        }
        let shown = try TrustSetFacts.presentation(of: set.name, in: store, now: now)
        return .json(shown.value, tag: RecordTag(set))
    }

    private func removeTrustSet(_ request: AdministrationRequest) throws -> Response {
        try store.write(by: request.author, at: now) { writer in
            guard let set = try writer.trustSet(request.name) else {
                throw StoreError.noTrustSet(request.name)
            }
            try request.require(RecordTag(set))
            try writer.removeTrustSet(set.name)
        }
        return .done()
    }
}
