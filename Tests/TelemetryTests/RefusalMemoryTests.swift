// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Network
import Reactor
import Testing

@testable import Telemetry

/// The latest refusals of a reactor: which stay, what they share, and how much they can be.
struct RefusalMemoryTests {
    private static let peer = PeerAddress(.version4(0xc000_0201), port: 4711)

    private func call(
        _ time: Int64,
        _ certificate: UInt8? = nil,
        client: String = "app"
    ) -> RefusedCall {
        RefusedCall(
            time: time,
            listener: 0,
            peer: Self.peer,
            clientID: client,
            endpoint: "/oauth2/token",
            check: "secret-wrong",
            error: "invalid_client",
            description: "client authentication failed",
            thumbprint: certificate.map { Digest256.of([$0]) },
            isRegistered: false
        )
    }

    private func handshake(_ time: Int64, _ reason: String = "no shared cipher") -> FailedHandshake
    {
        FailedHandshake(
            time: time,
            listener: 0,
            peer: Self.peer,
            failure: .algorithms,
            reason: reason,
            end: HandshakeEnd(.hello, alert: .handshakeFailure)
        )
    }

    @Test func `the latest stay, newest first, and no more than there are slots`() {
        let memory = RefusalMemory(max: 3)
        #expect(memory.calls(10).isEmpty && memory.handshakes(10).isEmpty)
        for time in 1...2 { memory.record(call(Int64(time))) { nil } }
        #expect(memory.calls(10).map(\.time) == [2, 1])
        for time in 3...7 { memory.record(call(Int64(time))) { nil } }
        #expect(memory.calls(10).map(\.time) == [7, 6, 5])
        #expect(memory.calls(2).map(\.time) == [7, 6])
        #expect(memory.calls(0).isEmpty)
    }

    @Test func `a reading takes steps, and finds what is old among many`() {
        let memory = RefusalMemory(max: 500)
        for time in 1...1_300 {
            memory.record(call(Int64(time), client: time == 805 ? "rare" : "app")) { nil }
        }
        #expect(memory.calls(1_000).map(\.time) == (801...1_300).reversed().map { Int64($0) })
        #expect(memory.calls(5) { $0.clientID == "rare" }.map(\.time) == [805])
        #expect(memory.calls(5) { $0.clientID == "never" }.isEmpty)
    }

    @Test func `handshakes that fail push out no refused client`() {
        let memory = RefusalMemory(max: 2)
        memory.record(call(1)) { nil }
        for time in 2...50 { memory.record(handshake(Int64(time))) }
        #expect(memory.calls(10).map(\.time) == [1])
        #expect(memory.handshakes(10).map(\.time) == [50, 49])
    }

    @Test func `none are kept where none may be, and nothing is asked for them`() {
        let memory = RefusalMemory(max: 0)
        memory.record(call(1, 1)) {
            Issue.record("the certificate was read")
            return [1]
        }
        memory.record(handshake(1))
        #expect(memory.calls(10).isEmpty && memory.handshakes(10).isEmpty)
    }

    @Test func `a certificate is kept once for all its refusals, and goes with the last of them`() {
        let memory = RefusalMemory(max: 3)
        var readings = 0
        func record(_ time: Int64, _ certificate: UInt8) {
            memory.record(call(time, certificate)) {
                readings += 1
                return [certificate, certificate]
            }
        }
        for time in 1...3 { record(Int64(time), 1) }
        #expect(readings == 1 && memory.certificateCount == 1)
        #expect(memory.calls(3).allSatisfy { $0.certificate == [1, 1] })
        record(4, 2)
        record(5, 3)
        #expect(memory.certificateCount == 3)
        record(6, 4)
        #expect(memory.certificateCount == 3)
        #expect(memory.calls(3).map(\.certificate) == [[4, 4], [3, 3], [2, 2]])
        // Gone meanwhile, so that it is read anew.
        record(7, 1)
        #expect(readings == 5 && memory.calls(1).first?.certificate == [1, 1])
    }

    @Test func `a certificate that is too long is not kept, and one of the bound is`() {
        let memory = RefusalMemory(max: 2)
        let most = RefusalMemory.certificateBytesMax
        memory.record(call(1, 1)) { [UInt8](repeating: 7, count: most + 1) }
        #expect(memory.calls(1).first?.certificate == nil && memory.certificateCount == 0)
        #expect(memory.calls(1).first?.thumbprint == Digest256.of([1]))
        memory.record(call(2, 2)) { [UInt8](repeating: 7, count: most) }
        #expect(memory.calls(1).first?.certificate?.count == most)
        // Those without one are let go of like the others.
        for time in 3...9 { memory.record(call(Int64(time), 1)) { nil } }
        #expect(memory.certificateCount == 0)
    }

    @Test func `an entry is no larger than its bound`() {
        let fixed = MemoryLayout<RefusedCall>.stride
        // The table's entry of its certificate, and the headers of what stands on the heap.
        let table = 3 * (Digest256.byteCount + 2 * MemoryLayout<Int>.stride) + 4 * 32
        #expect(fixed + table <= 512)
        #expect(MemoryLayout<FailedHandshake>.stride + 32 + 96 <= RefusalMemory.handshakeBytesMax)
        #expect(RefusalMemory.callBytesMax <= 6 << 10)
    }

    @Test func `alerts have their names, and close_notify is none`() {
        #expect(HandshakeAlert(number: 42) == .badCertificate)
        #expect(HandshakeAlert(number: 116) == .certificateRequired)
        #expect(HandshakeAlert(number: 255) == .other)
        #expect(HandshakeAlert(number: 0) == nil)
    }

    @Test func `each alert of each side has a counter of its own`() {
        let indexes = AlertSender.allCases.flatMap { sender in
            HandshakeAlert.allCases.map { ListenerCounters.alertIndex($0, from: sender) }
        }
        #expect(Set(indexes).count == indexes.count)
        #expect(HandshakeAlert.allCases.count <= ListenerCounters.alertsMax)
        #expect((indexes.max() ?? 0) < 2 * ListenerCounters.alertsMax)
        #expect(HandshakeProgress.allCases.count <= ListenerCounters.progressesMax)
    }
}
