// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Reactor
internal import Storage
internal import Telemetry
internal import Text

extension AdministrationActions {
    /// The list of all that ends.
    var expiringRoutes: [AdministrationRoute] {
        [
            AdministrationRoute(
                method: .get,
                path: "/expiring",
                role: .read,
                summary: "Certificates, CAs, revocation lists and keys by the dates of their ends.",
                query: [
                    QueryParameter("before", .time, "The time before which they end."),
                    QueryParameter(
                        "after",
                        .time,
                        "The time after which they end, to leave out what has ended long ago."
                    ),
                    QueryParameter(
                        "kind",
                        .choice(Ending.Kind.allCases.map(\.rawValue)),
                        "Things of this kind alone."
                    ),
                    QueryParameter(
                        "order",
                        .choice([Self.ascending, Self.descending]),
                        "Whether what ends first comes first, as where it is left out, or what ends"
                            + " last."
                    ),
                    QueryParameter(
                        "limit",
                        .number(1...Self.endingsMax),
                        "How many at most; \(Self.endingsStandard) where it is left out."
                    ),
                ],
                successes: [.init(200, "EndingPage")],
                work: .store { try expiring($0) }
            )
        ]
    }

    private static let endingsMax = 1_000
    private static let endingsStandard = 100
    private static let ascending = "ascending"
    private static let descending = "descending"

    private func expiring(_ request: AdministrationRequest) throws -> Response {
        let query = request.query
        let limit = query.number("limit") ?? Self.endingsStandard
        let (after, before) = (query.seconds("after"), query.seconds("before"))
        let kind = query["kind"].flatMap { Ending.Kind(rawValue: $0) }
        let now = now
        let endings = try others(now).filter { ending in
            (kind == nil || kind == ending.kind) && ending.ends >= after ?? .min
                && ending.ends < before ?? .max
        }
        // One more than fits tells whether there are more.
        var found = EndQuery(limit: limit + 1)
        (found.after, found.before) = (after, before)
        found.isDescending = query["order"] == Self.descending
        let isDescending = found.isDescending
        let ofClients = try certificates(found, kind).map { Ending($0) }
        // Swift's sort is stable: those of one second stay in the order of their kinds.
        let sorted = (endings + ofClients).sorted {
            isDescending ? $0.ends > $1.ends : $0.ends < $1.ends
        }
        return .json(
            .object([
                "expiring": .array(sorted.prefix(limit).map { $0.value(now: now) }),
                "more": .boolean(sorted.count > limit),
            ])
        )
    }

    /// The certificates of clients that are asked for.
    private func certificates(
        _ query: EndQuery,
        _ kind: Ending.Kind?
    ) throws -> [EndingCertificate] {
        var query = query
        switch kind {
        case nil: break
        case .clientCertificate: query.use = .registered
        case .clientCA: query.use = .caCertificate
        default: return []
        }
        return try store.endingCertificates(query)
    }

    /// All that ends besides clients' certificates.
    private func others(_ now: Int64) throws -> [Ending] {
        let gauges = metrics.gauges
        let served = gauges.serverCertificates.withLock { $0 }
        var endings = served.map { Ending($0, listeners: metrics.listeners) }
        endings += Ending.all(of: try store.keys(), facts.values.keySchedule, now: now)
        endings += try store.trustSets().flatMap { Ending.all(of: $0, now: now) }
        return endings + gauges.revocationListEnds.withLock { $0 }.map { Ending($0) }
    }
}
