// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import COpenSSL
internal import Glibc
internal import Synchronization

/// Peers that make a server work and have little to do themselves.
enum Flood: Equatable, Sendable {
    /// So many handshakes a second that are begun and left alone, from so many addresses.
    case handshakes(rate: Int, sources: Int)
    /// So many connections that pipeline requests and read no answer.
    case pipelines(Int)

    var title: String {
        switch self {
        case .handshakes(let rate, let sources):
            "beside \(Format.grouped(Double(rate))) begun handshakes a second from \(sources) "
                + (sources == 1 ? "address" : "addresses")
        case .pipelines(let count): "beside \(count) connections that pipeline and do not read"
        }
    }

    /// Runs `body` while the flood goes on.
    func run<T>(against plan: LoadPlan, _ body: () throws(BenchmarkError) -> T)
        throws(BenchmarkError) -> T
    {
        let state = FloodState()
        let flood = self
        let thread = try RunningThread {
            if let processor = plan.processor { _ = handfast_pin_thread(Int32(processor)) }
            return Result { () throws(BenchmarkError) in
                defer { state.isUnderWay.store(true, ordering: .relaxed) }
                switch flood {
                case .handshakes(let rate, let sources):
                    Self.beginHandshakes(plan, rate, sources, state)
                case .pipelines(let count): try Self.pipeline(plan, count, state)
                }
            }
        }
        while !state.isUnderWay.load(ordering: .relaxed) { usleep(10_000) }
        let result = Result { () throws(BenchmarkError) in try body() }
        state.isOver.store(true, ordering: .relaxed)
        try thread.join().get()
        return try result.get()
    }

    // MARK: handshakes

    /// Begun handshakes that are kept open: half of what a server lets be under way by default.
    private static let heldMax = 1000

    private static func beginHandshakes(
        _ plan: LoadPlan,
        _ rate: Int,
        _ sources: Int,
        _ state: FloodState
    ) {
        let hello = FloodHello.bytes()
        var held = [Int32](repeating: -1, count: heldMax)
        let began = handfast_monotonic_nanoseconds()
        var count = 0
        state.isUnderWay.store(true, ordering: .relaxed)
        while !state.isOver.load(ordering: .relaxed) {
            let seconds = Double(handfast_monotonic_nanoseconds() - began) / 1e9
            let due = Int(seconds * Double(rate))
            // Connections that a busy processor has kept from starting are not made up for.
            if due - count > rate / 20 { count = due - rate / 20 }
            while count < due {
                let place = count % heldMax
                if held[place] >= 0 { close(held[place]) }
                // 127.1.0.1 and on: all of 127.0.0.0/8 is this machine.
                let source = 0x7f01_0001 + UInt32(count % sources)
                held[place] = plan.endpoint.connect(blocking: false, from: source)
                // SAFETY: the call reads the array's bytes.
                if held[place] >= 0 {
                    unsafe hello.withUnsafeBytes {
                        _ = unsafe send(
                            held[place],
                            $0.baseAddress,
                            $0.count,
                            Int32(MSG_NOSIGNAL)
                        )
                    }
                }
                count += 1
            }
            usleep(1_000)
        }
        for descriptor in held where descriptor >= 0 { close(descriptor) }
    }

    // MARK: pipelines

    /// Requests in one record, as many as fit.
    private static let requestsInRecord = 60

    private static func pipeline(
        _ plan: LoadPlan,
        _ count: Int,
        _ state: FloodState
    ) throws(BenchmarkError) {
        let context = try ClientContext(plan)
        let request = plan.target.request(body: plan.bodies.first ?? "")
        var record: [UInt8] = []
        for _ in 0..<requestsInRecord { record += request }
        var open: [PipelinedConnection] = []
        for _ in 0..<count { open.append(try PipelinedConnection(plan.endpoint, context)) }
        state.isUnderWay.store(true, ordering: .relaxed)
        while !state.isOver.load(ordering: .relaxed) {
            for connection in open { connection.write(record) }
            usleep(2_000)
        }
    }
}

/// A connection whose answers are not read.
@safe private final class PipelinedConnection {
    private let connection: OpaquePointer
    private let descriptor: Int32

    /// Waits for the handshake.
    init(_ endpoint: Endpoint, _ context: borrowing ClientContext) throws(BenchmarkError) {
        let descriptor = endpoint.connect(blocking: true)
        guard descriptor >= 0 else {
            throw BenchmarkError("no connection for a flood: \(SystemMessage.text(-descriptor))")
        }
        // SAFETY: connection and descriptor are this object's from here on, and go in deinit; both
        // are given back here where there is no handshake.
        guard
            let connection = unsafe context.connection(
                over: descriptor,
                identity: 0,
                session: nil,
                tickets: false
            )
        else {
            close(descriptor)
            throw BenchmarkError("no TLS connection for a flood: \(OpenSSLErrors.take())")
        }
        guard unsafe SSL_do_handshake(connection) == 1 else {
            unsafe SSL_free(connection)
            close(descriptor)
            throw BenchmarkError("no handshake for a flood: \(OpenSSLErrors.take())")
        }
        // Else the kernel keeps four megabytes that the server does not take, and encrypting them
        // keeps the load's processor from its clients.
        var sendBuffer = Int32(32 * 1024)
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &sendBuffer, size)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        unsafe self.connection = connection
        self.descriptor = descriptor
    }

    deinit {
        unsafe SSL_free(connection)
        close(descriptor)
    }

    /// Writes what the socket takes; the same bytes each time, as OpenSSL wants what it could not
    /// write to be given again.
    func write(_ record: [UInt8]) {
        ERR_clear_error()
        // SAFETY: the call reads the array's bytes.
        _ = unsafe record.withUnsafeBytes {
            unsafe SSL_write(connection, $0.baseAddress, Int32($0.count))
        }
    }
}

/// Where a flood stands, for the two threads.
private final class FloodState: Sendable {
    let isUnderWay = Atomic<Bool>(false)
    let isOver = Atomic<Bool>(false)
}

/// A ClientHello that a server answers with its whole flight (RFC 8446 §4.1.2), made without any
/// cryptography: 32 random bytes are an X25519 key.
enum FloodHello {
    static func bytes() -> [UInt8] {
        let random = (0..<96).map { _ in UInt8.random(in: 0...255) }
        let extensions =
            field(0x002b, [2, 0x03, 0x04]) + field(0x000a, [0, 2, 0, 0x1d])
            + field(0x000d, [0, 10, 4, 3, 8, 4, 8, 5, 8, 6, 8, 7])
            + field(0x0033, [0, 36, 0, 0x1d, 0, 32] + random[64...])
        let hello =
            [3, 3] + random[..<32] + [32] + random[32..<64] + [0, 2, 0x13, 0x01, 1, 0]
            + length(extensions.count) + extensions
        let message = [1, 0] + length(hello.count) + hello
        return [22, 3, 1] + length(message.count) + message
    }

    private static func field(_ type: Int, _ content: [UInt8]) -> [UInt8] {
        length(type) + length(content.count) + content
    }

    private static func length(_ number: Int) -> [UInt8] {
        [UInt8(number >> 8), UInt8(number & 0xff)]
    }
}
