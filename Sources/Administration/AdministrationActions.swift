// SPDX-License-Identifier: Apache-2.0
internal import HTTP
package import Logging
internal import Registration
package import Storage
internal import Synchronization
internal import Telemetry
internal import Text

/// A request of an administrator, routed to its action.
struct AdministrationRequest {
    /// The values of the route pattern's parameters, in their order.
    let parameters: [String]
    /// The query, without its question mark.
    let query: [UInt8]
    /// The content; empty without any.
    let content: [UInt8]
}

/// An answer to an administrator.
struct AdministrationAnswer: Sendable {
    var response: Response
    /// Whether a write is left for when the store is writable again.
    var isToBeRetried = false

    init(_ response: Response) {
        self.response = response
    }

    init(_ status: Int, _ content: [UInt8] = [], _ contentType: Response.ContentType = .json) {
        response = Response(status: status, content, contentType)
    }
}

/// Answers one request; runs on the thread of the administrative listener.
typealias AdministrationAction =
    @Sendable (AdministrationRequest) throws -> AdministrationReply

/// An answer, or the work that leads to one.
enum AdministrationReply {
    case now(AdministrationAnswer)
    /// Work that waits for the store: a worker runs it, in the order of the requests, while the
    /// listener goes on. The second is the answer where the work takes too long; the work goes on
    /// then.
    case later(@Sendable () -> AdministrationAnswer, else: AdministrationAnswer)
}

/// The actions of administrators on clients, metrics and health.
package struct AdministrationActions: Sendable {
    let store: any RegistrationStore
    let metrics: Metrics
    let clientSwitch: ClientSwitch
    /// The actions on a load target; nil on every other server.
    let loadTarget: LoadTargetActions?
    let log: Logger

    /// Clients of one page: 150 KB of JSON.
    private static let pageMax = 1000

    /// Actions on the registrations of `store`, on `metrics` and on `clientSwitch`.
    package init(
        store: any RegistrationStore,
        metrics: Metrics,
        clientSwitch: ClientSwitch,
        loadTarget: LoadTargetActions? = nil,
        log: Logger
    ) {
        self.store = store
        self.metrics = metrics
        self.clientSwitch = clientSwitch
        self.loadTarget = loadTarget
        self.log = log
    }

    /// The routes of these actions.
    func routes() -> RouteTable<AdministrationAction> {
        var table = RouteTable<AdministrationAction>()
        table.add(.get, "/metrics") { _ in
            .now(AdministrationAnswer(200, metrics.text(), .metrics))
        }
        table.add(.get, "/health") { _ in .now(health()) }
        let refusals = Refusals(counters: metrics.counters, listeners: metrics.listeners)
        table.add(.get, "/refusals") { .now(refusals.answer($0.query)) }
        table.add(.get, "/clients") { .now(try page($0.query)) }
        table.add(.get, "/clients/{client_id}") { .now(try client($0.parameters[0])) }
        table.add(.post, "/clients/{client_id}/enable") {
            let enabling = clientSwitch.enabling($0.parameters[0])
            return .later(
                { answer(clientSwitch.write(enabling)) },
                else: answer(StoreError(.busy, Self.noAnswerYet))
            )
        }
        table.add(.post, "/clients/{client_id}/disable") {
            // Switched off in memory before the store is waited for.
            let begun = clientSwitch.disabling($0.parameters[0])
            return .later(
                { answer(clientSwitch.write(begun)) },
                else: Self.notDurable(Self.noAnswerYet)
            )
        }
        loadTarget?.add(to: &table)
        return table
    }

    /// Answers by the route of a request; details of failures go to the log alone.
    func answer(
        _ match: RouteTable<AdministrationAction>.Match,
        query: [UInt8],
        content: [UInt8] = []
    ) -> AdministrationReply {
        do {
            switch match {
            case .action(let action, let parameters):
                return try action(
                    AdministrationRequest(parameters: parameters, query: query, content: content)
                )
            case .otherMethods(let methods):
                return .now(AdministrationAnswer(.methodNotAllowed(methods)))
            case .nothing: return .now(AdministrationAnswer(404))
            }
        } catch let error as StoreError {
            return .now(answer(error))
        } catch {
            log.error("a request of an administrator failed", metadata: ["reason": "\(error)"])
            return .now(AdministrationAnswer(500))
        }
    }

    private func health() -> AdministrationAnswer {
        let isDraining = metrics.gauges.isDraining.load(ordering: .relaxed)
        let state = isDraining ? "draining" : "ok"
        return AdministrationAnswer(isDraining ? 503 : 200, Array(#"{"status":"\#(state)"}"#.utf8))
    }

    private func client(_ clientID: String) throws -> AdministrationAnswer {
        guard var client = try store.client(clientID) else { return AdministrationAnswer(404) }
        if clientSwitch.isOff(clientID) { client.enabled = false }
        return AdministrationAnswer(200, Array(ClientInformation.value(client).indentedText.utf8))
    }

    /// The page of clients that begins after the client of the parameter `after`.
    private func page(_ query: [UInt8]) throws -> AdministrationAnswer {
        var fields = FormFields()
        do throws(FormError) {
            try fields.parse(query.span)
        } catch {
            return AdministrationAnswer(400)
        }
        let after = fields.range(named: "after").map {
            String(decoding: fields.bytes[$0], as: UTF8.self)
        }
        return try page(after: after)
    }

    private func page(after last: String?) throws -> AdministrationAnswer {
        // One more than fits tells whether anything follows.
        let found = try store.clients(after: last, limit: Self.pageMax + 1)
        var json = Array(#"{"clients":["#.utf8)
        for (index, client) in found.prefix(Self.pageMax).enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += #"{"client_id":"#.utf8
            JSONText.appendString(client.clientID, to: &json)
            json += #","token_endpoint_auth_method":"#.utf8
            JSONText.appendString(client.authenticationMethod, to: &json)
            let isEnabled = client.enabled && !clientSwitch.isOff(client.clientID)
            json += #","enabled":\#(isEnabled)}"#.utf8
        }
        json += "]".utf8
        if found.count > Self.pageMax {
            json += #","next":"#.utf8
            JSONText.appendString(found[Self.pageMax - 1].clientID, to: &json)
        }
        json += "}".utf8
        return AdministrationAnswer(200, json)
    }

    private func answer(_ result: ClientSwitch.WriteResult) -> AdministrationAnswer {
        switch result {
        case .durable: return AdministrationAnswer(204)
        case .noClient: return AdministrationAnswer(404)
        case .refused(let error): return answer(error)
        case .notDurable(let error):
            var answer = Self.notDurable(error.reason)
            answer.isToBeRetried = true
            return answer
        }
    }

    private static let noAnswerYet = "the store has not answered yet"

    private static func notDurable(_ reason: String) -> AdministrationAnswer {
        var json = Array(#"{"enabled":false,"durable":false,"reason":"#.utf8)
        JSONText.appendString(reason, to: &json)
        json += "}".utf8
        return AdministrationAnswer(202, json)
    }

    /// 404, 503 with Retry-After or 507 for what a caller can act on; the rest is logged, and 500.
    private func answer(_ error: StoreError) -> AdministrationAnswer {
        switch error.kind {
        case .notFound: return AdministrationAnswer(404)
        case .busy, .unavailable:
            var answer = AdministrationAnswer(503)
            answer.response.addRetryAfter(1)
            return answer
        case .full: return AdministrationAnswer(507)
        default:
            log.error(
                "a request of an administrator failed",
                metadata: ["reason": "\(error.sentence)"]
            )
            return AdministrationAnswer(500)
        }
    }
}
