// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Logging
internal import OAuth
internal import Reactor
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
        _ decision: Decision,
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ connection: Connection
    ) {
        connection.answering.endpoint = decision == .token ? .token : .introspection
        if decision == .token {
            let allowed = settings.corsOrigins[connection.listener]
            connection.answering.crossOrigin = CrossOrigin(request, bytes, allowed: allowed)
        }
        guard request.method == .post else {
            return refuseMethod(request, bytes, connection)
        }
        // An earlier request's client must not be named for this one.
        form.clear()
        endpoint.forgetPresentedClientID()
        if let error = takeForwardedCertificate(request, bytes, connection) {
            return refuse(connection, error)
        }
        guard !request.hasContentCoding else {
            return refuse(connection, .contentCoding, status: 415)
        }
        if let error = readForm(request, bytes) { return refuse(connection, error) }
        let authorization = authorizationHeader(request, bytes)
        content.removeAll(keepingCapacity: true)
        // Taken out while the endpoint writes into it: two accesses to one property would overlap.
        var body = content
        content = []
        let now = Clock.epochSeconds
        let outcome = outcome(decision, authorization, connection, now: now, into: &body)
        content = body
        switch outcome {
        case .refused where waitForKeys(bytes, connection): return
        // A password is still to be checked; the client has authenticated.
        case .issued, .described, .passwordCheck: noteSighting(connection, now)
        case .refused: break
        }
        if let use = endpoint.assertionUse { return hold(outcome, use, connection) }
        conclude(outcome, connection)
    }

    /// Answers a browser that asks what a page may send here, and refuses all other methods.
    private func refuseMethod(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ connection: Connection
    ) {
        guard case .allowed = connection.answering.crossOrigin,
            CrossOrigin.isPreflight(request, bytes)
        else { return answer(.methodNotAllowed([.post]), connection) }
        answer(Response(status: 204), isPreflight: true, connection)
    }

    private func outcome(
        _ decision: Decision,
        _ authorization: AuthorizationHeader,
        _ connection: Connection,
        now: Int64,
        into body: inout [UInt8]
    ) -> TokenOutcome {
        let profile = settings.profiles[connection.listener]
        return switch decision {
        case .token:
            endpoint.respond(
                to: form,
                authorization: authorization,
                peer: connection,
                registry: registry,
                profile: profile,
                now: now,
                into: &body
            )
        case .introspection:
            endpoint.introspect(
                form,
                authorization: authorization,
                peer: connection,
                registry: registry,
                profile: profile,
                now: now,
                into: &body
            )
        }
    }

    /// Notes that a certificate is in use; once an hour for each connection.
    private func noteSighting(_ connection: Connection, _ now: Int64) {
        guard now >= connection.sightedAt + 3600, let thumbprint = connection.thumbprint,
            let id = form.range(of: .clientID)
        else { return }
        // Behind a proxy one connection serves many.
        if !connection.isForwarding { connection.sightedAt = now }
        let client = Array(form.bytes[id])
        let accepted = endpoint.acceptedCertificate(thumbprint, of: client.span, registry)
        sightings.note(client, thumbprint, accepted, now: now)
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

    /// Answers with what was decided; `issued` says what for, where that was a while ago.
    func conclude(
        _ outcome: TokenOutcome,
        _ connection: Connection,
        issued: IssuedToken? = nil
    ) {
        switch outcome {
        case .issued:
            counters.tokens.add(1)
            let token = issued ?? endpoint.issued
            let index = ListenerCounters.tokenIndex(
                grant: token.grant.position,
                method: token.method.position
            )
            counters.listeners[connection.listener].tokens[index].add(1)
            succeed("token issued", connection)
        case .described: succeed("token introspected", connection)
        case .refused(let error): refuse(connection, error)
        case .passwordCheck(let check): hand(check, to: connection)
        }
    }

    private func succeed(_ message: Logger.Message, _ connection: Connection) {
        if settings.logsRequests {
            log.info(message, metadata: ["peer": "\(connection.peer)"])
        }
        guard case .unknown = connection.answering.crossOrigin else {
            return answer(Response(status: 200, content), connection)
        }
        let framing = connection.framing.response
        ResponseWriter.appendSuccess(
            content,
            date: date.value(Clock.epochSeconds),
            keepsAlive: framing.keepsAlive,
            announcesKeepAlive: framing.announcesKeepAlive,
            to: &output
        )
    }

    // MARK: answers

    /// Writes any response but the ordinary one.
    func answer(_ response: Response, isPreflight: Bool = false, _ connection: Connection) {
        var response = response
        connection.answering.crossOrigin.addFields(to: &response, isPreflight: isPreflight)
        ResponseWriter.append(
            response,
            connection.framing.response,
            date: date.value(Clock.epochSeconds),
            to: &output
        )
    }

    /// Answers with an OAuth error and logs which check decided.
    func refuse(
        _ connection: Connection,
        _ error: OAuthError,
        status: Int? = nil,
        retryAfter: Int? = nil
    ) {
        let check = error.check
        counters.refusals.add(1)
        counters.listeners[connection.listener].refusals.withLock {
            $0[check.rawValue, default: 0] += 1
        }
        var metadata: Logger.Metadata = [
            "check": "\(check.rawValue)", "error": "\(error.code.rawValue)",
            "client_id": "\(presentedClientID)",
            "peer": "\(connection.peer)",
            "thumbprint": "\(connection.thumbprint?.base64URL ?? "none")",
        ]
        if let explanation = error.explanation { metadata["explanation"] = "\(explanation)" }
        // A request that a worker has answered is another than the one that was last looked at.
        if finishingClientID == nil, let refused = endpoint.refusedTrust {
            let facts = refused.facts(leaf: connection.certificates().first)
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
        if let retryAfter { response.addRetryAfter(retryAfter) }
        answer(response, connection)
    }

    /// What the request names as its client, for the log; not more than fits a line.
    private var presentedClientID: String {
        if let finishingClientID { return String(decoding: finishingClientID, as: UTF8.self) }
        guard let range = form.range(of: .clientID) else {
            // In an Authorization header, or in an assertion.
            let named = endpoint.presentedClientID
            return named.isEmpty ? "none" : String(decoding: named.prefix(128), as: UTF8.self)
        }
        return String(decoding: form.bytes[range].prefix(128), as: UTF8.self)
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
        connection.answering = AnsweringStyle()
        connection.framing.response = .closing
        answer(Response(status: status), connection)
        connection.mayGoOnSending = true
        write(connection)
        requestEnded(connection)
    }
}

/// What a client's form is sent for.
private enum Decision {
    case token
    case introspection
}
