// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Logging
internal import Reactor
internal import Storage

/// The address and the credential of the administrative listener, before it listens.
struct AdministrationStart {
    /// The configured address, for the log.
    let name: String
    /// The same, held for this process.
    let address: SocketAddress
    let credential: AdministrationCredential

    /// Permission to connect to the socket: its owner's alone.
    private static let socketMode: UInt32 = 0o600

    /// Makes the token where there is none, and claims the address.
    init(_ address: ListenAddress, _ store: DataStore, _ log: Logger) throws {
        name = address.description
        credential = try AdministrationCredential.ensure(in: store.directory, log) {
            try store.makePrivate($0)
        }
        self.address = try Self.claim(address)
    }

    /// Answers administrators from here on.
    func listen(
        _ store: any RegistrationStore,
        _ metrics: Metrics,
        _ health: ServerHealth,
        _ clientSwitch: ClientSwitch,
        _ facts: ServerFacts,
        _ loadTarget: LoadTargetActions?,
        clock: WallClock,
        log: Logger
    ) throws -> AdministrationListener {
        let listener = try AdministrationListener(
            address,
            AdministrationActions(
                store: store,
                credential: credential,
                metrics: metrics,
                health: health,
                clientSwitch: clientSwitch,
                facts: facts,
                loadTarget: loadTarget,
                clock: clock,
                log: log
            ),
            clock: clock
        )
        log.info("administration", metadata: ["address": "\(name)"])
        return listener
    }

    private static func claim(_ address: ListenAddress) throws -> SocketAddress {
        let key = ConfigurationKey.administration.name
        guard let wanted = address.localSockets.first else {
            throw StartError("\(key): the host \(address.host) is not on this machine alone.")
        }
        do throws(SystemError) {
            return try Listener.claim(wanted, mode: socketMode)
        } catch {
            guard error.isAddressInUse else { throw StartError("\(key): \(error).") }
            throw StartError(
                "\(key): \(address) is in use by another program. Stop it, or choose another."
            )
        }
    }
}
