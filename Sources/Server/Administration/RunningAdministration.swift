// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import Storage

/// The administrative listener as the main thread sees it.
final class RunningAdministration {
    private let mailbox: Mailbox<AdministrationMessage>
    private let address: SocketAddress
    private let thread: Thread

    /// Serves at `door` from here on.
    init(_ door: AdministrationDoor, _ actions: AdministrationActions) throws {
        let mailbox = try Mailbox<AdministrationMessage>()
        self.mailbox = mailbox
        address = door.address
        let service = try AdministrationService(address, mailbox, door.credential, actions)
        thread = try Thread.start("admin") { service.run() }
    }

    /// Ends the thread and gives the address back.
    func stop() {
        mailbox.post(.stop)
        thread.join()
        Listener.release(address)
    }
}

/// What the main thread tells the administrative listener.
enum AdministrationMessage: Sendable {
    /// Close everything and end.
    case stop
}

/// Where administrators come in, and by what they are known.
struct AdministrationDoor: Sendable {
    /// The address as it is configured, for the log.
    let name: String
    let address: SocketAddress
    let credential: AdministrationCredential

    /// Who may connect to the socket: its owner.
    private static let socketMode: UInt32 = 0o600

    /// Makes sure that no other program has the address.
    init(_ address: ListenAddress, _ credential: AdministrationCredential) throws {
        name = address.description
        self.credential = credential
        self.address = try Self.claim(address)
    }

    private static func claim(_ address: ListenAddress) throws -> SocketAddress {
        let key = ConfigurationKey.administration.name
        let wanted: SocketAddress
        if let path = address.path {
            wanted = .local(path: path, descriptor: nil)
        } else {
            // localhost is a name like others, and a machine may resolve it as it likes.
            guard let host = HostName.addresses(address.host).first(where: isLoopback) else {
                throw StartError("\(key): the host \(address.host) is not on this machine alone.")
            }
            wanted = SocketAddress(host: host, port: address.port)
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

    private static func isLoopback(_ host: String) -> Bool {
        ListenAddress(host: host, port: 0).isLoopback
    }
}
