// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// One resolved address that connections are opened to.
struct Endpoint: Sendable {
    /// The name for the server in the handshake (RFC 6066 §3); empty for a numeric address.
    let serverName: String
    /// The address as text, and the target that it is one of.
    private let address: String
    private let target: Target
    private let storage: sockaddr_storage
    private let length: socklen_t

    /// Resolves a target once, so that no look-up disturbs the measurement.
    init(_ target: Target) throws(BenchmarkError) {
        try self.init(Self.addresses(of: target.host), of: target)
    }

    /// The first of the addresses that takes a connection, or the first where none does.
    ///
    /// `localhost` can be both ::1 and 127.0.0.1, and a server listens on one of them.
    init(_ addresses: [String], of target: Target) throws(BenchmarkError) {
        guard let first = addresses.first else {
            throw BenchmarkError("there is no address for '\(target.host)'; is the name right?")
        }
        var chosen = try Endpoint(first, of: target)
        if addresses.count > 1, !chosen.takesConnections {
            for address in addresses.dropFirst() {
                let other = try Endpoint(address, of: target)
                guard other.takesConnections else { continue }
                chosen = other
                break
            }
        }
        self = chosen
    }

    /// The endpoint at one address, as text, of a target.
    private init(_ text: String, of target: Target) throws(BenchmarkError) {
        var four = sockaddr_in()
        var six = sockaddr_in6()
        var storage = sockaddr_storage()
        // SAFETY: both structures fit into `sockaddr_storage`, and `inet_pton` writes one address.
        if unsafe inet_pton(AF_INET, text, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = target.port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            unsafe withUnsafeMutableBytes(of: &storage) {
                unsafe $0.storeBytes(of: four, as: sockaddr_in.self)
            }
        } else if unsafe inet_pton(AF_INET6, text, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = target.port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            unsafe withUnsafeMutableBytes(of: &storage) {
                unsafe $0.storeBytes(of: six, as: sockaddr_in6.self)
            }
        } else {
            throw BenchmarkError("'\(text)', the address of '\(target.host)', cannot be used")
        }
        self.storage = storage
        self.target = target
        address = text
        serverName = text == target.host ? "" : target.host
    }

    private var takesConnections: Bool {
        let descriptor = connect(blocking: true)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }

    /// A socket whose connection is under way, or a negative errno.
    ///
    /// The caller closes it. `source` is an IPv4 address of this machine to come from.
    func connect(blocking: Bool, from source: UInt32? = nil) -> Int32 {
        let kind =
            Int32(SOCK_STREAM.rawValue)
            | (blocking ? 0 : Int32(SOCK_NONBLOCK.rawValue)) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(Int32(storage.ss_family), kind, 0)
        guard descriptor >= 0 else { return -errno }
        var on: Int32 = 1
        // A reset instead of a FIN when the socket is closed: thousands of closed connections a
        // second would otherwise fill the table of ports with TIME_WAIT.
        var reset = linger(l_onoff: 1, l_linger: 0)
        var address = storage
        // SAFETY: each call reads the local variable that it is given, with that variable's size.
        unsafe setsockopt(
            descriptor,
            Int32(IPPROTO_TCP),
            TCP_NODELAY,
            &on,
            socklen_t(MemoryLayout<Int32>.size)
        )
        unsafe setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_LINGER,
            &reset,
            socklen_t(MemoryLayout<linger>.size)
        )
        if let source { Self.bind(descriptor, to: source) }
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, length)
            }
        }
        guard result != 0, errno != EINPROGRESS else { return descriptor }
        let reason = errno
        close(descriptor)
        return -reason
    }

    // The port is chosen when it connects (ip(7)): by then it need be free for one target only.
    private static func bind(_ descriptor: Int32, to source: UInt32) {
        var on: Int32 = 1
        var local = sockaddr_in()
        local.sin_family = sa_family_t(AF_INET)
        local.sin_addr.s_addr = source.bigEndian
        // SAFETY: each call reads the local variable that it is given, with that variable's size.
        unsafe setsockopt(
            descriptor,
            Int32(IPPROTO_IP),
            IP_BIND_ADDRESS_NO_PORT,
            &on,
            socklen_t(MemoryLayout<Int32>.size)
        )
        unsafe withUnsafePointer(to: &local) {
            _ = unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func addresses(of host: String) -> [String] {
        let most = 4
        let width = 46
        var bytes = [CChar](repeating: 0, count: most * width)
        // SAFETY: the buffer holds `most` texts of 46 bytes, which is what the function writes at
        // most.
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            let texts = unsafe buffer.baseAddress?.assumingMemoryBound(to: AddressText.self)
            return unsafe handfast_resolve(host, texts, Int32(most))
        }
        guard count > 0 else { return [] }
        return (0..<Int(count)).map { index in
            let text = bytes[(index * width)..<((index + 1) * width)].prefix { $0 != 0 }
            return String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}

/// Another process connects to the very address that this one has chosen.
extension Endpoint: Codable {
    private enum CodingKeys: String, CodingKey {
        case address
        case target
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            values.decode(String.self, forKey: .address),
            of: values.decode(Target.self, forKey: .target)
        )
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(address, forKey: .address)
        try values.encode(target, forKey: .target)
    }
}

/// A port that nothing listens on just now.
enum FreePort {
    static func choose() throws(BenchmarkError) -> UInt16 {
        let descriptor = unsafe handfast_listen("127.0.0.1", 0, 1, 1)
        guard descriptor >= 0 else {
            throw BenchmarkError("no free port: \(SystemMessage.text(-descriptor))")
        }
        defer { close(descriptor) }
        let port = handfast_local_port(descriptor)
        guard port > 0, port <= 65_535 else { throw BenchmarkError("no free port") }
        return UInt16(port)
    }
}

// How Swift imports `char[46]`.
private typealias AddressText = (
    CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar,
    CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar,
    CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar,
    CChar, CChar, CChar, CChar, CChar, CChar, CChar
)
