// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Logging
internal import Reactor

/// Answers probes: whether the server lives, whether it is ready, and its metrics where they are
/// told.
///
/// No credential is asked for but the key that opens the metrics.
final class ProbeHandler: LocalHTTPHandler {
    /// A question, which is also the path behind the slash.
    enum Question: String, CaseIterable {
        case health
        case ready
        case metrics
    }

    private let health: ServerHealth
    private let metrics: Metrics
    private let access: ProbeAccess
    private let log: Logger
    private let withMetrics: RouteTable<Question>
    private let withoutMetrics: RouteTable<Question>

    init(_ health: ServerHealth, _ metrics: Metrics, _ access: ProbeAccess, log: Logger) {
        self.health = health
        self.metrics = metrics
        self.access = access
        self.log = log
        withMetrics = Self.routes(Question.allCases)
        withoutMetrics = Self.routes([.health, .ready])
    }

    private static func routes(_ questions: [Question]) -> RouteTable<Question> {
        var table = RouteTable<Question>()
        for question in questions { table.add(.get, "/\(question.rawValue)", question) }
        return table
    }

    func admission(
        of request: borrowing Request,
        _ bytes: Span<UInt8>,
        from peer: LocalPeer
    ) -> LocalAdmission<Question> {
        let metrics = access.metrics
        let routes = metrics == .absent ? withoutMetrics : withMetrics
        switch routes.match(request, bytes) {
        case .nothing: return .refused(Response(status: 404))
        case .otherMethods(let methods): return .refused(.methodNotAllowed(methods))
        case .action(.metrics, _):
            guard case .pinned(let keys) = metrics else { return .admitted(.metrics) }
            // Pinned by key: a certificate may be renewed, and its subject can be anybody's.
            guard let key = peer.key, keys.contains(key) else {
                return .refused(Response(status: 403))
            }
            return .admitted(.metrics)
        case .action(let question, _): return .admitted(question)
        }
    }

    func reply(to request: LocalRequest, of caller: Question) -> LocalReply {
        switch caller {
        case .health: .now(health.liveness)
        case .ready: .now(health.readiness)
        case .metrics: .now(Response(status: 200, metrics.text(), .metrics))
        }
    }

    /// Logged at the lowest level alone: any peer can have it logged as often as it likes.
    func refusal(status: Int, reason: String, of peer: PeerAddress) -> Response {
        log.debug(
            "request refused",
            metadata: [
                "status": "\(status)", "reason": "\(reason)", "peer": "\(peer)",
                "listener": "probe",
            ]
        )
        return Response(status: status)
    }

    func tick(now: UInt64) { health.tick(now: now) }

    func end() {}
}
