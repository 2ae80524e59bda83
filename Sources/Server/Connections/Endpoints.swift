// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Logging
internal import OAuth
internal import Reactor
internal import Registration
internal import TLS
internal import Telemetry

/// Which path leads where, and what the answers look like.
extension ReactorService {
    /// Decides about one complete request: appends its answer, or leaves the connection
    /// `.deciding`.
    func route(_ request: borrowing Request, _ bytes: Span<UInt8>, _ connection: Connection) {
        switch settings.routes.endpoint(of: request, bytes) {
        case .token: decide(.token, request, bytes, connection)
        case .introspection: decide(.introspection, request, bytes, connection)
        case .keys: read(jwks, request, bytes, connection)
        case .metadata: read(settings.metadata, request, bytes, connection)
        case .health:
            let state = isDraining ? #"{"status":"draining"}"# : #"{"status":"ok"}"#
            var response = Response(status: isDraining ? 503 : 200, Array(state.utf8))
            if isDraining { response.addRetryAfter(1) }
            read(request, response, connection)
        case nil: answer(Response(status: 404), connection)
        }
    }

    /// What GET and HEAD read, unless they have it already (RFC 9110 §13.1.2).
    private func read(
        _ document: PublicDocument,
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ connection: Connection
    ) {
        let isKnown = EntityTag.noneMatches(document.entityTag, request, bytes)
        var response = Response(status: isKnown ? 304 : 200, document.content)
        response.caching = .everybody
        response.add("ETag", document.entityTag)
        read(request, response, connection)
    }

    /// What GET and HEAD read.
    private func read(
        _ request: borrowing Request,
        _ response: Response,
        _ connection: Connection
    ) {
        switch request.method {
        case .get, .head: answer(response, connection)
        default: answer(.methodNotAllowed([.get, .head]), connection)
        }
    }

    // MARK: the endpoints of clients

    private func decide(
        _ question: Question,
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ connection: Connection
    ) {
        connection.exchange.endpoint = question == .token ? .token : .introspection
        if question == .token {
            let allowed = settings.corsOrigins[connection.listener]
            connection.exchange.crossOrigin = CrossOrigin(request, bytes, allowed: allowed)
        }
        guard request.method == .post else {
            return refuseMethod(request, bytes, connection)
        }
        // An earlier request's client must not be named for this one.
        form.clear()
        if let error = takeForwardedCertificate(request, bytes, connection) {
            return refuse(connection, error)
        }
        guard !request.hasContentCoding else {
            return refuse(connection, .contentCoding, status: 415)
        }
        if let error = readForm(request, bytes) { return refuse(connection, error) }
        let authorization = authorizationHeader(request, bytes)
        let context = context(of: connection, now: clock.seconds)
        let decision = decision(question, authorization, connection, context)
        if decision.isAuthenticated { recordCertificate(connection, context.now) }
        conclude(decision, bytes, connection)
    }

    /// Asks the endpoint about the form; the response's body stands in `content` then.
    private func decision(
        _ question: Question,
        _ authorization: AuthorizationHeader,
        _ connection: Connection,
        _ context: DecisionContext
    ) -> Decision {
        content.removeAll(keepingCapacity: true)
        // Taken out while the endpoint writes into it: two accesses to one property would overlap.
        var body = content
        content = []
        defer { content = body }
        return switch question {
        case .token:
            endpoint.respond(
                to: form,
                authorization: authorization,
                peer: connection,
                context,
                into: &body
            )
        case .introspection:
            endpoint.introspect(
                form,
                authorization: authorization,
                peer: connection,
                context,
                into: &body
            )
        }
    }

    /// Answers a browser that asks what a page may send here, and refuses all other methods.
    private func refuseMethod(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ connection: Connection
    ) {
        guard case .allowed = connection.exchange.crossOrigin,
            CrossOrigin.isPreflight(request, bytes)
        else { return answer(.methodNotAllowed([.post]), connection) }
        answer(Response(status: 204), isPreflight: true, connection)
    }

    /// Records that a certificate is in use; once an hour for each connection.
    private func recordCertificate(_ connection: Connection, _ now: Int64) {
        guard now >= connection.sightedAt + 3600, let thumbprint = connection.thumbprint,
            let id = form.range(of: .clientID)
        else { return }
        // Behind a proxy one connection serves many.
        if !connection.isForwarding { connection.sightedAt = now }
        let client = Array(form.bytes[id])
        guard
            let accepted = endpoint.acceptedCertificate(thumbprint, of: client.span, registry)
        else { return certificateUsage.record(client, thumbprint, now: now) }
        certificateUsage.record(
            client,
            thumbprint,
            authority: accepted.authority,
            notAfter: accepted.notAfter,
            isForServersOnly: accepted.isForServersOnly,
            now: now
        )
    }

    /// Reads the body as a form; what is wrong with it, or nil.
    private func readForm(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>
    ) -> OAuthError? {
        guard request.hasFormContent(in: bytes) else {
            return .invalidRequest(
                "the content type must be application/x-www-form-urlencoded",
                check: .contentType
            )
        }
        // RFC 6749 §2.3.1, §3.2: parameters stand in the content; the query is never read for them.
        if !request.query.isEmpty, hasParameters(bytes.extracting(request.query)) {
            return .invalidRequest("parameters must not stand in the query", check: .query)
        }
        do throws(FormError) {
            if request.bodyPieces.isEmpty {
                try form.parse(bytes.extracting(request.body))
            } else {
                var whole: [UInt8] = []
                for piece in request.bodyPieces {
                    whole.append(contentsOf: bytes.extracting(piece))
                }
                try form.parse(whole.span)
            }
            return nil
        } catch {
            return .form(error)
        }
    }

