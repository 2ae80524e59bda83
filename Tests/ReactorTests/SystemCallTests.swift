// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import Reactor

struct SystemCallTests {
    @Test func `an error names the operation and the reason of the system`() {
        let error = SystemError("opening the door", code: EACCES)
        #expect("\(error)" == "opening the door: Permission denied")
        #expect(!error.isAddressInUse)
        #expect(SystemError("listening", code: EADDRINUSE).isAddressInUse)
        #expect(error == SystemError("opening the door", code: EACCES))
        #expect(error != SystemError("opening the door", code: EPERM))
        #expect("\(SystemError("x", code: 99_999))".hasPrefix("x: "))
    }

    @Test func `a limit of the address space is named with what is needed beside it`() {
        let words = ProcessSettings.addressSpaceShortage(64 << 20, limit: 100 << 20)
        #expect(words.contains("limited to 100 MiB") && words.contains("than the 64 MiB"))
        // Every process has room for a page.
        #expect(ProcessSettings.addressSpaceShortage(4096) == nil)
    }

    @Test func `a descriptor is closed when its owner lets go`() throws {
        let pipe = try Pipe(nonblocking: true)
        #expect(bytes(from: pipe.reading.number, atMost: 1) == nil)
        let reading = pipe.closeWriting()
        // The end of the bytes, not the lack of them: nobody is left to write.
        #expect(bytes(from: reading.number, atMost: 1) == [])
    }

    @Test func `a write waits until a slow reader has taken everything`() throws {
        let pipe = try Pipe(nonblocking: true)
        let sent = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        let reading = pipe.reading.number
        let received = Lock<[UInt8]>([])
        let thread = try Thread.start("reader") {
            let end = Clock.milliseconds + 20_000
            while received.withLock({ $0.count }) < sent.count, Clock.milliseconds < end {
                guard let part = bytes(from: reading, atMost: 5_000) else { continue }
                received.withLock { $0 += part }
            }
        }
        #expect(send(sent, to: pipe.writing.number))
        thread.join()
        #expect(received.withLock { $0 } == sent)
    }

    @Test func `a write to a descriptor that takes none is refused`() throws {
        let pipe = try Pipe()
        #expect(!send([1], to: pipe.reading.number))
        #expect(!send([1], to: -1))
        #expect(send([1], to: pipe.writing.number))
        #expect(send([], to: pipe.writing.number))
    }

    @Test func `a pipe is no terminal`() throws {
        let pipe = try Pipe()
        #expect(!SystemCall.isTerminal(pipe.reading.number))
        #expect(!SystemCall.isTerminal(-1))
    }

    @Test func `the monotonic clock does not go back`() {
        let before = (Clock.nanoseconds, Clock.milliseconds)
        let after = (Clock.nanoseconds, Clock.milliseconds)
        #expect(before.0 <= after.0 && before.1 <= after.1)
    }

    @Test func `the memory of the process is known`() {
        // A program of Swift with its libraries, and no machine's whole memory.
        #expect((1 << 20..<1 << 40).contains(ProcessSettings.residentBytes))
    }
}
