// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A connection that a command opens, or a socket for datagrams, with one deadline for connecting
/// and for all bytes.
///
/// Blocks; not for a reactor's thread.
package struct ClientSocket: ~Copyable {
    private let descriptor: Descriptor
    private let name: String
    /// In monotonic milliseconds.
    private let deadline: UInt64

    /// Connects to `address`; errors call it `name`.
    ///
    /// A socket for datagrams sends each time one message, whole or not at all.
    package init(
        _ address: SocketAddress,
        datagrams isForDatagrams: Bool = false,
        named name: String,
        deadline: UInt64
    ) throws(SystemError) {
        let milliseconds = Self.milliseconds(until: deadline)
        // SAFETY: the host or the path is a C string for the time of the call.
        let number =
            switch address {
            case .internet(let host, let port):
                unsafe handfast_connect(host, port, max(milliseconds, 1), isForDatagrams ? 1 : 0)
            case .local(let path, _):
                unsafe handfast_connect_local(path, max(milliseconds, 1), isForDatagrams ? 1 : 0)
            }
        guard number >= 0 else { throw SystemError("connecting to \(name)", code: -number) }
        descriptor = Descriptor(owning: number)
        self.name = name
        self.deadline = deadline
    }

    /// Connects to the first of `addresses` that takes the connection, in their order, as those of
    /// a name that has several; errors are those of the last one.
    package static func connected(
        toOneOf addresses: [SocketAddress],
        named name: String,
        deadline: UInt64
    ) throws(SystemError) -> ClientSocket {
        guard let last = addresses.last else {
            throw SystemError("resolving the host of \(name)", code: EHOSTUNREACH)
        }
        for address in addresses.dropLast() {
            guard let socket = try? ClientSocket(address, named: name, deadline: deadline) else {
                continue
            }
            return socket
        }
        return try ClientSocket(last, named: name, deadline: deadline)
    }

    /// Sends all of `bytes`.
    package func send(_ bytes: Span<UInt8>) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let rest = bytes.extracting(done...)
            let milliseconds = Self.milliseconds(until: deadline)
            // SAFETY: at most the span's bytes are read.
            let sent = unsafe rest.withUnsafeBytes {
                unsafe handfast_send(descriptor.number, $0.baseAddress, $0.count, milliseconds)
            }
            if sent < 0, !Self.isToBeRepeated(sent) {
                throw SystemError("sending to \(name)", code: Int32(-sent))
            }
            done += max(sent, 0)
        }
    }

    /// The bytes that have come, at most `count`; waits for the first, and is empty at the end.
    package func receive(upTo count: Int) throws(SystemError) -> [UInt8] {
        while true {
            var got = 0
            let milliseconds = Self.milliseconds(until: deadline)
            // SAFETY: at most the buffer's length is written, and as much is said to be there.
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                got = unsafe handfast_receive(
                    descriptor.number,
                    buffer.baseAddress,
                    count,
                    milliseconds
                )
                filled = max(got, 0)
            }
            if got >= 0 { return bytes }
            guard Self.isToBeRepeated(got) else {
                throw SystemError("receiving from \(name)", code: Int32(-got))
            }
        }
    }

    /// A signal came, or readiness was spurious (poll(2)).
    private static func isToBeRepeated(_ status: Int) -> Bool {
        status == -Int(EINTR) || status == -Int(EAGAIN)
    }

    /// The rest of the time, 0 where it is over.
    private static func milliseconds(until deadline: UInt64) -> Int32 {
        let now = Clock.milliseconds
        return Int32(clamping: deadline > now ? deadline - now : 0)
    }
}