    private func hasParameters(_ query: Span<UInt8>) -> Bool {
        do throws(FormError) {
            try form.parse(query)
            return Parameter.allCases.contains { form.range(of: $0) != nil }
        } catch {
            return true
        }
    }

    private func authorizationHeader(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>
    ) -> AuthorizationHeader {
        guard let range = request.authorization else { return .none }
        guard request.authorizationCount == 1 else { return .several }
        return .one([UInt8](copying: bytes.extracting(range)))
    }

    /// Answers with what was decided, or has met what the decision needs first.
    func conclude(_ decision: Decision, _ request: Span<UInt8>, _ connection: Connection) {
        switch decision {
        case .issued(let token):
            counters.tokens.add(1)
            let index = ListenerCounters.tokenIndex(
                grant: token.grant.position,
                method: token.method.position
            )
            counters.listeners[connection.listener].tokens[index].add(1)
            succeed("token issued", connection)
        case .described: succeed("token introspected", connection)
        case .refused(let refusal): refuse(connection, refusal)
        case .needs(let need, let continuation):
            park(need, continuation, request, connection)
        }
    }

    private func succeed(_ message: Logger.Message, _ connection: Connection) {
        if settings.logsRequests {
            log.info(message, metadata: ["peer": "\(connection.peer)"])
        }
        guard case .unknown = connection.exchange.crossOrigin else {
            return answer(Response(status: 200, content), connection)
        }
        let framing = connection.framing.response
        ResponseWriter.appendSuccess(
            content,
            date: date.value(clock.seconds),
            keepsAlive: framing.keepsAlive,
            announcesKeepAlive: framing.announcesKeepAlive,
            to: &output
        )
    }

    // MARK: answers

    /// Writes any response but the ordinary one.
    func answer(_ response: Response, isPreflight: Bool = false, _ connection: Connection) {
        var response = response
        connection.exchange.crossOrigin.addFields(to: &response, isPreflight: isPreflight)
        ResponseWriter.append(
            response,
            connection.framing.response,
            date: date.value(clock.seconds),
            to: &output
        )
    }

    /// Answers a request that is none, and logs what is wrong with it.
    private func refuse(_ connection: Connection, _ error: OAuthError, status: Int? = nil) {
        refuse(connection, Refusal(error, of: .inForm), status: status)
    }

    /// Answers with an OAuth error and logs which check decided.
    private func refuse(_ connection: Connection, _ refusal: Refusal, status: Int? = nil) {
        let error = refusal.error
        counters.refusals.add(1)
        counters.listeners[connection.listener].refusals.withLock {
            $0[error.check.rawValue, default: 0] += 1
        }
        var metadata: Logger.Metadata = [
            "check": "\(error.check.rawValue)", "error": "\(error.code.rawValue)",
            "client_id": "\(name(of: refusal.client))",
            "peer": "\(connection.peer)",
            "thumbprint": "\(connection.thumbprint?.base64URL ?? "none")",
        ]
        if let judgement = refusal.judgement {
            if let explanation = judgement.explanation {
                metadata["explanation"] = "\(explanation)"
            }
            let facts = judgement.facts(leaf: connection.certificates().first)
            metadata.merge(facts) { own, _ in own }
        }
        log.notice("token request refused", metadata: metadata)
        var json: [UInt8] = []
        error.appendJSON(to: &json)
        var response = Response(status: status ?? error.status, json)
        // RFC 9110 §12.5.3: for 415, that no content coding is taken.
        if status == 415 { response.add("Accept-Encoding", "identity") }
        if error.code == .invalidClient {
            response.addChallenge("Basic", realm: settings.realm)
        }
        if let seconds = refusal.retryAfter { response.addRetryAfter(seconds) }
        answer(response, connection)
    }

    /// Whom a refused request named, for the log; not more than fits a line.
    private func name(of client: NamedClient) -> String {
        switch client {
        case .id(let id): return String(decoding: id.prefix(128), as: UTF8.self)
        case .inForm:
            guard let range = form.range(of: .clientID) else { return "none" }
            return String(decoding: form.bytes[range].prefix(128), as: UTF8.self)
        }
    }

    /// Answers what is not HTTP as we accept it; the connection ends, for its framing cannot be
    /// trusted.
    func refuse(_ connection: Connection, _ error: HTTPError) {
        log.info(
            "request refused",
            metadata: [
                "status": "\(error.status)", "reason": "\(error.reason)",
                "peer": "\(connection.peer)",
            ]
        )
        refuse(connection, status: error.status)
    }

    /// Answers with a bare status and ends the connection after it.
    func refuse(_ connection: Connection, status: Int) {
        connection.exchange.forget()
        connection.framing.response = .closing
        answer(Response(status: status), connection)
        connection.mayGoOnSending = true
        write(connection)
        requestEnded(connection)
    }
}

/// What a client's form is sent for.
private enum Question {
    case token
    case introspection
}
