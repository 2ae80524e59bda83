// SPDX-License-Identifier: Apache-2.0
internal import HTTP
package import Logging
package import Reactor
internal import Registration
package import Storage
internal import Text

/// The actions of administrators, which speak HTTP and leave every rule to Registration.
package struct AdministrationActions: Sendable {
    let store: any RegistrationStore
    let administrators: KnownAdministrators
    let metrics: Metrics
    let health: ServerHealth
    let clientSwitch: ClientSwitch
    let facts: ServerFacts
    /// The actions on a load target; nil on every other server.
    let loadTarget: LoadTargetActions?
    let clock: WallClock
    let log: Logger

    /// Actions on the registrations of `store`, on `metrics` and on `clientSwitch`; `facts` are of
    /// the server's configuration.
    package init(
        store: any RegistrationStore,
        credential: AdministrationCredential,
        metrics: Metrics,
        health: ServerHealth,
        clientSwitch: ClientSwitch,
        facts: ServerFacts = ServerFacts(),
        loadTarget: LoadTargetActions? = nil,
        clock: WallClock,
        log: Logger
    ) {
        self.store = store
        administrators = KnownAdministrators(credential, store)
        self.metrics = metrics
        self.health = health
        self.clientSwitch = clientSwitch
        self.facts = facts
        self.loadTarget = loadTarget
        self.clock = clock
        self.log = log
    }

    /// The time of a change, in seconds since 1970.
    var now: Int64 { clock.seconds }

    /// Every route of this server, in the order of `openapi.json`, which is one of them.
    var routes: [AdministrationRoute] {
        routes(document: OpenAPIDocument(routes(document: [])).content)
    }

    private func routes(document: [UInt8]) -> [AdministrationRoute] {
        stateRoutes(document: document) + expiringRoutes + clientRoutes + clientCertificateRoutes
            + userRoutes
            + trustSetRoutes + issuerRoutes + keyRoutes + tokenRoutes + documentRoutes
            + adminTokenRoutes
            + (loadTarget?.routes ?? [])
    }

    /// The answer of `work`, or the problem that it throws; details of failures of ours go to the
    /// log alone.
    func answer(_ work: () throws -> Response) -> Response {
        do {
            return try work()
        } catch {
            return problem(error).response
        }
    }

    /// The problem that an error is to administrators.
    func problem(_ error: any Error) -> ProblemDetails {
        switch error {
        case let error as ProblemDetails: return error
        case let error as RegistrationError: return ProblemDetails(error)
        case let error as StoreError:
            guard let problem = ProblemDetails(error) else { break }
            if error.kind.isForOperators { logFailure(error) }
            return problem
        default: break
        }
        logFailure(error)
        return ProblemDetails(500, "The server's log says why.")
    }

    private func logFailure(_ error: any Error) {
        let reason = StoreError.sentence(of: error)
        log.error("a request of an administrator failed", metadata: ["reason": "\(reason)"])
    }
}

extension StoreError.Kind {
    /// Whether somebody has to look at the machine: the administrator who asked may not be the one.
    fileprivate var isForOperators: Bool {
        switch self {
        case .readOnly, .reader, .unaudited, .commitUnknown, .full: true
        default: false
        }
    }
}
