// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Logging
internal import Reactor
internal import Storage
internal import Synchronization
internal import Telemetry
internal import Text

/// What an administrator asks, once the path has led to an action.
struct AdministrationRequest {
    /// What the parameters of the route's pattern take, in their order.
    let parameters: [String]
    /// The query, without its question mark.
    let query: [UInt8]
}

/// An answer to an administrator.
struct AdministrationAnswer {
    var response: Response
    /// Whether something is left to be written when the store can be written again.
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
    @Sendable (AdministrationRequest) throws -> AdministrationAnswer

/// The actions of administrators on clients, metrics and health.
struct AdministrationActions: Sendable {
    let store: any RegistrationStore
    let metrics: Metrics
    let program: ProgramDescription
    let clientSwitch: ClientSwitch
    let log: Logger

    /// Clients of one page: 150 KB of JSON.
    private static let pageMax = 1000

    /// The routes of these actions.
    func routes() -> RouteTable<AdministrationAction> {
        var table = RouteTable<AdministrationAction>()
        table.add(.get, "/metrics") { _ in AdministrationAnswer(200, metrics.text(), .metrics) }
        table.add(.get, "/health") { _ in health() }
        table.add(.get, "/clients") { try page($0.query) }
        table.add(.get, "/clients/{client_id}") { try client($0.parameters[0]) }
        table.add(.post, "/clients/{client_id}/enable") {
            answer(clientSwitch.enable($0.parameters[0]))
        }
        table.add(.post, "/clients/{client_id}/disable") {
            answer(clientSwitch.disable($0.parameters[0]))
        }
        return table
    }

    /// Answers by the route of a request; failures are told in detail to the log alone.
    func answer(
        _ match: RouteTable<AdministrationAction>.Match,
        query: [UInt8]
    ) -> AdministrationAnswer {
        do {
            switch match {
            case .action(let action, let parameters):
                return try action(AdministrationRequest(parameters: parameters, query: query))
            case .otherMethods(let methods):
                return AdministrationAnswer(.methodNotAllowed(methods))
            case .nothing: return AdministrationAnswer(404)
            }
        } catch let error as StoreError {
            return answer(error)
        } catch {
            log.error("administration failed", metadata: ["reason": "\(error)"])
            return AdministrationAnswer(500)
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
        return AdministrationAnswer(200, Array(try program.show(client).utf8))
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

    private func answer(_ outcome: ClientSwitch.Outcome) -> AdministrationAnswer {
        switch outcome {
        case .durable: return AdministrationAnswer(204)
        case .noClient: return AdministrationAnswer(404)
        case .refused(let error): return answer(error)
        case .notDurable(let error):
            var json = Array(#"{"enabled":false,"durable":false,"reason":"#.utf8)
            JSONText.appendString(error.problem, to: &json)
            json += "}".utf8
            var answer = AdministrationAnswer(202, json)
            answer.isToBeRetried = true
            return answer
        }
    }

    private func answer(_ error: StoreError) -> AdministrationAnswer {
        switch error.kind {
        case .notFound: return AdministrationAnswer(404)
        case .busy, .unavailable:
            var answer = AdministrationAnswer(503)
            answer.response.addRetryAfter(1)
            return answer
        case .full: return AdministrationAnswer(507)
        default:
            log.error("administration failed", metadata: ["reason": "\(error)"])
            return AdministrationAnswer(500)
        }
    }
}
