// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Logging
internal import OAuth
internal import Reactor
internal import Storage

/// Decides whose requests the administrative listener carries out, and on which thread.
final class AdministrationHandler: LocalHTTPHandler {
    /// A request that may be carried out.
    struct Admitted {
        let administrator: Administrator?
        let route: AdministrationRoute
        let parameters: [String]
    }

    private let authority: LocalAuthority
    private let administrators: KnownAdministrators
    private let actions: AdministrationActions
    private let routes: RouteTable<AdministrationRoute>
    private let log: Logger
    /// One thread: switches are written in the order in which they were asked for.
    private let switches: WorkerPool
    /// Two, so that one slow question does not hold up all others.
    private let store: WorkerPool
    /// One, for what may wait for the network.
    private let slow: WorkerPool
    /// Reads the administrators' tokens: no request is in the way of a removed one's end.
    private let tokens: WorkerPool
    private let retries: Lock<Retries>
    /// Whether it was said that the administrators' tokens cannot be read.
    private var areTokensStale = false

    /// Longer than a busy store is waited for.
    private static let staleMilliseconds: UInt64 = 5_000
    /// As many as may be asked for on all connections.
    private static let jobsMax = LocalConnectionLimits.administrators.connectionsMax * 2
    /// The pause after a failed try to write switches.
    private static let retryMilliseconds: UInt64 = 1_000

    /// The tries to write switches that are in force in memory alone.
    private struct Retries {
        var isRunning = false
        /// From the end of the last one, because one that waits for the store takes longer than
        /// the pause.
        var nextAt: UInt64 = 0
    }

    init(_ address: SocketAddress, _ actions: AdministrationActions) throws(SystemError) {
        authority = LocalAuthority(address)
        administrators = actions.administrators
        self.actions = actions
        var table = RouteTable<AdministrationRoute>()
        for route in actions.routes { table.add(route.method, route.path, route) }
        routes = table
        log = actions.log
        switches = try WorkerPool(threads: 1, capacity: Self.jobsMax, name: "switch")
        store = try WorkerPool(threads: 2, capacity: Self.jobsMax, name: "records")
        slow = try WorkerPool(threads: 1, capacity: Self.jobsMax, name: "verify")
        tokens = try WorkerPool(threads: 1, capacity: 1, name: "tokens")
        retries = Lock(Retries())
    }

    // MARK: who may

    /// Without a credential every path gets the same answer.
    func admission(
        of request: borrowing Request,
        _ bytes: Span<UInt8>,
        from peer: LocalPeer
    ) -> LocalAdmission<Admitted> {
        let peer = peer.address
        if let reason = authority.refusal(request, bytes) {
            note("an administrator's request came by a foreign name or page", reason, peer)
            return .refused(ProblemDetails(403, reason).response)
        }
        let match = routes.match(request, bytes)
        if case .action(let route, let parameters) = match, route.role == nil {
            let admitted = Admitted(administrator: nil, route: route, parameters: parameters)
            return .admitted(admitted)
        }
        guard let administrator = administrator(request, bytes) else {
            // Neither path nor fields are logged: the token may stand in either.
            let from = peer.description
            log.notice(
                "administration refused",
                metadata: [
                    "check": "\(Check.administrationCredential.rawValue)", "peer": "\(from)",
                ]
            )
            return .refused(ProblemDetails.unauthorized.response)
        }
        switch match {
        case .nothing: return .refused(ProblemDetails(404).response)
        case .otherMethods(let methods):
            var problem = ProblemDetails(405)
            problem.fields = [("Allow", methods.map(\.name).joined(separator: ", "))]
            return .refused(problem.response)
        case .action(let route, let parameters):
            guard let least = route.role, administrator.role >= least else {
                let author = administrator.author.text
                note("the role of an administrator does not suffice", author, peer)
                return .refused(Self.forbidden(route, administrator).response)
            }
            return .admitted(
                Admitted(administrator: administrator, route: route, parameters: parameters)
            )
        }
    }

    private static func forbidden(
        _ route: AdministrationRoute,
        _ administrator: Administrator
    ) -> ProblemDetails {
        ProblemDetails(
            403,
            "This needs the role \(route.role?.rawValue ?? ""), and the token has the role"
                + " \(administrator.role.rawValue)."
        )
    }

