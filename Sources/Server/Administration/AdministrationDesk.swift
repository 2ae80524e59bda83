// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Logging
internal import Reactor
internal import Storage
internal import Synchronization
internal import Text

/// An answer before it is written.
struct AdministrationAnswer {
    var head: ResponseWriter.Head
    var content: [UInt8] = []
    /// Whether something is left to be written when the store can be written again.
    var isToBeRetried = false

    init(_ status: Int, _ content: [UInt8] = []) {
        head = ResponseWriter.Head(status: status)
        self.content = content
    }
}

/// Does what administrators ask, once it is known that they are ones.
struct AdministrationDesk: Sendable {
    let store: any RegistrationStore
    let metrics: Metrics
    let program: ProgramDescription
    let clientSwitch: ClientSwitch
    let log: Logger

    /// Clients of one page: 150 KB of JSON.
    private static let pageMax = 1000

    /// Answers; nothing that fails here is told in detail but to the log.
    func answer(_ route: AdministrationRoute) -> AdministrationAnswer {
        do {
            return try answerOrThrow(route)
        } catch let error as StoreError {
            return answer(error)
        } catch {
            log.error("administration failed", metadata: ["reason": "\(error)"])
            return AdministrationAnswer(500)
        }
    }

    private func answerOrThrow(_ route: AdministrationRoute) throws -> AdministrationAnswer {
        switch route {
        case .metrics:
            var answer = AdministrationAnswer(200, metrics.text())
            answer.head.contentType = .metrics
            return answer
        case .health: return health()
        case .clients(let last): return try page(after: last)
        case .client(let clientID):
            guard var client = try store.client(clientID) else { return AdministrationAnswer(404) }
            if clientSwitch.isOff(clientID) { client.enabled = false }
            return AdministrationAnswer(200, Array(try program.show(client).utf8))
        case .setEnabled(true, let clientID): return answer(clientSwitch.enable(clientID))
        case .setEnabled(false, let clientID): return answer(clientSwitch.disable(clientID))
        case .nothing: return AdministrationAnswer(404)
        case .malformedQuery: return AdministrationAnswer(400)
        case .otherMethod(let allow):
            var answer = AdministrationAnswer(405)
            answer.head.allow = allow
            return answer
        }
    }

    private func health() -> AdministrationAnswer {
        let isDraining = metrics.gauges.isDraining.load(ordering: .relaxed)
        let state = isDraining ? "draining" : "ok"
        return AdministrationAnswer(isDraining ? 503 : 200, Array(#"{"status":"\#(state)"}"#.utf8))
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
            answer.head.retryAfter = 1
            return answer
        case .full: return AdministrationAnswer(507)
        default:
            log.error("administration failed", metadata: ["reason": "\(error)"])
            return AdministrationAnswer(500)
        }
    }
}
