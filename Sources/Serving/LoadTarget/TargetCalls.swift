// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import LoadTarget
internal import OAuth

/// Numbers, faults and counts of the calls at one reactor of a load target.
final class TargetCalls {
    private let start: LoadTargetStart
    private let digester = Digester()
    private var plan = FaultPlan.empty

    init(_ start: LoadTargetStart) {
        self.start = start
    }

    /// Sets the rules for the next calls.
    func update(_ plan: FaultPlan) {
        self.plan = plan
    }

    // MARK: requests

    /// Begins a token request of the client that `id` names, and numbers it.
    ///
    /// Returns the answer of a fault that stands in place of a decision; else nil.
    func begin(_ id: Span<UInt8>, _ registry: Registry, _ session: HTTP1Session) -> Response? {
        let client = client(id, registry, session)
        let name = client.clientID.isEmpty ? Self.name(id) : client.clientID
        let number = client.beginRequest()
        count(session, client)
        let strike =
            plan.hasRequestFaults
            ? plan.strike(request: number, of: client, at: start.moment) : nil
        let call = TargetCall(
            client,
            named: name,
            strike,
            alteration(strike, name, number),
            start.work.serviceTimes
        )
        session.target?.call = call
        guard let fault = strike?.fault else { return nil }
        return Self.answer(fault, retryAfter: strike?.retryAfterSeconds ?? 0, call)
    }

    /// The calls of the client that `id` names; those of strangers where it is not registered.
    ///
    /// A connection keeps the ones of its last client, whose next request looks nothing up.
    private func client(
        _ id: Span<UInt8>,
        _ registry: Registry,
        _ session: HTTP1Session
    ) -> ClientCalls {
        if let last = session.target?.lastClient, ASCII.equals(id, id.indices, last.clientID) {
            return last
        }
        guard let registered = registry.clients.client(id) else { return start.clients.strangers }
        let found = start.clients.calls(ofRegistered: registered.id)
        session.target?.lastClient = found
        return found
    }

    /// Counts the connection of a request by its kind; its handshake once, for its first client.
    private func count(_ session: HTTP1Session, _ client: ClientCalls) {
        if session.isKeptAlive {
            start.counters.count(.requestsKeptAlive)
            client.counters.count(.requestsKeptAlive)
        } else {
            let isResumed = session.target?.isResumed ?? false
            client.counters.count(isResumed ? .handshakesResumed : .handshakesFull)
        }
    }

    /// The name of a client that is not registered, as far as the list of calls keeps it.
    private static func name(_ id: Span<UInt8>) -> String {
        String(
            decoding: [UInt8](copying: id.extracting(first: CallRecord.clientBytesMax)),
            as: UTF8.self
        )
    }

    private func alteration(
        _ strike: Strike?,
        _ clientID: String,
        _ number: UInt64
    ) -> TokenAlteration {
        let fault: TokenAlteration.Fault? =
            switch strike?.fault {
            case .expiredToken: .expired
            case .wrongCnf: .wrongBinding
            case .wrongSignature: .wrongSignature
            case .wrongKid: .wrongKeyID
            default: nil
            }
        return TokenAlteration(
            fault: fault,
            identifier: start.identifierSeed.map { identifier($0, clientID, number) }
        )
    }

    /// The identifier of a client's token by the number of its call: the same for the same seed.
    private func identifier(
        _ seed: String,
        _ clientID: String,
        _ number: UInt64
    ) -> TokenAlteration.Identifier {
        let text = "handfast load target jti\0\(seed)\0\(clientID)\0\(number)"
        let digest = digester.digest(Array(text.utf8).span)
        func half(_ start: Int) -> UInt64 {
            (start..<start + 8).reduce(0) { $0 << 8 | UInt64(digest[$1]) }
        }
        return TokenAlteration.Identifier(half(0), half(8))
    }

    /// The answer in place of a decision; nil for faults of other stages.
    private static func answer(_ fault: Fault, retryAfter: Int, _ call: TargetCall) -> Response? {
        switch fault {
        case .status(let status, let retryAfter):
            call.answer = .status(status)
            var response = Response(status: status)
            if let retryAfter { response.addRetryAfter(retryAfter) }
            return response
        case .oauthError(let error):
            let status = Fault.status(ofOAuthError: error)
            call.answer = .refusal(status, error: error)
            return Response(status: status, errorJSON(error))
        case .rateLimit:
            call.answer = .refusal(429, error: "slow_down")
            var response = Response(status: 429, errorJSON("slow_down"))
            response.addRetryAfter(max(retryAfter, 1))
            return response
        // Nothing of an answer is sent: any one will do.
        case .reset, .silence:
            call.answer = .none
            return Response(status: 503)
        default: return nil
        }
    }

    /// The rules take only the characters of RFC 6749 §5.2 for an error, none of which JSON
    /// escapes.
    private static func errorJSON(_ error: String) -> [UInt8] {
        Array(#"{"error":"\#(error)","error_description":"a fault of the load target"}"#.utf8)
    }

    /// Counts and lists an answered call.
    func end(_ call: TargetCall, _ session: HTTP1Session) {
        call.isEnded = true
        if call.madeFault == .rotateKeys { start.rotateKeys() }
        let counter: LoadCounter = call.answer == .token ? .tokens : .refusals
        for counters in [start.counters, call.client.counters] {
            counters.count(counter)
            if let kind = call.madeFault { counters.count(kind) }
            if let kind = call.strike?.delayKind { counters.count(kind) }
        }
        let connection: CallRecord.Connection =
            session.isKeptAlive ? .kept : session.target?.isResumed == true ? .resumed : .full
        start.record(
            CallRecord(
                time: start.moment.time,
                client: call.clientID,
                thumbprint: session.thumbprint,
                connection: connection,
                answer: call.answer,
                fault: call.madeFault ?? call.strike?.delayKind
            )
        )
    }
}

extension Answer {
    /// The answer with half of its content, which is no JSON then; `content` is that of
    /// `.content`.
    func malformed(_ content: [UInt8]) -> Response {
        guard case .response(var response) = self else {
            return Response(status: 200, Array(content.prefix(content.count / 2)))
        }
        response.content = Array(response.content.prefix(response.content.count / 2))
        return response
    }
}
