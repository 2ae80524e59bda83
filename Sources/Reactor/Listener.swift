internal import CLinux
internal import Glibc

/// An Internet address of a peer, without allocation.
public struct PeerAddress: Sendable, CustomStringConvertible {
    let address: handfast_address

    /// The port, 0 where unknown.
    public var port: UInt16 { address.port }

    /// Whether the peer came over a Unix socket, and is thus on this machine.
    public var isLocal: Bool { address.family == 0 }

    /// The address in its usual text form, without the port; `unix` over a Unix socket.
    public var description: String {
        if isLocal { return "unix" }
        let bytes = (0..<16).map { byte($0) }
        if address.family == 4 { return bytes[12...].map(String.init).joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map {
            String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }
        return groups.joined(separator: ":")
    }

    /// The address as one number, version 4 mapped into version 6 (RFC 4291 §2.5.5.2).
    public var number: UInt128 {
        (0..<16).reduce(0) { $0 << 8 | UInt128(byte($1)) }
    }

    private func byte(_ index: Int) -> UInt8 {
        var copy = address.bytes
        // SAFETY: the tuple has 16 bytes and every index is below that.
        return unsafe withUnsafeBytes(of: &copy) { unsafe $0[index] }
    }
}

/// Where a listener listens.
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

    /// Finds out that the address is free, and its port where the system chooses one.
    ///
    /// SO_REUSEPORT alone would let a second server steal half of the first one's connections. A
    /// path is listened on from here on; `release` ends that. Whom `mode` lets write a path's
    /// socket can connect to it: the owner and the group unless told.
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

    /// What an attempt to accept gave.
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
                return .accepted(Descriptor(owning: number), PeerAddress(address: peer))
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
