// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Storage
internal import Text

extension AdministrationActions {
    /// The server itself: whether it serves, its numbers, its configuration, and the description of
    /// this interface.
    func stateRoutes(document: [UInt8]) -> [AdministrationRoute] {
        healthRoutes + [
            AdministrationRoute(
                method: .get,
                path: "/openapi.json",
                role: nil,
                summary: "This description; without a token.",
                successes: [.init(200, "Description")],
                work: .now { _ in Response(status: 200, document) }
            ),
            AdministrationRoute(
                method: .get,
                path: "/metrics",
                role: .read,
                summary: "The server's numbers, in Prometheus' text format.",
                successes: [.init(200, "Metrics", .metrics)],
                work: .now { _ in Response(status: 200, metrics.text(), .metrics) }
            ),
            AdministrationRoute(
                method: .get,
                path: "/refusals",
                role: .read,
                summary: "The latest refused requests and failed handshakes, newest first.",
                query: RefusalQuery.parameters,
                successes: [.init(200, "RefusalPage")],
                // Not of the store, but certificates are parsed for it.
                work: .store { request in
                    let refusals = Refusals(
                        counters: metrics.counters,
                        listeners: metrics.listeners
                    )
                    return .json(refusals.page(RefusalQuery(request.query)))
                }
            ),
            configurationRoute,
        ]
    }

    private var healthRoutes: [AdministrationRoute] {
        [
            AdministrationRoute(
                method: .get,
                path: "/health",
                role: nil,
                summary: "Whether the server serves; without a token.",
                successes: [.init(200, "Health"), .init(503, "Health")],
                work: .now { _ in health.liveness }
            ),
            AdministrationRoute(
                method: .get,
                path: "/ready",
                role: nil,
                summary: "Whether balancers should send requests here; without a token.",
                successes: [.init(200, "Readiness"), .init(503, "Readiness")],
                work: .now { _ in health.readiness }
            ),
        ]
    }

    private var configurationRoute: AdministrationRoute {
        AdministrationRoute(
            method: .get,
            path: "/configuration",
            role: .read,
            summary: "The configuration in effect: each key's value, and where it came from.",
            successes: [.init(200, "Configuration")],
            work: .now { _ in
                .json(.object(["settings": .array(facts.values.settings.map(\.shown))]))
            }
        )
    }
}

extension ServerFacts.Setting {
    /// For programs.
    fileprivate var shown: JSONValue {
        .object([
            "key": .string(key),
            "value": .string(value),
            "source": .string(source.rawValue),
            "origin": .string(origin),
            "needs_restart": .boolean(needsRestart),
            "documentation": .string(documentation),
        ])
    }
}
