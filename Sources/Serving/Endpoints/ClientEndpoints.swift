// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import LoadTarget
internal import OAuth
internal import Reactor
internal import Telemetry

/// The endpoints at which clients authenticate: parses the form, and has `TokenEndpoint` decide.
///
/// The needs of a decision go to `Needs`; the request is parked meanwhile.
final class ClientEndpoints {
    /// The endpoint that a client's form is sent to.
    enum Question: Equatable {
        case token
        /// The answer has the form that the request asks for.
        case introspection(IntrospectionForm)
        case revocation
        case pushedRequest
    }

    /// The content of the last answer that was `Answer.content`.
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    private(set) var content: [UInt8] = []

    private let clock: WallClock
    private let needs: Needs
    private let usage: CertificateUsage
    private let decisions: DecisionLog
    private let forwarded: ForwardedCertificates
    private let staleness: StoreStaleness?
    private let addressFailures: AddressFailures
    /// The calls at a load target; nil on every other server.
    private let calls: TargetCalls?
    private var settings: ReactorSettings
    private var registry: Registry
    private var endpoint: TokenEndpoint
    /// The form of the current request, a buffer that all requests reuse.
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    private var form = FormFields()

    init(_ start: ReactorStart) {
        clock = start.clock
        needs = Needs(start)
        usage = start.certificateUsage
        decisions = DecisionLog(start)
        forwarded = ForwardedCertificates(start.log)
        staleness = start.staleness
        addressFailures = start.throttles.addresses
        calls = start.loadTarget.map { TargetCalls($0) }
        settings = start.settings
        registry = start.registry
        endpoint = TokenEndpoint(
            start.settings.issuer,
            keys: start.keys,
            dummyPasswordHash: start.settings.dummyPasswordHash,
            replays: start.replays,
            revocations: start.revocations,
            recent: start.grants.recent
        )
        content.reserveCapacity(4096)
    }

    // MARK: updates

    /// Sets the registry for the next requests.
    func update(_ registry: Registry) {
        self.registry = registry
    }

    /// Sets the keys of tokens.
    func update(_ keys: TokenKeys) {
        endpoint.use(keys)
    }

    /// Sets the rules of a load target.
    func update(_ plan: FaultPlan) {
        calls?.update(plan)
    }

    /// Applies reloaded settings.
    func update(_ settings: ReactorSettings) {
        self.settings = settings
        endpoint.use(settings.issuer, dummyPasswordHash: settings.dummyPasswordHash)
    }

    // MARK: requests

    /// Answers a form, or parks its request.
    func answer(
        _ question: Question,
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ session: HTTP1Session
    ) -> Answer {
        // Cleared first, so that the log does not name an earlier request's client.
        form.clear()
        if let staleness, staleness.isStale {
            let refused = RefusedRequest(
                .storeStale,
                of: .inForm,
                retryAfter: StoreStaleness.retrySeconds
            )
            return refuse(refused, session)
        }
        let proxy = settings.listeners[session.listener].trustedProxy
        if let error = forwarded.read(request, bytes, session, of: proxy) {
            return refuse(error, session)
        }
        guard !request.hasContentCoding else {
            return refuse(.contentCoding, session, status: 415)
        }
        if let error = FormContent.read(request, bytes, into: &form) {
            return refuse(error, session)
        }
        if let calls, question == .token, session.target?.call == nil,
            let id = form.range(of: .clientID),
            let answer = calls.begin(form.bytes.span.extracting(id), registry, session)
        {
            return end(.response(answer), session)
        }
        let authorization = Self.authorization(request, bytes)
        let context = context(of: session)
        let decision = decide(question, authorization, session, context)
        if decision.isAuthenticated { recordUsage(session, context.now) }
        return end(conclude(decision, bytes, session), session)
    }

    /// Resumes a parked request with the answer to its need.
    func resume(
        _ continuation: Continuation,
        with met: Met,
        _ session: HTTP1Session
    ) -> Answer {
        let context = context(of: session)
        let decision = withContent { endpoint.resume(continuation, with: met, context, into: &$0) }
        // The request's bytes are gone from the buffer by now.
        let none: [UInt8] = []
        return end(conclude(decision, none.span, session), session)
    }

    /// The answer, changed by a load target's rules for it; counts the call that it ends.
    private func end(_ answer: Answer, _ session: HTTP1Session) -> Answer {
        guard let calls, let call = session.target?.call, !call.isEnded, !answer.isParked else {
            return answer
        }
        calls.end(call, session)
        guard case .malformed = call.strike?.fault else { return answer }
        return .response(answer.malformed(content))
    }

    /// The context of a decision about the session's current request.
    private func context(of session: HTTP1Session) -> DecisionContext {
        DecisionContext(
            registry: registry,
            profile: settings.listeners[session.listener].profile,
            now: clock.seconds,
            hasWaitedForKeys: session.exchange.hasWaitedForKeys,
            alteration: session.target?.call?.alteration ?? .none,
            clientRate: settings.limits.clientRate,
            uptime: Clock.nanoseconds
        )
    }

