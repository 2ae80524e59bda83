// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth

/// Answers the exchanges of one reactor: from a complete request to a response.
///
/// Knows no connection beyond its session, and no framing: the answer is HTTP's to write.
final class Endpoints {
    /// The endpoints at which clients authenticate.
    let clients: ClientEndpoints
    /// The pages for users.
    let pages: AuthorizationPages
    /// The public documents.
    let documents: Documents
    private var table: EndpointTable
    /// The origins that may use the token endpoint of each listener (CORS), in the listeners'
    /// order.
    private var origins: [[[UInt8]]]

    init(_ start: ReactorStart) {
        clients = ClientEndpoints(start)
        pages = AuthorizationPages(start)
        documents = Documents(
            start.settings,
            keySet: start.jwks,
            staleness: start.staleness
        )
        table = start.settings.endpoints
        origins = start.settings.listeners.map(\.corsOrigins)
    }

    /// Applies reloaded settings.
    func update(_ settings: ReactorSettings) {
        clients.update(settings)
        pages.update(settings)
        documents.update(settings)
        table = settings.endpoints
        origins = settings.listeners.map(\.corsOrigins)
    }

    /// The content of the last answer that was `Answer.content`.
    var content: [UInt8] { clients.content }

    /// Answers one complete request, or parks it.
    func answer(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ session: HTTP1Session
    ) -> Answer {
        guard let endpoint = table.endpoint(of: request, bytes) else {
            return .response(Response(status: 404))
        }
        session.exchange.endpoint = endpoint.measured
        session.exchange.path = endpoint.path
        if endpoint.isForPages {
            let allowed = origins[session.listener]
            session.exchange.crossOrigin = CrossOrigin(request, bytes, allowed: allowed)
        }
        guard endpoint.methods.contains(request.method) else {
            return otherMethod(request, bytes, endpoint, session)
        }
        return readable(endpoint.handler(self, request, bytes, session), session)
    }

    /// Resumes a parked request with the answer to its need.
    func resume(
        _ continuation: Continuation,
        with met: Met,
        _ session: HTTP1Session
    ) -> Answer {
        if case .page(let page) = continuation { return pages.resume(page, with: met, session) }
        return readable(clients.resume(continuation, with: met, session), session)
    }

    /// Answers a CORS preflight request, and refuses all other methods.
    private func otherMethod(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ endpoint: Endpoint,
        _ session: HTTP1Session
    ) -> Answer {
        let origin = session.exchange.crossOrigin
        guard case .allowed = origin, CrossOrigin.isPreflight(request, bytes) else {
            return readable(.response(.methodNotAllowed(endpoint.methods)), session)
        }
        var response = Response(status: 204)
        origin.addFields(to: &response, isPreflight: true)
        return .response(response)
    }

    /// The answer with its CORS fields.
    private func readable(_ answer: Answer, _ session: HTTP1Session) -> Answer {
        var response: Response
        switch (answer, session.exchange.crossOrigin) {
        case (_, .unknown), (.parked, _): return answer
        case (.content, _): response = Response(status: 200, content)
        case (.response(let error), _): response = error
        }
        session.exchange.crossOrigin.addFields(to: &response)
        return .response(response)
    }
}
