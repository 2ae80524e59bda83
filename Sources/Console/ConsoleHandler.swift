// SPDX-License-Identifier: Apache-2.0
package import Administration
package import HTTP
package import Reactor

/// Decides whose requests the console answers, and has workers answer them.
package final class ConsoleHandler: LocalHTTPHandler {
    /// A request that may be answered.
    package enum Admitted {
        /// That of the one-time link.
        case opening
        /// That of the browser which has opened it.
        case page(ConsolePage, parameters: [String], ConsoleSession, contentType: [UInt8]?)
    }

    private let authority: LocalAuthority
    private let ticket: OpeningTicket
    private let cookie: SessionCookie
    private let base: String
    private let site: ConsoleSite
    private let routes: RouteTable<ConsolePage>
    /// Four, so that a page which waits for the server does not hold up the others.
    private let workers: WorkerPool

    private static let workerCount = 4
    /// More than a browser asks for at once.
    private static let jobsMax = 64
    private static let openingPath = Array("/open".utf8)

    /// Answers at `address` with `pages`, whose paths begin with `base`.
    init(
        _ address: SocketAddress,
        _ ticket: OpeningTicket,
        _ site: ConsoleSite,
        pages: [ConsolePage],
        base: String
    ) throws(SystemError) {
        authority = LocalAuthority(address)
        self.ticket = ticket
        self.base = base
        cookie = SessionCookie(port: address.port, base: base)
        self.site = site
        var table = RouteTable<ConsolePage>()
        for page in pages { table.add(page.method, base + page.path, page) }
        routes = table
        workers = try WorkerPool(threads: Self.workerCount, capacity: Self.jobsMax, name: "page")
    }

    // MARK: who may

    /// Without a session every path gets the same answer, but for that of the link.
    package func admission(
        of request: borrowing Request,
        _ bytes: Span<UInt8>,
        from peer: LocalPeer
    ) -> LocalAdmission<Admitted> {
        let isOpening = request.method == .get && request.pathEquals(Self.openingPath, in: bytes)
        // The link may stand in a page elsewhere, such as that of a terminal in a browser: its
        // ticket, which no page can guess, decides alone.
        if let reason = authority.refusal(request, bytes, mayBeLinked: isOpening) {
            return .refused(ClosedPages.refusal(status: 403, reason))
        }
        if isOpening {
            let isAhead = request.fields.contains { field in
                ASCII.equalsIgnoringCase(bytes, field.name, "sec-purpose")
            }
            return isAhead ? .refused(ClosedPages.notAhead) : .admitted(.opening)
        }
        guard let value = cookie.value(request, bytes), let session = ticket.session(cookie: value)
        else { return .refused(ClosedPages.noSession) }
        // HEAD would use up what is shown once.
        guard [.get, .post].contains(request.method) else {
            return .refused(ClosedPages.otherMethod([.get, .post]))
        }
        if request.method == .get, let asset = asset(request, bytes) { return .refused(asset) }
        switch routes.match(request, bytes) {
        case .action(let page, let parameters):
            if page.isUse { session.use(now: Clock.milliseconds) }
            let type = request.contentType.map { [UInt8](copying: bytes.extracting($0)) }
            return .admitted(.page(page, parameters: parameters, session, contentType: type))
        case .otherMethods(let methods):
            return .refused(ClosedPages.otherMethod(methods.filter { $0 != .head }))
        case .nothing: return .refused(inBase { site.nothing(for: session) })
        }
    }

    /// Makes an answer whose addresses begin with the console's own path.
    private func inBase<Answer>(_ make: () -> Answer) -> Answer {
        ConsoleBase.$path.withValue(base, operation: make)
    }

    private func asset(_ request: borrowing Request, _ bytes: Span<UInt8>) -> Response? {
        for asset in Asset.all
        where request.pathEquals(Array("\(base)/\(asset.name)".utf8), in: bytes) {
            return asset.response
        }
        return nil
    }

    package func refusal(status: Int, reason: String, of peer: PeerAddress) -> Response {
        // The reason is a literal, and begins in lower case.
        var sentence = reason.prefix(1).uppercased() + reason.dropFirst() + "."
        if status == 413 {
            sentence += " Nothing was changed: a form may have 1 MiB with its files."
        }
        return ClosedPages.refusal(status: status, sentence)
    }

    // MARK: what comes of it

    package func reply(to request: LocalRequest, of caller: Admitted) -> LocalReply {
        switch caller {
        case .opening: return .now(open(request))
        case .page(let page, let parameters, let session, let contentType):
            let (site, base) = (site, base)
            return .later(
                {
                    ConsoleBase.$path.withValue(base) {
                        site.answer(
                            page,
                            parameters: parameters,
                            to: request,
                            contentType: contentType,
                            of: session
                        )
                    }
                },
                on: workers,
                else: inBase { ClosedPages.late }
            )
        }
    }

    private func open(_ request: LocalRequest) -> Response {
        guard let presented = FieldValues(urlencoded: request.query)?["ticket"],
            let value = try? ticket.open(presented, now: Clock.milliseconds)
        else { return ClosedPages.badTicket }
        var response = inBase { ClosedPages.opened }
        response.add("Set-Cookie", cookie.field(value))
        return response
    }

    package func tick(now: UInt64) {}

    package func end() { workers.abandon() }
}