    /// Asks the endpoint about the form.
    private func decide(
        _ question: Question,
        _ authorization: AuthorizationHeader,
        _ session: HTTP1Session,
        _ context: DecisionContext
    ) -> Decision {
        withContent { body in
            switch question {
            case .token:
                endpoint.respond(
                    to: form,
                    authorization: authorization,
                    peer: session,
                    context,
                    into: &body
                )
            case .introspection(let answerForm):
                endpoint.introspect(
                    form,
                    authorization: authorization,
                    peer: session,
                    context,
                    as: answerForm,
                    into: &body
                )
            case .revocation:
                endpoint.revoke(
                    form,
                    authorization: authorization,
                    peer: session,
                    context,
                    into: &body
                )
            case .pushedRequest:
                endpoint.push(
                    form,
                    authorization: authorization,
                    peer: session,
                    context,
                    into: &body
                )
            }
        }
    }

    /// Empties the content buffer and has it written.
    ///
    /// Taken out meanwhile: two accesses to one property would overlap.
    private func withContent(_ write: (inout [UInt8]) -> Decision) -> Decision {
        content.removeAll(keepingCapacity: true)
        var body = content
        content = []
        defer { content = body }
        return write(&body)
    }

    /// Records that a certificate is in use; once an hour for each connection.
    private func recordUsage(_ session: HTTP1Session, _ now: Int64) {
        guard now >= session.usageRecordedAt + 3600, let thumbprint = session.thumbprint,
            let id = form.range(of: .clientID)
        else { return }
        // Behind a proxy one connection serves many.
        if !session.isTerminatedByProxy { session.usageRecordedAt = now }
        let client = Array(form.bytes[id])
        guard let accepted = endpoint.acceptedCertificate(thumbprint, of: client.span, registry)
        else { return usage.record(client, thumbprint, now: now) }
        let certificate = accepted.certificate
        if let workload = certificate.spiffeID {
            return usage.record(accepted.client.id, spiffeID: workload.bytes, now: now)
        }
        usage.record(
            client,
            thumbprint,
            anchor: certificate.anchor,
            notAfter: certificate.notAfter,
            isForServersOnly: certificate.isForServersOnly,
            now: now
        )
    }

    // MARK: forms

    private static func authorization(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>
    ) -> AuthorizationHeader {
        guard let range = request.authorization else { return .none }
        guard request.authorizationCount == 1 else { return .several }
        return .one([UInt8](copying: bytes.extracting(range)))
    }

    // MARK: decisions

    /// Answers with the decision, or submits its need first.
    ///
    /// `request` are the request's bytes, for a need after which the request is decided once more.
    private func conclude(
        _ decision: Decision,
        _ request: Span<UInt8>,
        _ session: HTTP1Session
    ) -> Answer {
        switch decision {
        case .issued(let token):
            decisions.record(token, session, isLogged: settings.logsRequests)
            return .content
        case .described(let form):
            if settings.logsRequests { decisions.logIntrospection(session) }
            guard form == .jwt else { return .content }
            return .response(Response(status: 200, content, .tokenIntrospection))
        case .created: return .response(Response(status: 201, content))
        case .refused(let refused): return refuse(charged(refused, session), session)
        case .needs(let need, let continuation):
            let met = needs.meet(
                need,
                continuation,
                request,
                session,
                passwordFailuresMax: settings.limits.passwordFailures
            )
            if let met { return resume(continuation, with: met, session) }
            return .parked
        }
    }

    /// The refusal, or 429 in its place where too many requests of its address have failed client
    /// authentication.
    ///
    /// After the authentication, whose work and time are the same for each address: before it the
    /// clients that share an address with a failing one would be refused, too. Not at a listener
    /// that takes certificates from a proxy: its address is that of all clients.
    private func charged(_ refused: RefusedRequest, _ session: HTTP1Session) -> RefusedRequest {
        guard let rate = settings.limits.addressRate, refused.error.code == .invalidClient,
            settings.listeners[session.listener].trustedProxy == nil,
            let address = session.chargedAddress,
            let seconds = addressFailures.charge(address, rate, now: Clock.nanoseconds)
        else { return refused }
        return RefusedRequest(.addressRate, of: refused.client, retryAfter: seconds)
    }

    /// Refuses a request before a decision about it; `status` where it is not the error's own.
    private func refuse(
        _ error: OAuthError,
        _ session: HTTP1Session,
        status: Int? = nil
    ) -> Answer {
        refuse(RefusedRequest(error, of: .inForm), session, status: status)
    }

    private func refuse(
        _ refused: RefusedRequest,
        _ session: HTTP1Session,
        status: Int? = nil
    ) -> Answer {
        decisions.record(refused, of: id(of: refused.client), session, registry)
        let error = refused.error
        session.target?.call?.answer = .refusal(
            status ?? error.status,
            error: error.code.rawValue
        )
        var json: [UInt8] = []
        error.appendJSON(to: &json)
        var response = Response(status: status ?? error.status, json)
        // RFC 9110 §12.5.3: for 415, that no content coding is taken.
        if status == 415 { response.add("Accept-Encoding", "identity") }
        if error.code == .invalidClient {
            response.addChallenge("Basic", realm: settings.realm)
        }
        if let seconds = refused.retryAfter { response.addRetryAfter(seconds) }
        return .response(response)
    }

    /// The `client_id` that a refused request gave, for the log; nil where it gave none.
    private func id(of client: NamedClient) -> [UInt8]? {
        switch client {
        case .id(let id): id
        case .inForm: form.range(of: .clientID).map { Array(form.bytes[$0]) }
        }
    }
}