    private func administrator(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>
    ) -> Administrator? {
        do {
            return try administrators.find(request, bytes)
        } catch {
            log.error("the administrators' token cannot be used", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    private func note(_ message: Logger.Message, _ reason: String, _ peer: PeerAddress) {
        let from = peer.description
        log.notice(message, metadata: ["reason": "\(reason)", "peer": "\(from)"])
    }

    func refusal(status: Int, reason: String, of peer: PeerAddress) -> Response {
        let from = peer.description
        log.info(
            "request refused",
            metadata: [
                "status": "\(status)", "reason": "\(reason)", "peer": "\(from)",
                "listener": "administration",
            ]
        )
        // The reason is a literal, and begins in lower case.
        let detail = reason.prefix(1).uppercased() + reason.dropFirst() + "."
        var problem = ProblemDetails(status, detail)
        if status == 503 { problem.fields = [("Retry-After", "1")] }
        return problem.response
    }

    // MARK: what comes of it

    func reply(to request: LocalRequest, of caller: Admitted) -> LocalReply {
        let route = caller.route
        let query: QueryValues
        do throws(ProblemDetails) {
            try Self.checkContent(request, route)
            query = try Self.query(request, route)
        } catch {
            return .now(error.response)
        }
        let asked = AdministrationRequest(
            administrator: caller.administrator,
            parameters: caller.parameters,
            query: query,
            received: request
        )
        return reply(to: asked, by: route.work)
    }

    private func reply(
        to asked: AdministrationRequest,
        by work: AdministrationRoute.Work
    ) -> LocalReply {
        let actions = actions
        switch work {
        case .chosen(let choose): return reply(to: asked, by: choose(asked))
        case .now(let work): return .now(actions.answer { try work(asked) })
        case .store(let work):
            let late = ProblemDetails.late.response
            return .later({ actions.answer { try work(asked) } }, on: store, else: late)
        case .slow(let work):
            let late = ProblemDetails.late.response
            return .later({ actions.answer { try work(asked) } }, on: slow, else: late)
        case .switching(let lasts, let begin):
            let (work, late) = begin(asked)
            return lasts
                ? .whenever(work, on: switches, else: late)
                : .later(work, on: switches, else: late)
        }
    }

    private static func query(
        _ request: LocalRequest,
        _ route: AdministrationRoute
    ) throws(ProblemDetails) -> QueryValues {
        guard let known = route.query else { return QueryValues() }
        return try QueryValues(request.query, known)
    }

    /// Form types, which a page can send without asking, are among the wrong ones.
    private static func checkContent(
        _ request: LocalRequest,
        _ route: AdministrationRoute
    ) throws(ProblemDetails) {
        if case .any = route.content, request.content.count > AdministrationRoute.shortBytesMax {
            throw ProblemDetails(413, "This takes \(AdministrationRoute.shortBytesMax) bytes.")
        }
        // Ignored, it would have a change made that was to depend on it.
        guard route.method == .get || route.isConditional || !request.hasCondition else {
            throw ProblemDetails(
                400,
                "This takes no If-Match and no If-None-Match, and was not done. Leave them out."
            )
        }
        guard let wanted = route.mediaTypes else { return }
        if case .json(_, isOptional: true) = route.content, request.content.isEmpty { return }
        guard !request.content.isEmpty else {
            throw .bad(nil, "There is no content.", "Send \(wanted.joined(separator: " or ")).")
        }
        guard let type = request.mediaType, wanted.contains(type) else {
            let names = wanted.joined(separator: ", ")
            throw ProblemDetails(415, "Send the content with Content-Type: \(names).")
        }
    }

    // MARK: each second

    func tick(now: UInt64) {
        actions.health.tick(now: now)
        refreshAdministrators()
        noteStaleTokens(now)
        retrySwitches(now)
    }

    /// One at a time, and one that waits: the pool takes no more while a store hangs.
    private func refreshAdministrators() {
        let administrators = administrators
        _ = tokens.submit { try? administrators.refresh() }
    }

    /// Said once, and once more when it is over.
    private func noteStaleTokens(_ now: UInt64) {
        let (age, reason) = administrators.staleness(now: now)
        let isStale = age >= Self.staleMilliseconds
        guard isStale != areTokensStale else { return }
        areTokensStale = isStale
        guard isStale else { return log.notice("the administrators' tokens are read again") }
        log.warning(
            """
            the administrators' tokens cannot be read; those of the store open nothing after a \
            minute, admin.token does
            """,
            metadata: ["reason": "\(reason)", "seconds": "\(age / 1_000)"]
        )
    }

    private func retrySwitches(_ now: UInt64) {
        guard actions.clientSwitch.isUnsettled else { return }
        let isDue = retries.withLock { retries in
            guard !retries.isRunning, retries.nextAt <= now else { return false }
            retries.isRunning = true
            return true
        }
        guard isDue else { return }
        let (clientSwitch, retries) = (actions.clientSwitch, retries)
        let isTaken = switches.submit {
            _ = clientSwitch.retry()
            retries.withLock {
                $0 = Retries(nextAt: Clock.milliseconds + Self.retryMilliseconds)
            }
        }
        // A full queue means many writes; the retry comes after them.
        if !isTaken { retries.withLock { $0.isRunning = false } }
    }

    func end() {
        switches.abandon()
        store.abandon()
        slow.abandon()
        tokens.abandon()
        _ = actions.clientSwitch.retry()
        actions.clientSwitch.warnOfLoss()
    }
}
