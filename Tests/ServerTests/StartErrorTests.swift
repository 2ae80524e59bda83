// SPDX-License-Identifier: Apache-2.0
import Reactor
import Testing

@testable import Server

struct StartErrorTests {
    /// EACCES.
    private let forbidden: Int32 = 13
    /// EADDRNOTAVAIL.
    private let foreign: Int32 = 99

    private func words(_ code: Int32, port: UInt16?) -> String {
        let error = SystemError("listening on 127.0.0.1", code: code)
        return StartError(cannotListen: error, port: port).description
    }

    @Test func `a privileged port that is refused is explained, and nothing else is`() {
        for port in [1, 443, 1_023] as [UInt16] {
            let text = words(forbidden, port: port)
            #expect(text.hasPrefix("Cannot listen: listening on 127.0.0.1: "))
            #expect(text.contains("below 1024 need CAP_NET_BIND_SERVICE") && text.hasSuffix("."))
        }
        for text in [
            words(forbidden, port: 1_024), words(forbidden, port: nil), words(foreign, port: 443),
        ] {
            #expect(text.hasPrefix("Cannot listen: ") && !text.contains("CAP_NET"))
        }
    }
}
