// SPDX-License-Identifier: Apache-2.0
import Glibc

@testable import Reactor

/// A generator that tells its seed's sequence again (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

/// A latch: holds a job, or a test, until it is opened.
final class Gate: Sendable {
    private let isOpen = Lock(false)

    func open() {
        isOpen.withLock { $0 = true }
        isOpen.signal(all: true)
    }

    /// Waits until the gate is open; false when that takes so long that it never will.
    @discardableResult
    func pass() -> Bool {
        isOpen.wait(milliseconds: 20_000) { $0 ? true : nil } ?? false
    }
}

/// Two connected ends of a pipe.
struct Pipe: ~Copyable {
    let reading: Descriptor
    let writing: Descriptor

    init(nonblocking: Bool = false) throws {
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has room for the two numbers.
        guard unsafe pipe(&ends) == 0 else { throw SystemError("pipe", code: errno) }
        if nonblocking { for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) } }
        reading = Descriptor(owning: ends[0])
        writing = Descriptor(owning: ends[1])
    }

    consuming func closeWriting() -> Descriptor { reading }
    consuming func closeReading() -> Descriptor { writing }
}

/// The bytes that can be read at once, at most `count`; empty at the end, nil where there are none.
func bytes(from descriptor: Int32, atMost count: Int) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    // SAFETY: at most the buffer's length is written.
    let done = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    return done < 0 ? nil : Array(buffer.prefix(done))
}

/// Writes all of `bytes`; false when the descriptor takes none.
@discardableResult
func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    SystemCall.write(descriptor, bytes.span)
}

/// A TCP connection to the loopback address, as a client opens it.
func connection(to port: UInt16) throws -> Descriptor {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    guard number >= 0 else { throw SystemError("socket", code: errno) }
    let descriptor = Descriptor(owning: number)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // SAFETY: every address of the Internet begins as the general one; the size is the real one.
    let status = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
            unsafe connect(number, general, size)
        }
    }
    guard status == 0 else { throw SystemError("connect", code: errno) }
    return descriptor
}
