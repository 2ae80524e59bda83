// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import Network

/// The peer's address, without allocation.
public struct PeerAddress: Sendable, CustomStringConvertible {
    /// The address, IPv4 where the kernel gives the mapped form of one; `::` over a Unix socket.
    package let address: InternetAddress
    /// The port, 0 where unknown.
    public let port: UInt16
    /// Whether the peer came over a Unix socket, and is thus on this machine.
    public let isLocal: Bool

    /// A peer at an address; `isLocal` for one that came over a Unix socket.
    package init(_ address: InternetAddress, port: UInt16, isLocal: Bool = false) {
        self.address = address
        self.port = port
        self.isLocal = isLocal
    }

    init(_ accepted: handfast_address) {
        // SAFETY: the tuple's 16 bytes are read inside the closure.
        let number = unsafe withUnsafeBytes(of: accepted.bytes) { bytes in
            unsafe bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        }
        address = InternetAddress.version6(number).unmapped
        port = accepted.port
        isLocal = accepted.family == 0
    }

    /// The address in its usual text form, without the port; `unix` over a Unix socket.
    public var description: String {
        isLocal ? "unix" : address.description
    }
}

/// The address that a listener is bound to.
public enum SocketAddress: Sendable, Equatable {
    /// A numeric IPv4 or IPv6 address and a port; 0 lets the system choose.
    case internet(host: String, port: UInt16)
    /// A Unix socket; its descriptor is there once it was claimed, and the process's own.
    case local(path: String, descriptor: Int32?)

    /// A numeric host, IPv4 or IPv6, and a port.
    public init(host: String, port: UInt16) {
        self = .internet(host: host, port: port)
    }

    /// The port, 0 where there is none.
    public var port: UInt16 {
        switch self {
        case .internet(_, let port): port
        case .local: 0
        }
    }
}

/// A listening socket.
///
/// Several may share an address (SO_REUSEPORT): one for each reactor.
public struct Listener: ~Copyable {
    let descriptor: Descriptor

    /// The kernel caps it at net.core.somaxconn; a burst of reconnecting clients fits.
    private static let backlog: Int32 = 4096

    /// Opens a socket that shares its address with the process's other listeners.
    public init(_ address: SocketAddress) throws(SystemError) {
        switch address {
        case .internet(let host, let port):
            // SAFETY: the host is a C string for the time of the call.
            let number = unsafe handfast_listen(host, port, Self.backlog, 0)
            guard number >= 0 else {
                throw SystemError("listening on \(host):\(port)", code: -number)
            }
            descriptor = Descriptor(owning: number)
        case .local(let path, let claimed):
            // A path has one queue, which all take from.
            let number = handfast_duplicate(claimed ?? -1)
            guard number >= 0 else { throw SystemError("listening on \(path)", code: -number) }
            descriptor = Descriptor(owning: number)
        }
    }

    /// Claims the address: makes sure that it is free, and has the system choose the port where
    /// that is 0.
    ///
    /// SO_REUSEPORT alone would let a second server steal half of the first one's connections. A
    /// path is listened on from here on; `release` ends that. `mode` says who can connect to a
    /// path's socket, by permission to write it: the owner and the group by default.
    public static func claim(
        _ address: SocketAddress,
        mode: UInt32 = 0o660
    ) throws(SystemError) -> SocketAddress {
        switch address {
        case .internet(let host, let port):
            // SAFETY: the host is a C string for the time of the call.
            let number = unsafe handfast_listen(host, port, backlog, 1)
            guard number >= 0 else {
                throw SystemError("listening on \(host):\(port)", code: -number)
            }
            let probe = Descriptor(owning: number)
            let bound = handfast_local_port(probe.number)
            guard bound > 0 else { throw SystemError("getsockname", code: -bound) }
            return .internet(host: host, port: UInt16(bound))
        case .local(let path, _):
            // SAFETY: the path is a C string for the time of the call.
            let number = unsafe handfast_listen_local(path, backlog, mode)
            guard number >= 0 else { throw SystemError("listening on \(path)", code: -number) }
            return .local(path: path, descriptor: number)
        }
    }

    /// Gives a claimed address back: a path is removed from the file system.
    public static func release(_ address: SocketAddress) {
        guard case .local(let path, let descriptor?) = address else { return }
        // SAFETY: the path is a C string for the time of the call.
        unsafe unlink(path)
        close(descriptor)
    }

    /// The result of an attempt to accept.
    enum Attempt: ~Copyable {
        case accepted(Descriptor, PeerAddress)
        case nothing
        case exhausted
    }

    /// Takes one connection from the queue.
    func accept() -> Attempt {
        while true {
            var peer = handfast_address()
            // SAFETY: the structure is written whole or not at all.
            let number = unsafe handfast_accept(descriptor.number, &peer)
            if number >= 0 {
                return .accepted(Descriptor(owning: number), PeerAddress(peer))
            }
            switch -number {
            case EAGAIN: return .nothing
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            // The peer went away between its arrival and our call (accept(2)): the next one may be
            // well.
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, EHOSTDOWN, ENONET, EHOSTUNREACH,
                ENETUNREACH:
                continue
            default: return .nothing
            }
        }
    }
}

/// Resolution of host names at start.
public enum HostName {
    /// The numeric addresses of `name`, at most eight; empty where it cannot be resolved.
    public static func addresses(_ name: String) -> [String] {
        var texts = [CChar](repeating: 0, count: 46 * 8)
        // SAFETY: room for eight texts of 46 characters, each ended with a NUL.
        let count = unsafe handfast_resolve(name, &texts, 8)
        guard count > 0 else { return [] }
        return (0..<Int(count)).map { index in
            let text = texts[index * 46..<index * 46 + 46].prefix { $0 != 0 }
            return String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
